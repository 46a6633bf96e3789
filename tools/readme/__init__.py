"""Figures and pictures of README.md: `make readme`."""
