"""Rules that refuse known faults of this stack at every synth; `make rules` lists them.

Start with rules/__init__.py (what a rule is), then any file beside it. calls.py says how a handler
declares what it calls. The package is the same in every project, and comes with the template's
updates: change rules there.
"""
