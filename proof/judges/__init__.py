"""Single breakages of good templates, and which judge notices each: `python -m proof.judges`."""
