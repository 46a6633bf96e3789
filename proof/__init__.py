"""The tools that prove the template.

| | |
|---|---|
| `variants.py` | the option space: `python -m proof.variants` |
| `matrix/` | every variant rendered, linted, synthesized and judged: `python -m proof.matrix` |
| `faults/` | known faults, a file each beside the rule that refuses it, and careful changes |
| `mutants/` | every fault refused by its rule, and healed by its fix: `python -m proof.mutants` |
| `live/` | variants deployed to an emulator, used and destroyed: `python -m proof.live` |
| `bench.py` | speed and cost against their bars: `python -m proof.bench` |
| `seed_faults.py` | the sixteen faults looked for in each synthesized stack |
| `simulation/` | models of AWS that tests run on |
| `warm_kernel.py` | synth after synth with one jsii kernel |
| `cold_process.py` | the synth that users run: the CDK CLI in a fresh process |
| `stacks.py` | synthesized stacks, as checks read them |
| `dependencies.py` | the functions' dependencies, vendored once |
| `prerequisites.py` | what a machine lacks, found before anything runs |

The tests are in `tests/`. Nothing here imports them.
"""
