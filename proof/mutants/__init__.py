"""Known faults, added to a rendered project: `python -m proof.mutants`."""
