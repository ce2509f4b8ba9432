"""Which expressions are nonlinearities: continuous real functions with a bounded slope."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from dmft.models.breakpoints import Breakpoint
from dmft.models.dual_numbers import evaluate
from dmft.models.expression import Call, Expression, Number, Power, parts_of, text
from dmft.models.singular import refuse_not_real, refuse_singular
from dmft.models.zeros import grid

_NUMBERS_WITHIN = 30.0  # farther out, inf/inf may be nan
_STEEPEST = 1e-9  # width below which a step is looked at, though it may be smooth


def refuse_ill_defined(tree: Expression, breakpoints: tuple[Breakpoint, ...]) -> None:
    """Refuse an expression that is not real somewhere, or jumps or diverges, or whose slope does.

    Jumps and the like can only be at zeros of what Abs, Heaviside, a root or a quotient are taken of, or at steep
    places: at the breakpoints. Where the base of a root is negative is looked up in |x| <= 1e8.

    Raises
    ------
    ValueError : naming the place.
    """
    stated = text(tree)
    phi = _Evaluated(tree)
    x = np.sinh(np.linspace(-math.asinh(_NUMBERS_WITHIN), math.asinh(_NUMBERS_WITHIN), 401))
    values, slopes = phi(x), phi.derivative(x)
    places = [point.x for point in breakpoints if point.width < _STEEPEST * max(1.0, abs(point.x))]
    refuse_singular(phi, list(dict.fromkeys(places)), stated)
    refuse_not_real(np.where(np.isnan(slopes), slopes, values), x, stated)
    for argument, positive in _kept_positive(tree):
        u = np.asarray(evaluate(argument, grid()))
        refuse_not_real(np.where((u < 0) | (positive & (u == 0)), np.nan, 0.0), grid(), stated)


class _Evaluated:
    def __init__(self, tree: Expression) -> None:
        self.tree = tree

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(evaluate(self.tree, x))

    def derivative(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(evaluate(self.tree, x, slope=True))


def _kept_positive(tree: Expression) -> Iterator[tuple[Expression, bool]]:
    """Yield what roots and logarithms are taken of, and whether it must not be zero either."""
    match tree:
        case Call("log", (argument,)):
            yield argument, True
        case Power(argument, Number(n)) if n != int(n):
            yield argument, bool(n < 0)
        case Power(argument, exponent) if not isinstance(exponent, Number):
            yield argument, False
    for part in parts_of(tree):
        yield from _kept_positive(part)
