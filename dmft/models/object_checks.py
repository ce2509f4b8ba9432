"""What an object must do to be a nonlinearity, tried on construction of a network.

An object that returns the wrong shape, forgets a factor in its derivative or changes its argument would give wrong
numbers far from where the mistake is; here it is named, with what was got and what is allowed. Sums over a grid of
numbers, values and differences only: about a millisecond, and once an object.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.breakpoints import Breakpoint, breakpoints, remembered
from dmft.models.panel_search import searched_breakpoints
from dmft.models.singular import refuse_singular

_X = 4.0 * np.sin(1.7 * np.arange(1, 25))  # 24 points in [-4, 4], none a simple number
_REACH = 4.0
_SLOPE_TOLERANCE = 1e-4
_KERNEL_TOLERANCE = 1e-2
_NEAREST = 12


@remembered
def refuse_broken(nonlinearity: Any) -> None:
    """Refuse an object that is not a nonlinearity.

    Raises
    ------
    TypeError : for values of another shape or kind than an array of floats as large as the argument; for an argument
        that is changed.
    ValueError : for values that are not finite, differ between two calls, or depend on the other elements of the
        array; for a derivative or kernel that disagrees with the values; for jumps and poles.
    """
    who = repr(nonlinearity)
    who = who if len(who) <= 80 else f"a {type(nonlinearity).__name__}"
    _refuse_values(who, nonlinearity)
    _refuse_values(f"{who}.derivative", nonlinearity.derivative)
    found = (*_stated_breakpoints(nonlinearity, who), *searched_breakpoints(nonlinearity))
    places = [point.x for point in found if point.width < 1e-8]
    refuse_singular(nonlinearity, list(dict.fromkeys(places)), who, nearest=_NEAREST)
    x = _beside(found)
    _refuse_slope(who, nonlinearity, x)
    if callable(getattr(nonlinearity, "gaussian_kernel", None)):
        _refuse_kernel(nonlinearity, who)


def _returned(who: str, function: Callable[[Any], Any], x: Any) -> FloatArray:
    """Return what a function returns for a number or an array, as floats, or refuse its kind or its shape."""
    with np.errstate(all="ignore"):
        try:
            got = function(x)
        except Exception as error:
            kind = f"an array of shape {np.shape(x)}" if np.ndim(x) else "a number"
            raise TypeError(
                f"{who} must take numbers and arrays of any shape; for {kind} it raised {type(error).__name__}: {error}"
            ) from error
    try:
        y = np.asarray(got)
    except ValueError:  # ragged
        y = np.asarray(got, dtype=object)
    if y.dtype != np.float64:
        what = "None" if got is None else f"{y.dtype} ({type(got).__name__})"
        raise TypeError(f"{who} must return real numbers in double precision (float64), got {what}")
    if y.shape != np.shape(x):
        raise TypeError(f"{who} must return one value for every x, of shape {np.shape(x)}, got shape {y.shape}")
    return y


def _refuse_values(who: str, function: Callable[[Any], Any]) -> None:
    """Refuse a function for what it returns at the points of all checks."""
    x = _X.copy()
    y = _returned(who, function, x).copy()
    if not np.array_equal(x, _X):
        raise TypeError(f"{who} must leave its argument as it is, but changed it; work on a copy: np.array(x)")
    bad = np.flatnonzero(~np.isfinite(y))
    if len(bad):
        place = bad[np.argmin(np.abs(x[bad]))]
        raise ValueError(
            f"{who} must be finite for |x| <= {_REACH:g}; it is not finite at x = {x[place]:.6g}: {y[place]}"
        )
    again = _returned(who, function, _X.copy())
    if not np.allclose(again, y, rtol=1e-12, atol=0.0, equal_nan=True):
        i = int(np.argmax(np.abs(again - y)))
        raise ValueError(
            f"{who} must be a function of x alone; at x = {x[i]:.6g} it was {y[i]:.17g}, then {again[i]:.17g}"
        )
    square = _returned(who, function, _X[:6].reshape(2, 3).copy()).ravel()
    single = np.array([float(_returned(who, function, float(at))) for at in _X[:6]])
    for kind, others in (("an array of shape (2, 3)", square), ("a single number", single)):
        off = np.abs(others - y[:6])
        if np.any(off > 1e-11 * np.max(np.abs(y))):
            i = int(np.argmax(off))
            raise ValueError(
                f"{who} must act on every element alone; at x = {x[i]:.6g} it is {y[i]:.10g} in an array of shape "
                f"{x.shape} and {others[i]:.10g} in {kind}"
            )


def _stated_breakpoints(nonlinearity: Any, who: str) -> tuple[Breakpoint, ...]:
    found = breakpoints(nonlinearity) if callable(getattr(nonlinearity, "breakpoints", None)) else ()
    for point in found:
        if not (isinstance(point, Breakpoint) and math.isfinite(point.x) and point.width >= 0):
            raise TypeError(
                f"{who}.breakpoints() must return Breakpoint(x, width), finite and width >= 0; got {point!r}"
            )
    return tuple(found)


def _beside(found: tuple[Breakpoint, ...]) -> FloatArray:
    """Return points to compare slopes at: those of all checks, and some beside the breakpoints nearest to 0."""
    beside = [
        point.x + side * (0.7 * point.width or distance)
        for point in sorted(found, key=lambda point: abs(point.x))[:8]
        for side in (-1.0, 1.0)
        for distance in (0.0137, 0.137)
        if abs(point.x) <= _REACH
    ]
    return np.concatenate([_X, beside])


def _refuse_slope(who: str, nonlinearity: Any, x: FloatArray) -> None:
    """Refuse a derivative that is not that of the function, by differences at steps from 1e-1 to 1e-8.

    At each point the step that agrees best counts: the small ones for what is steep or has a kink nearby, the large
    ones for what is computed with noise.
    """
    steps = 10.0 ** -np.arange(1.0, 8.5, 0.5)[:, None]
    with np.errstate(all="ignore"):
        y = np.asarray(nonlinearity(np.stack([x + steps, x - steps, x + 0.5 * steps, x - 0.5 * steps]).ravel()))
        y = y.reshape(4, len(steps), len(x))
        wide, narrow = (y[0] - y[1]) / (2.0 * steps), (y[2] - y[3]) / steps
        differences = np.concatenate([(4.0 * narrow - wide) / 3.0, narrow])
        stated = np.asarray(nonlinearity.derivative(x), dtype=float)
        off = np.nanmin(np.abs(differences - stated), axis=0, initial=np.inf)
    scale = np.abs(stated) + float(np.median(np.abs(stated)))
    wrong = off > _SLOPE_TOLERANCE * scale + 1e-7 * np.max(np.abs(stated))
    if np.count_nonzero(wrong) >= 2:
        i = int(np.argmax(np.where(wrong, off / (scale + 1e-300), 0.0)))
        best = differences[np.nanargmin(np.abs(differences[:, i] - stated[i])), i]
        raise ValueError(
            f"{who}.derivative must be the derivative of phi; at x = {x[i]:.6g} it is {stated[i]:.6g}, by differences "
            f"{best:.6g}"
        )


def _refuse_kernel(nonlinearity: Any, who: str) -> None:
    """Refuse a kernel that is not <phi(x) phi(y)> by the trapezoidal rule over two Gaussian variables."""
    z = np.linspace(-7.0, 7.0, 141)
    weight = np.exp(-0.5 * z * z)
    weight /= np.sum(weight)
    for c0 in (0.3, 1.7):
        c = c0 * np.array([1.0, 0.6, -0.4])
        got = _returned(f"{who}.gaussian_kernel", partial(nonlinearity.gaussian_kernel, c0), c)
        for i, share in enumerate(c / c0):
            x = math.sqrt(c0) * z
            with np.errstate(all="ignore"):
                first = np.asarray(nonlinearity(x))
                second = first
                if share < 1:
                    y = share * x[:, None] + math.sqrt(c0 * (1.0 - share**2)) * z
                    second = np.asarray(nonlinearity(y.ravel())).reshape(y.shape) @ weight
                wanted, scale = float(weight @ (first * second)), float(weight @ first**2)
            if not abs(got[i] - wanted) <= _KERNEL_TOLERANCE * scale + 1e-300:
                raise ValueError(
                    f"{who}.gaussian_kernel(c0, c) must be <phi(x) phi(y)> for variance c0 and covariance c; at "
                    f"({c0:g}, {c[i]:g}) it is {got[i]:.6g}, by quadrature {wanted:.6g}"
                )
