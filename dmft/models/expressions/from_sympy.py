"""Expressions of sympy, printed as text; sympy's own parser, which evaluates its text, is never called."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from dmft.models.expressions.expression import Expression, parse

X = sympy.Symbol("x", real=True)


def from_sympy(expression: Any) -> Expression:
    """Return a sympy expression in x as an `Expression`; a Piecewise in Max, Min and, where it jumps, Heaviside.

    Raises
    ------
    ValueError : for another symbol than x, or for a function or number that has no place in a text.
    """
    foreign = sorted(symbol.name for symbol in expression.free_symbols if symbol.name != "x")
    if foreign:
        raise ValueError(f"the variable must be x, got the symbol {foreign[0]!r}")
    try:
        return parse(_Printer().doprint(expression.xreplace(dict.fromkeys(expression.free_symbols, X))))
    except (ValueError, NotImplementedError, RecursionError) as error:
        raise ValueError(f"{str(expression)[:60]!r} has no place in an expression: {error}") from None


def _float(printer: Any, number: Any) -> str:
    return repr(float(number))  # all its digits


def _step(printer: Any, step: Any) -> str:
    return f"Heaviside({printer.doprint(step.args[0])})"  # the second is its value at 0, which is 1/2 here


def _piecewise(printer: Any, pieces: Any) -> str:
    return f"({printer.doprint(_joined(pieces))})"


def _joined(pieces: Any) -> Any:
    """Return a Piecewise as a sum of its pieces, each taken of x clipped to its interval, less its value at the joint.

    Where two pieces differ at their joint there is a step between them.
    """
    ranges = [
        (interval.inf, interval.sup, piece)
        for piece, where in pieces.as_expr_set_pairs(sympy.S.Reals)
        for interval in (where.args if where.is_Union else [where])
        if interval.measure > 0
    ]
    ranges.sort(key=lambda one: one[0])
    ends = [-sympy.oo, *(right for _, right, _ in ranges)]
    if [left for left, _, _ in ranges] != ends[:-1] or ends[-1] != sympy.oo:
        raise ValueError("it must have a value for every x")
    total = sympy.S.Zero
    for i, (left, right, piece) in enumerate(ranges):
        total += piece.xreplace({X: sympy.Max(left, sympy.Min(right, X))})
        if i > 0:
            before = ranges[i - 1][2].xreplace({X: left})
            total += sympy.simplify(piece.xreplace({X: left}) - before) * sympy.Heaviside(X - left)
            total -= piece.xreplace({X: left})
    return total


_METHODS = {"_print_Float": _float, "_print_Heaviside": _step, "_print_Piecewise": _piecewise}
_Printer: Any = type("_Printer", (StrPrinter,), _METHODS)
