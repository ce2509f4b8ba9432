"""Refusal of a nonlinearity with a jump, a pole or a slope that diverges, however it is written.

A jump has a delta function for a slope, and g^2 <phi'^2> is infinite with it; near a pole or a diverging slope the
averages are infinite too, or hang on the last nodes. Whether phi has one at a given place is seen on the way there:
differences that stay when both sides come closer, values or slopes that grow by as much in every decade.

What is steeper than 1e13 cannot be told from a jump in double precision, and is refused as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray

_NEAREST = 13  # decades: the two sides of a place come as close as 1e-13 of max(1, |x|)
_WAY = 9
_STAYS = 0.5
_ROUNDING = 1e-7  # part of the size of phi below which a jump is one of rounding

_JUMP = (
    "a nonlinearity must be continuous, got {}, which jumps at {}: its derivative would be a delta function; use a "
    "smooth function that is steep there instead, such as tanh(50*x) for sign(x)"
)
_POLE = (
    "a nonlinearity must be finite, got {}, which diverges at {}: its averages do too; use a function that stays "
    "finite, such as x/(0.01 + x**2) for 1/x"
)
_UNDEFINED = (
    "a nonlinearity and its derivative must be numbers everywhere, got {}, which is 0/0 or the like at {}; state it in "
    "a form that has a value there"
)
_STEEP = (
    "a nonlinearity must have a bounded slope, got {}, whose slope diverges at {}: <phi'^2> is infinite or hangs on "
    "the last nodes; round it off, such as (0.001 + x**2)**(1/4) for sqrt(abs(x))"
)


def refuse_singular(nonlinearity: Any, places: Sequence[float], stated: str, *, nearest: int = _NEAREST) -> None:
    """Refuse a nonlinearity that jumps, or diverges, or whose slope does, at one of the places.

    Parameters
    ----------
    nonlinearity : with ``__call__`` and ``derivative``.
    places : where to look: its breakpoints.
    stated : the nonlinearity in the words of a refusal.
    nearest : the two sides come as close as 10^-nearest, for places that are known that well.

    Raises
    ------
    ValueError : naming what it does, and where.
    """
    x = np.array(sorted(places, key=lambda place: (abs(place), place)))
    steps = np.maximum(1.0, np.abs(x))[:, None] * 10.0 ** -np.arange(nearest - _WAY, nearest + 1.0)
    at = np.stack([x[:, None] - steps, x[:, None] + steps], axis=1)  # place, side, distance
    with np.errstate(all="ignore"):
        value = np.asarray(nonlinearity(at.ravel()), dtype=float).reshape(at.shape)
        slope = np.asarray(nonlinearity.derivative(at.ravel()), dtype=float).reshape(at.shape)
        here = np.asarray(nonlinearity(x), dtype=float), np.asarray(nonlinearity.derivative(x), dtype=float)
        poles = _diverges(np.max(np.abs(value), axis=1)) | np.isinf(here[0])
        jumps = _stays(np.abs(value[:, 1] - value[:, 0]), _size(value))
        steep = _diverges(np.max(np.abs(slope), axis=1)) | np.isinf(here[1])
    undefined = np.isnan(here[0]) | np.isnan(here[1]) | np.any(np.isnan(value) | np.isnan(slope), axis=(1, 2))
    undefined &= ~(steep & np.isfinite(here[0]))
    faults = (_JUMP, jumps & ~poles), (_POLE, poles), (_UNDEFINED, undefined), (_STEEP, steep)
    for i, place in enumerate(x):
        for words, fault in faults:
            if fault[i]:
                raise ValueError(words.format(stated, f"x = {round(float(place), 12) + 0.0:.10g}"))


def _stays(gap: FloatArray, size: FloatArray) -> NDArray[np.bool_]:
    """Whether the difference of the sides no longer falls over the last six decades; one that grows is rounding."""
    last, before, first = gap[:, -1], gap[:, -4], gap[:, -7]
    return (last > _STAYS * before) & (last > _STAYS * first) & (before > _STAYS * last) & (last > _ROUNDING * size)


def _size(value: FloatArray) -> FloatArray:
    return np.asarray(np.nan_to_num(np.max(np.abs(value), axis=(1, 2)), nan=np.inf))


def _diverges(size: FloatArray) -> NDArray[np.bool_]:
    """Whether a size grows, over the last three decades on the way, by at least half as much as over the three before.

    So do powers, which grow by the same factor, and logarithms, by the same amount; what is bounded has stopped.
    """
    last, before = size[:, -1] / size[:, -4], size[:, -4] / size[:, -7]
    return ~np.isfinite(size[:, -1]) & ~np.isnan(size[:, -1]) | (
        (last > 1.01) & (before > 1.01) & (np.log(last) >= 0.5 * np.log(before))
    )


def refuse_not_real(values: FloatArray, x: FloatArray, stated: str) -> None:
    """Refuse values that are not numbers, naming the place nearest to 0."""
    bad = np.flatnonzero(np.isnan(values))
    if len(bad):
        place = x[bad[np.argmin(np.abs(x[bad]))]]
        raise ValueError(
            f"a nonlinearity must be a real number for every x, got {stated}, which is none at x = {place:.6g} (a root "
            "or logarithm of a negative number, or inf - inf); Max(0, x) and abs(x) keep an argument positive"
        )
