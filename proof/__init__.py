"""The tools that prove the template.

| | |
|---|---|
| `variants.py` | the option space: `python -m proof.variants` |
| `matrix/` | every variant rendered, linted, synthesized and checked: `python -m proof.matrix` |
| `faults/` | known faults, one file each, grouped by rule, and correct changes |
| `mutants/` | every fault rejected by its rule, and fixed as printed: `python -m proof.mutants` |
| `live/` | variants deployed to an emulator, used and destroyed: `python -m proof.live` |
| `bench.py` | speed and cost against their limits: `python -m proof.bench` |
| `seed_faults.py` | checks for the sixteen seed faults in each synthesized stack |
| `simulation/` | models of AWS that tests run on |
| `warm_kernel/` | many synths with one jsii kernel |
| `cold_process.py` | the synth that users run: the CDK CLI in a fresh process |
| `stacks.py` | synthesized stacks, as checks read them |
| `dependencies.py` | the functions' dependencies, vendored once |
| `prerequisites.py` | missing prerequisites, found before any test runs |

The tests are in `tests/`. Nothing here imports them.
"""
