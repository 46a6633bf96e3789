"""Every variant of the product, rendered, synthesized and checked: `python -m proof.matrix`."""
