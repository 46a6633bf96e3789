"""Known faults, one in each file: the faulty code, and the fix that its rule prints.

A file is in the folder of its rule's module, and its name begins with the rule. Contents:

- a docstring: one line that describes the mistake.
- `fault(stack)`: changes one stack of the built app as a developer would, and returns the
  construct that the finding names; None if the fault doesn't apply to this stack.
- `fault(project)`: changes the files of a rendered project, and returns the name of the file that
  the finding names.
- `SOURCE`: the file is not run, but copied to this path of the project; the finding names
  the line with the comment `# TAPnnn`.
- `fix(...)`: repeats the fault and applies the fix that the rule prints. Without it, the fix is
  to remove the fault.
- `ANSWERS`: answers of a project that has the feature; default: the default answers.
- `ALSO`: other rules that also reject this fault.
- `ADVICE`: the reason why the printed fix is advice, not code.

Variations of a fault are further functions `fault_...` and `fix_...` with docstrings.

`careful` contains correct changes, which no rule rejects (`change`); `refused_by_tools` contains
faults that a tool of `make check` rejects before any rule; `handlers` contains function code.
"""
