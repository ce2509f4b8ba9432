"""Where chaos begins: the moving state next to a fixed point, by its slow mode.

Next to the onset the largest eigenvalue of K_ab <phi_b'^2> is little above 1, and covariances leave their limit along
its vector v alone, c_a(lag) = c_a(inf) + v_a a(lag) with a = A at lag 0. The left vector u, u . v = 1, takes from the
equation of the lags that of one coordinate, which has an energy:
    (u . tau^2 v) a'' = V'(a),   V'(a) = int_0^a [1 - u . K (<phi' phi'>(c(inf) + b v) v)] db,   V(A) = 0,
next to c(inf) = K <phi phi>(c(inf)) + s and m = h + A <phi> with variances c(inf) + A v. To lowest orders
    a = A/(cosh^2 (k lag/2) + r sinh^2 (k lag/2)),   (u . tau^2 v) k^2 = V''(0):
r = 1 where the activity begins at zero and phi is odd (A of the order of the excess over 1, k of that order too), r = 0
where a frozen part is left (k of the order of its root). What is neglected are the other modes, which one solve shows.
Plain relaxation takes a time of 1/k^2 there, and the matrix of Newton's method comes to its last digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static, jacobian

NEAR = 1.1  # largest eigenvalue at the fixed point up to which this is tried
_TRIES = 60
_INNER = 30  # steps to the fixed point at a given amplitude
_SETTLED = 1e-15
_EVEN = 1e-9  # part of <phi phi> that may be even in c where it is odd
_WIDE = 1e-3  # amplitude at which the slopes of odd ones are compared, over that at which they change by their size
_MARGIN = 10.0  # of the error: what other modes make of themselves, through the variances
_STEEP = 0.3  # V''(0) up to which this is next to the onset
_APART = 3.0  # excesses by which all other eigenvalues lie below 1
_PARALLEL = 1e-6  # cosine of the vectors, below which there is more than one slow mode
_X, _W = (0.5 * (values + shift) for values, shift in zip(np.polynomial.legendre.leggauss(6), (1.0, 0.0)))


@dataclass(frozen=True, eq=False)
class Onset:
    """c_a(lag) = c_a(inf) + A v_a/(cosh^2 (k lag/2) + r sinh^2 (k lag/2)).

    Attributes
    ----------
    limit, rise : c(inf) and A v, shape (P,).
    m : means, shape (P,).
    kappa, shape : k and r.
    excess : the eigenvalue over 1 at the fixed point.
    error : of c(0), relative, shape (P,).
    sensitivity : d log c_a(0) over a relative error of the averages of b, shape (P, P).
    """

    limit: FloatArray
    rise: FloatArray
    m: FloatArray
    kappa: float
    shape: float
    excess: float
    error: FloatArray
    sensitivity: FloatArray

    def __call__(self, lags: FloatArray) -> FloatArray:
        """Return c at lags, shape (n, P)."""
        decay = np.exp(-self.kappa * np.asarray(lags, dtype=float))[:, None]
        profile = 4.0 * decay / ((1.0 + decay) ** 2 + self.shape * (1.0 - decay) ** 2)
        return np.asarray(self.limit + self.rise * profile)


@dataclass(frozen=True, eq=False)
class _Mode:
    """The slow mode at an amplitude, next to the fixed point that belongs to it.

    Attributes
    ----------
    right, left : v and u.
    inverse : largest row sum of the inverse of what holds the fixed point.
    bending : v - K (<phi' phi'> v) at c(inf) and on the way up to A, shape (1 + n, P).
    """

    amplitude: float
    limit: FloatArray
    m: FloatArray
    right: FloatArray
    left: FloatArray
    inverse: float
    slopes: FloatArray
    bending: FloatArray

    @property
    def steepness(self) -> FloatArray:
        """V''(a) at c(inf) and on the way up."""
        return np.asarray(self.bending @ self.left)

    @property
    def energy(self) -> float:
        """2 V(A)/A^2."""
        return float(2.0 * (_W * (1.0 - _X)) @ self.steepness[1:])

    @property
    def falls(self) -> tuple[float, float]:
        """By how much 2 V/A^2 and V'/A have fallen from V''(0)."""
        fallen = self.steepness[1:] - self.steepness[0]
        return float(2.0 * (_W * (1.0 - _X)) @ fallen), float(_W @ fallen)


def onset(blocks: Blocks, sites: Sites, calm: Static) -> Onset | None:
    """Return the state next to a fixed point whose bulk has just crossed; None where it does not begin softly.

    Accuracy: the square of the excess over 1, relative, at rest, and of the moving part else; the error tells
    (`tests/limits/test_onset_of_populations.py`). Cost: 10 ms.
    """
    from scipy.optimize import brentq

    excess = calm.spread - 1.0
    first = _perron(blocks.K * calm.pair.p[0])
    if not 0.0 < excess < NEAR - 1.0 or first is None:
        return None
    resting = not (np.any(calm.c0) or np.any(calm.m) or np.any(calm.one.phi))
    odd = resting and _odd(sites, first[0])
    modes: dict[float, _Mode | None] = {0.0: None}

    def energy(amplitude: float) -> float:
        if amplitude == 0.0:
            return -excess
        modes[amplitude] = _mode(blocks, sites, calm, amplitude, first[0], odd)
        found = modes[amplitude]
        return math.nan if found is None else found.energy

    ahead = excess * (float(np.max(calm.c0)) if np.any(calm.c0) else 1.0)
    for _ in range(_TRIES):
        reached = energy(ahead)
        if not reached < 0.0:
            break
        ahead *= 2.0
    if not reached > 0.0:
        return None
    try:
        amplitude = float(brentq(energy, 0.0, ahead, xtol=1e-14 * ahead * excess, rtol=1e-13))
    except ValueError:  # no fixed point at an amplitude between
        return None
    mode = _mode(blocks, sites, calm, amplitude, first[0], odd)
    return None if mode is None else _onset(blocks, sites, calm, mode, excess, odd)


def _onset(blocks: Blocks, sites: Sites, calm: Static, mode: _Mode, excess: float, odd: bool) -> Onset | None:
    curvature, shape = _profile(blocks, sites, calm, mode, excess, odd)
    mass = float(mode.left @ (blocks.tau**2 * mode.right))
    if not (0.0 < curvature < _STEEP and -0.9 < shape < 2.0):
        return None
    others = np.sort(np.linalg.eigvals(blocks.K * mode.slopes).real)[:-1]
    if np.any(others > 1.0 - _APART * excess):  # another mode is as slow, or grows
        return None
    rise, c0 = mode.amplitude * mode.right, mode.limit + mode.amplitude * mode.right
    drawn = _W @ mode.bending[1:]
    lacking = mode.amplitude * (blocks.tau**2 * mode.right * float(mode.left @ drawn) / mass - drawn)
    bordered = np.zeros((len(c0) + 1, len(c0) + 1))
    bordered[:-1, :-1] = np.eye(len(c0)) - blocks.K * mode.slopes
    bordered[:-1, -1], bordered[-1, :-1] = mode.right, mode.left
    lost = np.linalg.solve(bordered, np.append(lacking, 0.0))[:-1]
    moves, part = rise > 0.0, rise / np.where(c0 > 0.0, c0, 1.0)
    off = float(np.max(np.abs(lost[moves]) / rise[moves]))
    still = float(np.max(np.abs(lost[~moves]), initial=0.0) / np.max(rise))
    weights = (mode.left @ (blocks.K * mode.slopes)) * mode.right
    held = mode.inverse * (mode.limit > 0.0)[:, None]
    return Onset(
        mode.limit,
        rise,
        mode.m,
        math.sqrt(curvature / mass),
        shape,
        excess,
        _MARGIN * max(1.0, mode.inverse) * (off * part + still),
        np.abs(part[:, None] * weights * (1.0 + mode.inverse) / excess) + held,
    )


def _profile(blocks: Blocks, sites: Sites, calm: Static, mode: _Mode, excess: float, odd: bool) -> tuple[float, float]:
    """Return V''(0) and r; nan where they are not known."""
    h = _WIDE * mode.amplitude / excess
    if not odd or mode.amplitude > h:
        return -mode.falls[0], 2.0 * mode.falls[1] / mode.falls[0] - 3.0
    # what slopes change by has no digits left there: it goes with the square of the amplitude, all but
    wider = [_mode(blocks, sites, calm, k * h, mode.right, odd) for k in (1.0, 2.0)]
    one, two = (math.nan if w is None else w.falls[0] / k**2 for w, k in zip(wider, (1.0, 2.0), strict=True))
    part = mode.amplitude / h
    return -(one + (two - one) * (part - 1.0)) * part**2, 1.0


def _mode(blocks: Blocks, sites: Sites, calm: Static, amplitude: float, right: FloatArray, odd: bool) -> _Mode | None:
    """Return the mode and the fixed point at an amplitude; None where there is none."""
    limit, m, P, inverse = calm.c0, calm.m, len(blocks), 0.0
    left = right
    for _ in range(_INNER):
        c0 = limit + amplitude * right
        pair = sites.two_times(np.stack([limit, c0]), m, c0, np.zeros((2, P)), derivatives=True)
        both = _perron(blocks.K * pair.p[0])
        if both is None:
            return None
        turned, left = both
        gap = np.max(np.abs(turned - right))
        if not odd:
            held = np.linalg.inv(np.eye(2 * P) - jacobian(blocks, pair.one, pair))
            inverse = float(np.max(np.abs(held).sum(axis=1)))
            pull = [blocks.bias + blocks.A @ pair.one.phi - m, blocks.K @ pair.q[0] + blocks.threshold_variance - limit]
            step = held @ np.concatenate(pull)
            m, limit = m + step[:P], np.maximum(limit + step[P:], 0.0)
            gap = max(gap, float(np.max(np.abs(step)) / (np.max(c0) + np.max(np.abs(m)))))
        right = turned
        if gap <= _SETTLED:
            break
    if not gap <= 1e3 * _SETTLED:
        return None
    c0 = limit + amplitude * right
    c = np.concatenate([limit[None], limit + amplitude * _X[:, None] * right])
    slopes = sites.two_times(c, m, c0, np.zeros(c.shape), derivatives=False).p
    bending = right - (slopes * right) @ blocks.K.T
    return _Mode(amplitude, limit, m, right, left, inverse, slopes[0], bending)


def _odd(sites: Sites, right: FloatArray) -> bool:
    """Whether <phi phi> is odd in the covariance, next to rest."""
    c0 = _WIDE * right
    q = sites.two_times(np.stack([c0, -c0]), np.zeros(len(c0)), c0, np.zeros((2, len(c0))), derivatives=False).q
    return bool(np.all(np.abs(q[0] + q[1]) <= _EVEN * np.abs(q[0])))


def _perron(matrix: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return v, with the largest entry 1, and u with u . v = 1, of the largest eigenvalue; None if it is double."""
    values, vectors = np.linalg.eig(matrix)
    right = np.abs(vectors[:, int(np.argmax(values.real))].real)
    values, vectors = np.linalg.eig(matrix.T)
    left = np.abs(vectors[:, int(np.argmax(values.real))].real)
    overlap = float(left @ right)
    if not overlap > _PARALLEL * float(np.linalg.norm(left) * np.linalg.norm(right)):
        return None
    right = right / np.max(right)
    return right, left / float(left @ right)
