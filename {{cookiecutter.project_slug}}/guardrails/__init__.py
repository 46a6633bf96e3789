"""Rules that refuse known faults of this stack at every synth; `make rules` lists them.

Read rule.py (what a rule is), then rules/ by subject. model.py reads what was synthesized, policy.py
says who may do what, calls.py how a handler declares what it calls, plugin.py connects the CDK. The
package is the same in every project and comes with the template's updates: change rules there.
"""
