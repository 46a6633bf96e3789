"""Every variant of the product, rendered, synthesized and judged: `python -m proof.matrix`."""
