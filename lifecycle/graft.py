"""Add the contents of a partial Python file to a whole one, on the syntax tree.

A part contains only what is new, at its place: an import, a keyword of a call, a field of a class,
a statement of a method. What the file already has stays as its owner wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import libcst as cst

REMOVAL = "# remove"
# Keywords that name a construct.
CONSTRUCT_IDS = ("construct_id", "id")
Body = Sequence[cst.BaseStatement]
Element = TypeVar("Element", cst.BaseElement, cst.BaseDictElement)


class Misplaced(ValueError):
    """A part that has no place in the file; the message is one line."""


def graft(
    whole: str,
    part: str,
    *,
    later: Collection[str] = (),
    own: Collection[str] | None = None,
    appends: bool = False,
) -> str:
    """Return a module with the contents of a partial one.

    - Imports of names that the module lacks are added.
    - An assignment, class or function that it lacks is added, before the next one of the part that
      it has; one that it has gets what it lacks. A function also gets arguments of its decorators,
      and parameters that have a default or are `own`.
    - A call that it has (the same function and the same first text; without a text, the same target
      and unnamed arguments) gets missing arguments, and a name if only the part assigns its result.
      If both do, the module's name is used.
    - A dictionary, list or set gets missing entries.
    - Other statements of a function are added at its end, or before the next one of the part that
      the function already has.
    - A statement of a function below the comment `# remove` is removed, if the module has it.

    Args:
        whole: the module.
        part: the partial module.
        later: what follows new statements, arguments, entries and fields: names, keywords, keys
            and texts of calls, such as construct ids.

        own: texts of the calls and names of the parameters that the part adds. It needs the results
            of its other calls, and the module must have them; None: it may add any.
        appends: whether a call gets further calls with a `name=`, such as `Environment(name="x")`;
            otherwise they must exist, anywhere in the module.

    Raises:
        Misplaced: one of the two is not Python, or the module lacks what the part needs.
    """
    try:
        module, addition = cst.parse_module(whole), cst.parse_module(part)
    except cst.ParserSyntaxError as error:
        raise Misplaced(f"line {error.raw_line} is not Python: {error.message}") from error
    body = _with_imports(module.body, addition.body)
    rest = [statement for statement in addition.body if _imported(statement) is None]
    scope = _Scope(later, own, appends=appends)
    merged = scope.merge_module(body, [s for s in rest if _docstring(s) is None])
    return scope.merge_elsewhere(module.with_changes(body=merged)).code


class _Scope:
    """The statements of one merge, and the names that the module gives to results."""

    def __init__(
        self, later: Collection[str], own: Collection[str] | None, *, appends: bool
    ) -> None:
        self._later = set(later)
        self._own, self._appends = own, appends
        self._elsewhere: list[cst.Call] = []
        self._names: dict[str, str] = {}

    def merge_module(self, whole: Body, part: Body) -> Body:
        """Return the statements of a module with those of a part."""
        merged = list(whole)
        places = [_named(merged, statement) for statement in part]
        # A new statement precedes all that follow it in the part, wherever the module has them.
        new: list[tuple[int, cst.BaseStatement]] = []
        for n, (statement, place) in enumerate(zip(part, places, strict=True)):
            if place is not None:
                merged[place] = self._merge(merged[place], statement)
                continue
            following = [at for at in places[n + 1 :] if at is not None]
            following += [at for at, had in enumerate(whole) if _defined(had) in self._later]
            new.append((min(following, default=_place_of(statement, whole)), statement))
        for count, (place, statement) in enumerate(sorted(new, key=lambda each: each[0])):
            merged.insert(place + count, statement)
        return merged

    def merge_elsewhere(self, module: cst.Module) -> cst.Module:
        """Merge the calls with a name that are no arguments where the part has them.

        Raises:
            Misplaced: there is no such call.
        """
        for new in self._elsewhere:
            merger = _CallMerger(new, self._merge_value)
            visited = module.visit(merger)
            if not merger.found or not isinstance(visited, cst.Module):
                kind, name = merger.wanted or ("", "")
                raise Misplaced(f"there is no {kind}(name={name}); write it with this name")
            module = visited
        return module

    def _merge(self, known: cst.BaseStatement, new: cst.BaseStatement) -> cst.BaseStatement:
        if isinstance(known, cst.ClassDef) and isinstance(new, cst.ClassDef):
            return known.with_changes(body=self._merge_class(known.body, new.body))
        if isinstance(known, cst.FunctionDef) and isinstance(new, cst.FunctionDef):
            return known.with_changes(
                body=self._merge_function(known.body, new.body),
                decorators=self._merge_decorators(known.decorators, new.decorators),
                params=self._merge_parameters(known.params, new.params),
            )
        if isinstance(known, cst.SimpleStatementLine) and isinstance(new, cst.SimpleStatementLine):
            return self._merge_assignment(known, new)
        return known

    def _merge_class(self, known: cst.BaseSuite, new: cst.BaseSuite) -> cst.BaseSuite:
        members, additions = list(_body(known)), list(_body(new))
        if members and additions:
            first, described = _docstring(members[0]), _docstring(additions[0])
            if first is not None and described is not None:
                members[0] = _with_docstring(
                    members[0], _with_arguments(first, described, self._later)
                )
        for member in additions:
            if _docstring(member) is not None:
                continue
            name = _defined(member)
            found = [n for n, had in enumerate(members) if name and _defined(had) == name]
            if found:
                members[found[0]] = self._merge(members[found[0]], member)
            elif isinstance(member, cst.FunctionDef):
                if not all(map(_is_removal, _body(member.body))):
                    members.append(member)
            else:
                later = (n for n, had in enumerate(members) if _defined(had) in self._later)
                place = next(later, _after_fields(members))
                members[place:place] = [_without_blank_lines(member)]
                if place + 1 < len(members):
                    members[place : place + 2] = _before(*members[place : place + 2])
        return known.with_changes(body=members)

    def _merge_function(self, known: cst.BaseSuite, new: cst.BaseSuite) -> cst.BaseSuite:
        statements = list(_body(known))
        following = [n for n, known_one in enumerate(statements) if _text(known_one) in self._later]
        end = min(following, default=len(statements))
        defined = 0  # statements whose results the new ones use
        pending: list[cst.BaseStatement] = []
        for statement in _body(new):
            if _docstring(statement) is not None:
                continue
            renamed = self._renamed(statement)
            at = _position(statements, renamed)
            if _is_removal(renamed):
                if at is not None:
                    del statements[at]
                    end -= at < end
                continue
            if at is None:
                if self._is_own(renamed):
                    pending.append(renamed)
                continue
            statements[at] = self._merged_call(statements[at], renamed)
            if pending:
                end = min(end, at)
            elif _target(renamed) is not None:
                defined = max(defined, at + 1)
        end = max(end, defined)
        statements[end:end] = pending
        return known.with_changes(body=statements)

    def _merge_decorators(
        self, known: Sequence[cst.Decorator], new: Sequence[cst.Decorator]
    ) -> list[cst.Decorator]:
        """Return decorators with the arguments that the part adds to calls of the same function."""
        merged = list(known)
        for decorator in new:
            for n, had in enumerate(merged):
                old_call, call = had.decorator, decorator.decorator
                if (
                    isinstance(old_call, cst.Call)
                    and isinstance(call, cst.Call)
                    and _code(old_call.func) == _code(call.func)
                ):
                    merged[n] = had.with_changes(decorator=self._merge_value(old_call, call))
        return merged

    def _merge_parameters(self, known: cst.Parameters, new: cst.Parameters) -> cst.Parameters:
        """Return parameters with those that only the part has, of the same kind."""
        names = {
            parameter.name.value
            for kind in (known.posonly_params, known.params, known.kwonly_params)
            for parameter in kind
        }
        made = known
        for kind in ("params", "kwonly_params"):
            had = list(getattr(known, kind))
            for parameter in getattr(new, kind):
                name = parameter.name.value
                wanted = parameter.default is not None or self._own is None or name in self._own
                if name in names or not wanted:
                    continue  # the module may have it by another name
                after = (n for n, each in enumerate(had) if each.name.value in self._later)
                had.insert(next(after, len(had)), parameter)
            made = made.with_changes(**{kind: _separated_parameters(had)})
        return made

    def _is_own(self, statement: cst.BaseStatement) -> bool:
        """Return whether a statement is new, and not one that only orders the others.

        Raises:
            Misplaced: it is one whose result the new statements use.
        """
        text = _text(statement)
        if self._own is None or text is None or text in self._own:
            return True
        if _target(statement) is not None:
            raise Misplaced(f"there is no statement {_code(statement).strip()}; write it like this")
        return False

    def _merged_call(self, known: cst.BaseStatement, new: cst.BaseStatement) -> cst.BaseStatement:
        """Return a statement with a call that the part also has."""
        old_value, new_value = _value(known), _value(new)
        if old_value is None or new_value is None:
            return known
        value = self._merge_value(old_value, new_value)
        target, named = _target(known), _target(new)
        if target is None and named is not None:
            return _with_comments(known, _assignment(named, value))
        if target is not None and named is not None and target != named:
            self._names[named] = target
        return _with_value(known, value)

    def _merge_assignment(
        self, known: cst.SimpleStatementLine, new: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        old_value, new_value = _value(known), _value(new)
        if old_value is None or new_value is None:
            return known
        return _with_value(known, self._merge_value(old_value, new_value))

    def _merge_value(
        self, known: cst.BaseExpression, new: cst.BaseExpression
    ) -> cst.BaseExpression:
        """Return an expression with the arguments or entries that only `new` has."""
        if isinstance(known, cst.Call) and isinstance(new, cst.Call):
            return known.with_changes(args=self._merge_arguments(known.args, new.args))
        if isinstance(known, cst.Dict) and isinstance(new, cst.Dict):
            keys = [_key(element) for element in known.elements]
            missing = [element for element in new.elements if _key(element) not in keys]
            at = self._first_later(keys)
            merged = [*known.elements[:at], *missing, *known.elements[at:]]
            return known.with_changes(elements=_separated(merged))
        sequences = (cst.List, cst.Set, cst.Tuple)
        if isinstance(known, sequences) and type(known) is type(new):
            values = {_code(element.value) for element in known.elements}
            added = [e for e in new.elements if _code(e.value) not in values]
            return known.with_changes(elements=_separated([*known.elements, *added]))
        return known

    def _merge_arguments(self, known: Sequence[cst.Arg], new: Sequence[cst.Arg]) -> list[cst.Arg]:
        merged = list(known)
        for argument in new:
            at = _position_of_argument(merged, argument)
            if at is not None:
                value = self._merge_value(merged[at].value, argument.value)
                merged[at] = merged[at].with_changes(value=value)
                continue
            call = argument.value
            named = isinstance(call, cst.Call) and _identity(call) is not None
            if argument.keyword is None and known and not named:
                continue  # the module may pass it by keyword
            if not self._appends and isinstance(call, cst.Call) and _identity(call) is not None:
                self._elsewhere.append(call)
                continue
            keywords = [arg.keyword.value if arg.keyword else "" for arg in merged]
            place = self._first_later(keywords)
            if merged and place == len(merged):
                merged[-1] = _with_comma(merged[-1])
            merged.insert(place, argument if place == len(merged) else _with_comma(argument))
        return merged

    def _first_later(self, names: Sequence[str]) -> int:
        """Return where the first later addition is; the end if there is none."""
        return next((n for n, name in enumerate(names) if name in self._later), len(names))

    def _renamed(self, statement: cst.BaseStatement) -> cst.BaseStatement:
        names = self._names

        class Rename(cst.CSTTransformer):
            def leave_Name(
                self, original_node: cst.Name, updated_node: cst.Name
            ) -> cst.BaseExpression:
                name = names.get(original_node.value)
                return updated_node if name is None else cst.parse_expression(name)

            def leave_AssignTarget(
                self, original_node: cst.AssignTarget, updated_node: cst.AssignTarget
            ) -> cst.AssignTarget:
                return original_node

            def leave_Attribute(
                self, original_node: cst.Attribute, updated_node: cst.Attribute
            ) -> cst.Attribute:
                return updated_node.with_changes(attr=original_node.attr)

            def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
                return updated_node.with_changes(keyword=original_node.keyword)

        if not names:
            return statement
        renamed = statement.visit(Rename())
        if not isinstance(renamed, cst.BaseStatement):
            raise TypeError(f"{renamed!r} is not a statement")
        return renamed


class _CallMerger(cst.CSTTransformer):
    """Merges a call into those of the same function with the same `name=`."""

    def __init__(
        self,
        new: cst.Call,
        merge: Callable[[cst.BaseExpression, cst.BaseExpression], cst.BaseExpression],
    ) -> None:
        super().__init__()
        self._new, self._merge = new, merge
        self.wanted = _identity(new)
        self.found = False

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """Merge the call if it is the wanted one."""
        if _identity(original_node) != self.wanted:
            return updated_node
        self.found = True
        return self._merge(updated_node, self._new)


def _position_of_argument(known: Sequence[cst.Arg], wanted: cst.Arg) -> int | None:
    """Return where a call has an argument: by keyword, by its own `name=`, or by its text."""

    def identity(argument: cst.Arg) -> tuple[str, str]:
        if argument.keyword is not None:
            return "keyword", argument.keyword.value
        value = argument.value
        named = _identity(value) if isinstance(value, cst.Call) else None
        return named or ("value", _code(value))

    identities = [identity(argument) for argument in known]
    return identities.index(identity(wanted)) if identity(wanted) in identities else None


def _identity(call: cst.Call) -> tuple[str, str] | None:
    """Return function and `name=` of a call; None without a name."""
    names = [arg.value for arg in call.args if arg.keyword and arg.keyword.value == "name"]
    return (_code(call.func), _code(names[0]).replace("'", '"')) if names else None


def _with_imports(whole: Body, part: Body) -> list[cst.BaseStatement]:
    """Return statements with the imports of a part that they lack, after their own."""
    merged = list(whole)
    had = {name for statement in merged for name in _imported(statement) or ()}
    missing = []
    for statement in part:
        names = _imported(statement)
        if names is not None and not names <= had:
            missing.append(statement)
    last = [n for n, statement in enumerate(merged) if _imported(statement) is not None]
    documented = bool(merged) and _docstring(merged[0]) is not None
    at = last[-1] + 1 if last else int(documented)
    merged[at:at] = missing
    return merged


def _imported(statement: cst.BaseStatement) -> set[tuple[str, str]] | None:
    """Return module and name of each import of a statement; None if it is no import."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return None
    (line, *_) = statement.body
    if isinstance(line, cst.ImportFrom) and not isinstance(line.names, cst.ImportStar):
        module = _code(line.module) if line.module else ""
        return {(module, _code(name)) for name in line.names}
    if isinstance(line, cst.Import):
        return {("", _code(name)) for name in line.names}
    return None


def _defined(statement: cst.BaseStatement) -> str | None:
    """Return the name that a class, function or assignment defines."""
    if isinstance(statement, (cst.ClassDef, cst.FunctionDef)):
        return statement.name.value
    return _target(statement)


def _target(statement: cst.BaseStatement) -> str | None:
    if isinstance(statement, cst.SimpleStatementLine):
        (line, *_) = statement.body
        if isinstance(line, cst.Assign) and len(line.targets) == 1:
            return _code(line.targets[0].target)
        if isinstance(line, cst.AnnAssign):
            return _code(line.target)
    return None


def _value(statement: cst.BaseStatement) -> cst.BaseExpression | None:
    if isinstance(statement, cst.SimpleStatementLine):
        (line, *_) = statement.body
        if isinstance(line, (cst.Assign, cst.AnnAssign, cst.Expr)):
            return line.value
    return None


def _with_value(statement: cst.BaseStatement, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    if not isinstance(statement, cst.SimpleStatementLine):
        raise TypeError(f"{statement!r} has no value")
    (line, *rest) = statement.body
    return statement.with_changes(body=[line.with_changes(value=value), *rest])


def _assignment(target: str, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    assign = cst.Assign(targets=[cst.AssignTarget(cst.Name(target))], value=value)
    return cst.SimpleStatementLine(body=[assign])


def _with_comments(
    known: cst.BaseStatement, new: cst.SimpleStatementLine
) -> cst.SimpleStatementLine:
    if not isinstance(known, cst.SimpleStatementLine):
        return new
    return new.with_changes(
        leading_lines=known.leading_lines, trailing_whitespace=known.trailing_whitespace
    )


def _call(statement: cst.BaseStatement) -> cst.Call | None:
    value = _value(statement)
    return value if isinstance(value, cst.Call) else None


def _text(statement: cst.BaseStatement) -> str | None:
    """Return the first text among the arguments of a statement's call, such as a construct id."""
    call = _call(statement)
    for argument in call.args if call is not None else ():
        named = argument.keyword is None or argument.keyword.value in CONSTRUCT_IDS
        if named and isinstance(argument.value, cst.SimpleString):
            return str(argument.value.evaluated_value)
    return None


def _position(statements: Sequence[cst.BaseStatement], wanted: cst.BaseStatement) -> int | None:
    """Return where a function has a statement: the same call with the same text, or else target."""
    call, text = _call(wanted), _text(wanted)
    for n, statement in enumerate(statements):
        had = _call(statement)
        if call is not None and text is not None:
            if had is not None and _text(statement) == text and _last(had) == _last(call):
                return n
        elif _code(statement).strip() == _code(wanted).strip() or _is_start(statement, wanted):
            return n
    return None


def _is_start(known: cst.BaseStatement, wanted: cst.BaseStatement) -> bool:
    """Return whether a statement has the target, function and unnamed arguments of another."""
    (old, new) = (_call(known), _call(wanted))
    if old is None or new is None or _target(known) != _target(wanted):
        return False
    places = [
        [_code(argument.value) for argument in call.args if argument.keyword is None]
        for call in (old, new)
    ]
    named = bool(places[1]) or _target(wanted) is not None
    return named and _code(old.func) == _code(new.func) and places[0] == places[1]


def _last(call: cst.Call) -> str:
    """Return the last part of a call's function, such as `Table` of `tables.Table`."""
    return _code(call.func).rpartition(".")[2]


def _is_removal(statement: cst.BaseStatement) -> bool:
    """Return whether a part marks a statement to be removed."""
    lines = getattr(statement, "leading_lines", ())
    return any(line.comment is not None and line.comment.value == REMOVAL for line in lines)


def _named(statements: Sequence[cst.BaseStatement], wanted: cst.BaseStatement) -> int | None:
    """Return where a module defines the name that a statement defines."""
    name = _defined(wanted)
    found = (n for n, statement in enumerate(statements) if name and _defined(statement) == name)
    return next(found, None)


def _place_of(statement: cst.BaseStatement, body: Sequence[cst.BaseStatement]) -> int:
    """Return where a new statement of a module belongs: assignments before definitions."""
    if isinstance(statement, (cst.ClassDef, cst.FunctionDef)):
        return len(body)
    definitions = (cst.ClassDef, cst.FunctionDef)
    return next((n for n, s in enumerate(body) if isinstance(s, definitions)), len(body))


def _without_blank_lines(member: cst.BaseStatement) -> cst.BaseStatement:
    if not isinstance(member, cst.SimpleStatementLine):
        return member
    comments = [line for line in member.leading_lines if line.comment is not None]
    return member.with_changes(leading_lines=comments)


def _before(
    new: cst.BaseStatement, following: cst.BaseStatement
) -> tuple[cst.BaseStatement, cst.BaseStatement]:
    """Return two fields with the blank lines of the second before the first."""
    if not isinstance(new, cst.SimpleStatementLine):
        return new, following
    if not isinstance(following, cst.SimpleStatementLine):
        return new, following
    blank = [line for line in following.leading_lines if line.comment is None]
    moved = new.with_changes(leading_lines=[*blank, *new.leading_lines])
    return moved, _without_blank_lines(following)


def _after_fields(members: Sequence[cst.BaseStatement]) -> int:
    fields = [n for n, member in enumerate(members) if _target(member) is not None]
    if fields:
        return fields[-1] + 1
    return 1 if members and _docstring(members[0]) is not None else 0


def _body(suite: cst.BaseSuite) -> Body:
    return suite.body if isinstance(suite, cst.IndentedBlock) else ()


def _docstring(statement: cst.BaseStatement) -> str | None:
    """Return a statement's text, if it is nothing else; with quotes."""
    if isinstance(statement, cst.SimpleStatementLine):
        (line, *_) = statement.body
        if isinstance(line, cst.Expr) and isinstance(line.value, cst.SimpleString):
            return line.value.value
    return None


def _with_docstring(statement: cst.BaseStatement, text: str) -> cst.SimpleStatementLine:
    return _with_value(statement, cst.SimpleString(text))


def _with_arguments(docstring: str, part: str, later: Collection[str]) -> str:
    """Return a docstring with the entries under `Args:` that only the part has."""
    lines, new = docstring.split("\n"), part.split("\n")
    heads = [n for n, line in enumerate(lines) if line.strip() == "Args:"]
    starts = [n for n, line in enumerate(new) if line.strip() == "Args:"]
    if not heads or not starts:
        return docstring
    indent = len(lines[heads[0]]) - len(lines[heads[0]].lstrip()) + 4
    end = heads[0] + 1
    while end < len(lines) and lines[end].startswith(" " * indent):
        end += 1
    names = [line.split(":")[0].strip() for line in lines[heads[0] + 1 : end]]
    known = set(names)
    end = next((heads[0] + 1 + n for n, name in enumerate(names) if name in later), end)
    entries = []
    for line in new[starts[0] + 1 :]:
        if not line.strip() or line.strip().startswith('"""'):
            break
        if line.split(":")[0].strip() not in known:
            entries.append(" " * indent + line.strip())
    return "\n".join([*lines[:end], *entries, *lines[end:]])


def _separated(elements: Sequence[Element]) -> list[Element]:
    """Return elements with a comma between each two."""
    return [
        element.with_changes(comma=cst.Comma())
        if n < len(elements) and isinstance(element.comma, cst.MaybeSentinel)
        else element
        for n, element in enumerate(elements, start=1)
    ]


def _separated_parameters(parameters: Sequence[cst.Param]) -> list[cst.Param]:
    """Return parameters with a comma between each two."""
    return [
        parameter.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
        if n < len(parameters) and isinstance(parameter.comma, cst.MaybeSentinel)
        else parameter
        for n, parameter in enumerate(parameters, start=1)
    ]


def _with_comma(argument: cst.Arg) -> cst.Arg:
    if isinstance(argument.comma, cst.MaybeSentinel):
        return argument.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    return argument


def _key(element: cst.BaseDictElement) -> str:
    """Return the key of an entry: its text, or its code."""
    key = getattr(element, "key", element)
    return str(key.evaluated_value) if isinstance(key, cst.SimpleString) else _code(key)


def _code(node: cst.CSTNode) -> str:
    return cst.Module(body=[]).code_for_node(node)
