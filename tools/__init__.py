"""Commands of the template's own Makefile."""
