"""What `make add`, `make change` and `make update` of a rendered project run.

It belongs to a release of the template, and works on projects that were rendered from this release.
"""
