"""The least sum of group norms at margin one, by a primal-dual interior-point method on its dual.

    min_z sum_g b_g |z_g|  s.t.  sum_g <z_g, A_ig> >= 1 for every point i
    max_v sum_i v_i        s.t.  v >= 0,  q_g(v) = v.K_g v <= b_g^2 for every group g

The dual has one variable a point and one quadratic constraint a group, and needs Gram matrices only. With multipliers
w_g >= 0 of q_g/2 the primal is z_g = w_g A_g^T v, and stationarity says that point i has the margin 1 + s_i, s the
multiplier of v >= 0. Steps are Mehrotra's predictor and corrector; a Newton matrix is

    sum_g w_g K_g + diag(s/v) + sum_g (w_g/c_g) u_g u_g^T,  u_g = K_g v,  c_g = (b_g^2 - q_g)/2 > 0.

Both bounds of the result are computed from feasible points, not from the iteration: v over the largest of
sqrt(q_g)/b_g is feasible in the dual, z over its least margin in the primal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from dmft.arrays import FloatArray
from dmft.numerics.margins.groups import Groups
from dmft.numerics.margins.separation import no_separation

_TO_THE_BORDER = 0.99
_REFINEMENTS = 2
# Least norm, over the inverse of the longest point, at which the search ends: Gram matrices hold squares, and half of
# their digits are left of a length.
_LARGEST_NORM = 1e8


@dataclass(frozen=True, eq=False)
class LeastNorm:
    """What was found.

    Attributes
    ----------
    dual : v >= 0, shape (n,), feasible: sqrt(v.K_g v) <= b_g for every group, up to rounding; of points that cannot be
        separated, the proof: it sums to one, and `lower` is the inverse of the largest sqrt(v.K_g v)/b_g.
    multipliers : w_g >= 0, shape (G,): z_g = w_g A_g^T `dual` reaches margin one at every point.
    lower, upper : of the least norm, from the dual and from the primal; `upper` is inf where nothing was found.
    steps : Newton steps.
    history : (upper - lower)/upper after each.
    separable : False where the dual grows beyond any norm that doubles can tell from infinity.
    """

    dual: FloatArray = field(repr=False)
    multipliers: FloatArray = field(repr=False)
    lower: float
    upper: float
    steps: int
    history: tuple[float, ...] = field(repr=False)
    separable: bool = True

    @property
    def gap(self) -> float:
        """(upper - lower)/upper, >= 0 up to rounding."""
        return (self.upper - self.lower) / self.upper if math.isfinite(self.upper) else math.inf


@dataclass(frozen=True, eq=False)
class _Newton:
    """The linear system of a step, with what it is made of."""

    groups: Groups
    square: float
    factor: tuple[FloatArray, bool]
    v: FloatArray
    s: FloatArray
    w: FloatArray
    c: FloatArray
    u: FloatArray
    misfit: FloatArray

    def times(self, dv: FloatArray) -> FloatArray:
        """Return the Newton matrix times a vector, by the features."""
        of_groups = (self.groups.products(dv) / self.square) @ self.w
        return np.asarray(of_groups + self.s / self.v * dv + self.u @ (self.w / self.c * (self.u.T @ dv)))

    def step(self, of_points: FloatArray, of_groups: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the step of v, s and w that aims at v s = of_points and c w = of_groups."""
        short = (of_groups - self.w * self.c) / self.c
        right = of_points / self.v - self.s - self.misfit - self.u @ short
        dv = cho_solve(self.factor, right, check_finite=False)
        for _ in range(_REFINEMENTS):
            dv = dv + cho_solve(self.factor, right - self.times(dv), check_finite=False)
        return dv, of_points / self.v - self.s - self.s * dv / self.v, short + self.w * (self.u.T @ dv) / self.c


def least_norm(
    groups: Groups, prices: FloatArray | None = None, *, gap: float = 1e-9, max_steps: int = 100
) -> LeastNorm:
    """Return the least sum of group norms that reaches margin one at every point.

    Parameters
    ----------
    groups : the features; the sign of a label is part of its point.
    prices : b_g > 0, shape (G,); default 1.
    gap : relative distance of the bounds at which the iteration ends.
    max_steps : Newton steps at most; it ends before where the bounds no longer approach each other.

    Cost
    ----
    A Cholesky factor of n x n and two products of n x n x n_column in each of about 20 steps: n = 1000 points, 100
    columns 0.2 s a step.
    """
    stated, groups = groups, groups.compressed()
    n, g = groups.size, groups.count
    b = np.ones(g) if prices is None else np.asarray(prices, dtype=float)
    longest = groups.longest
    if longest == 0.0:
        return _without(stated, b, ())
    # Lengths in units of the longest point, prices in units of the least.
    unit = longest / float(np.min(b))
    square, half = longest**2, 0.5 * (b / np.min(b)) ** 2
    v = np.ones(n)
    u = groups.products(v) / square
    seen = float(np.max(0.5 * (v @ u) / half))
    if not seen > 0.0:  # equal weights are a proof already: the points have the origin as their mean
        return _without(stated, b, ())
    v *= math.sqrt(0.5 / seen)
    u = groups.products(v) / square
    c = half - 0.5 * (v @ u)
    w, s = np.ones(g), np.ones(n)
    best = LeastNorm(v / unit, w, 0.0, math.inf, 0, ())
    history: list[float] = []
    worse = 0
    for step in range(1, max_steps + 1):
        matrix = groups.weighted(w) / square
        mu = (s @ v + w @ c) / (n + g)
        newton = matrix + (u * (w / c)) @ u.T
        newton[np.diag_indices(n)] += s / v
        factor = _factor(newton)
        if factor is None:  # no digits are left
            break
        system = _Newton(groups, square, factor, v, s, w, c, u, u @ w - 1.0 - s)
        dv, ds, dw = system.step(np.zeros(n), np.zeros(g))
        along = groups.products(dv) / square
        primal, dual = _reach(v, dv, u, along, c), min(_fraction(s, ds), _fraction(w, dw))
        c_there = c - primal * (u.T @ dv) - 0.5 * primal**2 * (dv @ along)
        mu_there = ((s + dual * ds) @ (v + primal * dv) + (w + dual * dw) @ c_there) / (n + g)
        aim = mu * min(1.0, max(mu_there / mu, 1e-4)) ** 3
        # Second-order terms of the predictor, c being quadratic in v.
        bent = 0.5 * (dv @ along)
        dv, ds, dw = system.step(aim - dv * ds, aim + (u.T @ dv) * dw + w * bent)
        along = groups.products(dv) / square
        primal = min(1.0, _TO_THE_BORDER * _reach(v, dv, u, along, c))
        dual = min(1.0, _TO_THE_BORDER * min(_fraction(s, ds), _fraction(w, dw)))
        if not (math.isfinite(primal) and math.isfinite(dual)):
            break
        v, s, w = v + primal * dv, s + dual * ds, w + dual * dw
        u = groups.products(v) / square
        c = half - 0.5 * (v @ u)
        if not np.all(c > 0.0):
            break
        found = _bounds(v, w, u, half, square, unit, step)
        history.append(found.gap)
        if found.gap < best.gap:
            best, worse = found, 0
        elif math.isfinite(best.upper):
            worse += 1
        if best.gap <= gap or worse > 8:
            break
        if found.lower * unit > _LARGEST_NORM:
            break
    if not best.upper * unit <= _LARGEST_NORM:
        return _without(stated, b, tuple(history))
    return LeastNorm(best.dual, best.multipliers, best.lower, best.upper, len(history), tuple(history))


def _factor(newton: FloatArray) -> tuple[FloatArray, bool] | None:
    """Return the Cholesky factor; where rounding has made a matrix indefinite, with as little on the diagonal as does.

    Points that stand twice, and more of them than features, leave the matrix singular where no multiplier s/v helps.
    """
    trace = float(np.trace(newton)) / len(newton)
    for part in (0.0, 1e-15, 1e-13, 1e-11):
        shifted = newton.copy()
        shifted[np.diag_indices(len(newton))] += part * trace
        try:
            factor: tuple[FloatArray, bool] = cho_factor(shifted, lower=True, overwrite_a=True, check_finite=False)
            return factor
        except np.linalg.LinAlgError:
            continue
    return None


def _bounds(
    v: FloatArray,
    w: FloatArray,
    u: FloatArray,
    half: FloatArray,
    square: float,
    unit: float,
    step: int,
) -> LeastNorm:
    """Return the bounds that feasible points beside the iterate give."""
    norms = np.sqrt(np.maximum(v @ u, 0.0))  # |A_g^T v|
    over = float(np.max(norms / np.sqrt(2.0 * half)))
    margin = float(np.min(u @ w))
    if over == 0.0:
        return LeastNorm(v, np.zeros_like(w), math.inf, math.inf, step, ())
    reached = margin > 0.0
    upper = float(np.sqrt(2.0 * half) @ (w * norms)) / margin if reached else math.inf
    multipliers = w * (over * unit / (square * margin)) if reached else np.zeros_like(w)
    return LeastNorm(v / (over * unit), multipliers, float(v.sum()) / (over * unit), upper / unit, step, ())


def _without(groups: Groups, b: FloatArray, history: tuple[float, ...]) -> LeastNorm:
    """Return what is known where no predictor was found: the proof that there is none, or nothing."""
    proof, proved = no_separation(groups)
    left = float(np.max(groups.norms(groups.sums(proof)) / b))
    bound = 1.0 / left if left > 0.0 else math.inf
    steps, nothing = len(history), np.zeros(groups.count)
    return LeastNorm(proof, nothing, bound, math.inf, steps, history, separable=not proved)


def _fraction(at: FloatArray, along: FloatArray) -> float:
    """Return the largest step up to 1 at which all numbers stay positive."""
    falling = along < 0.0
    return min(1.0, float(np.min(-at[falling] / along[falling], initial=math.inf)))


def _reach(v: FloatArray, dv: FloatArray, u: FloatArray, along: FloatArray, c: FloatArray) -> float:
    """Return the largest step up to 1 at which v stays positive, and every c = c - t u.dv - t^2 dv.K dv/2."""
    linear, bent = u.T @ dv, np.maximum(dv @ along, 0.0)
    root = np.sqrt(linear**2 + 2.0 * bent * c)
    # The positive root, in the form without cancellation.
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.where(linear > 0.0, 2.0 * c / (linear + root), np.where(bent > 0.0, (root - linear) / bent, np.inf))
    return min(_fraction(v, dv), float(np.min(ends, initial=math.inf)))
