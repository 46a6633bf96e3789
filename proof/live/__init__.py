"""Variants of the template, deployed to an emulator, used and destroyed: `make live-all`."""
