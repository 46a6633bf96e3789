"""Known faults, one in each file: the faulty code, and the fix that its rule prints.

A file lies in the folder that is named after the module of its rule, and its name begins with the
rule. Contents:

- a docstring: one line that describes the mistake.
- `fault(stack)`: changes one stack of the built app as a person's code would, and returns the
  construct that the finding names; None: the fault doesn't concern this stack.
- `fault(project)`: changes the files of a rendered project, and returns the name of the file that
  the finding names.
- `SOURCE`: the file is not run, but copied to this path of the project; the finding names
  the line with the comment `# TAPnnn`.
- `fix(...)`: repeats the fault and applies the fix that the rule prints. Without it the fix is to
  take the fault back.
- `ANSWERS`: answers of a project that has the feature; without it the default ones.
- `ALSO`: other rules that also reject this fault.
- `ADVICE`: why the printed fix is advice and not code.

Variations of a fault are further functions `fault_...` and `fix_...` with docstrings.

`careful` has changes that no rule rejects (`change`), `refused_by_tools` faults that a tool of
`make check` rejects before any rule, and `handlers` the code of functions that faults add.
"""
