"""Evaluate CloudWatch metric math for sample values.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

Value = float | list[float]
OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
# Functions of one series; the value of a series is constant here, so that it rises from nothing.
KEPT = frozenset({"ABS", "AVG", "CEIL", "DIFF", "FLOOR", "MAX", "MIN", "RUNNING_SUM", "SUM"})
REDUCED: dict[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


class UnknownFormulaError(ValueError):
    """A formula uses a function or syntax that is not known here."""


def evaluated(formulas: Mapping[str, str], values: Mapping[str, float], name: str) -> float | None:
    """Return the value of a query of an alarm; None without a result, as after division by zero.

    Args:
        formulas: the expressions, by query id.
        values: the values of the metrics, by query id.
        name: the id of the query.

    Raises:
        UnknownFormulaError: a formula can't be evaluated.
    """
    if name in values:
        return values[name]
    if name not in formulas:
        raise UnknownFormulaError(name)
    text = re.sub(r"&&|\bAND\b", " and ", formulas[name])
    text = re.sub(r"\|\||\bOR\b", " or ", text).strip()
    try:
        tree = ast.parse(text, mode="eval")
        found = _value(tree.body, {**formulas, name: ""}, values)
    except ZeroDivisionError:
        return None
    except (RecursionError, SyntaxError) as error:
        raise UnknownFormulaError(text) from error
    if isinstance(found, list):
        raise UnknownFormulaError(text)
    return found


def _value(node: ast.expr, formulas: Mapping[str, str], values: Mapping[str, float]) -> Value:
    def number(each: ast.expr) -> float:
        found = _value(each, formulas, values)
        if isinstance(found, list):
            raise UnknownFormulaError(ast.unparse(each))
        return found

    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            found = evaluated(formulas, values, name)
            if found is None:
                raise ZeroDivisionError
            return found
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -number(operand)
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in OPERATORS:
            return float(OPERATORS[type(kind)](number(left), number(right)))
        case ast.Compare(left=left, ops=[kind], comparators=[right]) if type(kind) in OPERATORS:
            return float(OPERATORS[type(kind)](number(left), number(right)))
        case ast.BoolOp(op=kind, values=parts):
            combined = all if isinstance(kind, ast.And) else any
            return float(combined(number(part) for part in parts))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, formulas, values)
        case ast.List(elts=parts):
            return [number(part) for part in parts]
    raise UnknownFormulaError(ast.unparse(node))


def _called(
    name: str, arguments: list[ast.expr], formulas: Mapping[str, str], values: Mapping[str, float]
) -> Value:
    def value(position: int) -> Value:
        return _value(arguments[position], formulas, values)

    match name.upper(), len(arguments):
        case "METRICS", _:
            return list(values.values())
        case "IF", 2 | 3:
            if value(0):
                return value(1)
            if len(arguments) == 2:
                raise ZeroDivisionError
            return value(2)
        case "FILL", 2:
            return value(0)
        case "RATE", 1:
            found = value(0)
            return found if isinstance(found, list) else found / 60
        case word, 1 if word in KEPT:
            found = value(0)
            return REDUCED[word](found) if isinstance(found, list) and word in REDUCED else found
    raise UnknownFormulaError(name)
