"""Known faults, put back into a rendered project: `python -m proof.mutants`."""
