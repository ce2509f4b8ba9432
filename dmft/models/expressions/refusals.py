"""Which expressions are nonlinearities: continuous real functions with a bounded slope."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

import numpy as np

from dmft.models.breakpoints import Breakpoint
from dmft.models.expressions.canonical import value_of
from dmft.models.expressions.expression import Expression
from dmft.models.expressions.zeros import grid
from dmft.models.singular import refuse_not_real, refuse_singular

_NUMBERS_WITHIN = 30.0  # farther out, inf/inf may be nan
_STEEPEST = 1e-9  # width below which a step is looked at, though it may be smooth


def refuse_ill_defined(phi: Expression, breakpoints: tuple[Breakpoint, ...]) -> None:
    """Refuse an expression that is not real somewhere, or jumps or diverges, or whose slope does.

    Jumps and the like can only be at zeros of what Abs, Heaviside, a root or a quotient are taken of, or at steep
    places: at the breakpoints. Where the base of a root is negative is looked up in |x| <= 1e8.

    Raises
    ------
    ValueError : naming the place.
    """
    x = np.sinh(np.linspace(-math.asinh(_NUMBERS_WITHIN), math.asinh(_NUMBERS_WITHIN), 401))
    values, slopes = phi(x), phi.derivative(x)
    places = [point.x for point in breakpoints if point.width < _STEEPEST * max(1.0, abs(point.x))]
    refuse_singular(phi, list(dict.fromkeys(places)), phi.text)
    refuse_not_real(np.where(np.isnan(slopes), slopes, values), x, phi.text)
    for argument, positive in _kept_positive(phi.tree):
        u = np.asarray(Expression(argument)(grid()))
        refuse_not_real(np.where((u < 0) | (positive & (u == 0)), np.nan, 0.0), grid(), phi.text)


def _kept_positive(tree: ast.expr) -> Iterator[tuple[ast.expr, bool]]:
    """Yield what roots and logarithms are taken of, and whether it must not be zero either."""
    for node in ast.walk(tree):
        divisor = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) else None
        divides = divisor is not None
        match divisor or node:
            case ast.Call(ast.Name("log"), [argument]):
                yield argument, True
            case ast.Call(ast.Name("sqrt"), [argument]):
                yield argument, divides
            case ast.BinOp(argument, ast.Pow(), exponent):
                n = value_of(exponent)
                if n is None or n % 1 != 0:
                    yield argument, divides or (n is not None and n < 0)
