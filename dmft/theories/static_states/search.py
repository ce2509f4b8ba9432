"""All static states: Newton's method from many starts until their degree is 1, and along curves from each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.arclength import passages
from dmft.numerics.many_roots import distinct, newton, spread
from dmft.theories.static_states.equations import StaticEquations

_STARTS, _MOST = 48, 1296  # starts at first; they are tripled
_SAME = 1e-6  # difference, in the size of x, of two roots that are one
_CENTRED = 1e-12  # of a mean over the deviation, below which it is 0 by symmetry
_AT_REST = 1e-12  # of c over its scale: a root next to c = 0 is tried there
_GRADED = 1e4  # ratio of the largest to the least start in m


@dataclass(frozen=True)
class Found:
    """Roots, and what is known of their number.

    Attributes
    ----------
    roots : shape (n, 2P).
    signs : of det F' at each, 0 where a state at rest does not count (`_signs`).
    degree : the sum of the signs; 1 for bounded phi, if none is missing.
    starts : number of starts of Newton's method.
    followed : whether curves through the roots were followed until they brought nothing new.
    """

    roots: FloatArray
    signs: FloatArray
    degree: int
    starts: int
    followed: bool


def all_roots(equations: StaticEquations, further: FloatArray | None = None) -> Found:
    """Return the static states of populations that are found; the same in each call. `further` starts are tried too.

    Notes
    -----
    Signs of det F' at the roots add up to 1 (the degree of the map, for bounded phi): until they do the starts are
    tripled. A missed pair of opposite signs does not show there. Each such pair meets in a fold as a mean input changes
    or as the couplings vanish together, and beyond the fold the curve through it mostly comes by another root: curves
    through each root are followed in these directions, and where they pass the equations again is a root.
    """
    roots = _at_inputs(equations)
    if further is not None:
        roots = _with(equations, roots, further)
    starts, wanted, followed = 0, _STARTS, False
    while True:
        roots = _with(equations, roots, _starts(equations, starts, wanted - starts))
        starts = wanted
        roots, followed = _along_curves(equations, roots)
        signs = _signs(equations, roots)
        settled = equations.bounded and int(signs.sum()) == 1
        if settled or starts >= _MOST or (not equations.bounded and starts > _STARTS):
            order = np.lexsort(np.round(roots / (1.0 + np.abs(roots).max(initial=0.0)), 9).T[::-1])
            return Found(roots[order], signs[order], int(signs.sum()), starts, followed)
        wanted = 3 * starts


def _with(equations: StaticEquations, roots: FloatArray, starts: FloatArray) -> FloatArray:
    """Return the roots and those that Newton's method finds from further starts, which are not among them."""
    if not len(starts):
        return roots
    ends, found = newton(equations.system, starts, allowed=equations.allowed, scale=equations.scale)
    found &= np.all(np.isfinite(ends), axis=1)
    ends = np.array([_resting(equations, end) for end in ends[found]]).reshape(-1, starts.shape[1])
    for mirror in equations.mirrors if len(ends) else ():
        turned = mirror < 0.0
        least = equations.scale(ends, _CENTRED)
        ends[turned & (np.abs(ends) <= _CENTRED * least)] = 0.0
        ends = np.concatenate([ends, ends * mirror])
    new = distinct(ends, equations.apart, _SAME, known=roots)
    return np.concatenate([roots, new])


def _at_inputs(equations: StaticEquations) -> FloatArray:
    """Return the state in which units hear nothing but their inputs, where that is one, shape (0 or 1, 2P).

    At its onset Newton's method comes to it too slowly to find it.
    """
    alone = equations.inputs
    return alone[None] if equations.residual(alone) == 0.0 else np.empty((0, len(alone)))


def _resting(equations: StaticEquations, end: FloatArray) -> FloatArray:
    """Return a root with those variances at 0 that are next to it, if that is one."""
    c = end[equations.variances]
    small = c <= _AT_REST * max(1.0, float(np.max(end**2)))
    if not np.any(small):
        return end
    rest = end.copy()
    rest[equations.variances][small] = 0.0
    m = rest[: len(equations)]
    m[np.abs(m) <= 1e-14 * equations.sizes] = 0.0
    return rest if equations.residual(rest) <= 1e-12 else end


def _starts(equations: StaticEquations, first: int, count: int) -> FloatArray:
    """Return starts: half of them anywhere in the box, half graded towards small m and c."""
    of = equations.variances
    u = spread(first, count, len(equations.inputs))
    low, high = equations.box
    if not equations.bounded:
        low, high = _scales(equations, first, count)
    even = low + u * (high - low)
    span = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-9)
    top = np.arcsinh(_GRADED)
    graded = span * np.sinh((2.0 * u - 1.0) * top) / _GRADED
    graded[:, of] = low[..., of] + (high - low)[..., of] * _GRADED ** (2.0 * (u[:, of] - 1.0))
    return np.where((np.arange(first, first + count) % 2 == 0)[:, None], even, graded)


def _scales(equations: StaticEquations, first: int, count: int) -> tuple[FloatArray, FloatArray]:
    """Return boxes of many sizes around the inputs, for phi that has no bounds."""
    b = equations.blocks
    size = 1.0 + np.max(np.abs(b.bias)) + np.sqrt(np.max(b.threshold_variance))
    factor = size * 10.0 ** (6.0 * spread(first, count, 1) - 2.0)
    p = len(equations)
    high = np.concatenate([np.repeat(factor, p, axis=1), np.repeat(factor**2, p, axis=1)], axis=1)
    low = np.concatenate([-high[:, :p], np.zeros((count, p))], axis=1)
    return low + equations.inputs, high + equations.inputs


def _along_curves(equations: StaticEquations, roots: FloatArray) -> tuple[FloatArray, bool]:
    """Return the roots with those that curves through them lead to; new ones are followed too, a few times."""
    fresh = roots
    for _ in range(4):
        fresh = fresh[np.any(fresh[:, equations.variances] > 0, axis=1)]  # a state at rest is a curve of its own
        if not len(fresh):
            return roots, True
        met = [
            passages(family, fresh, allowed=equations.unbound, scale=equations.along, reach=reach)
            for family, reach in equations.families()
        ]
        before = len(roots)
        roots = _with(equations, roots, equations.allowed(np.concatenate(met)))
        fresh = roots[before:]
    return roots, not len(fresh)


def _signs(equations: StaticEquations, roots: FloatArray) -> FloatArray:
    """Return the signs of det F'; 0 of a state at rest that the least threshold variance would end.

    Where c = 0 solves the equations it is at the edge of what c may be. With thresholds s -> 0 the root is next to it,
    at c = (1 - K phi'^2)^-1 s, which is a variance only if rho(K phi'^2) < 1.
    """
    if not len(roots):
        return np.zeros(0)
    signs = np.linalg.slogdet(equations.system(roots)[1])[0]
    for i, root in enumerate(roots):
        rest = root[equations.variances] == 0
        if np.any(rest):
            growth = equations.growth(root)[np.ix_(rest, rest)]
            signs[i] *= float(np.max(np.abs(np.linalg.eigvals(growth)))) < 1.0
    return np.asarray(signs)
