"""Examples of the rules, by their modules: code with a fault, and the same code without it.

`tap302_bad(stack)` and `tap302_good(stack)` add constructs to an empty stack; functions with the
argument `app` add stacks. The constants TAP621_BAD and TAP621_GOOD are files of a project, by name.
HANDLERS contains the files beside the app from which the functions of a module build assets.

`tap-guardrails rules TAP302` prints them. They are read as text and never imported, so that the
command works without aws-cdk-lib.
"""
