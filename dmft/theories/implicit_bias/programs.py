"""Least norms of predictors at margin one: the program of each norm, and bounds from the features themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.margins import GatedGroups, Groups, LeastNorm, least_norm
from dmft.theories.implicit_bias.features import Features

_GONE = 1e-7  # part of the largest norm below which a group of a concave program has left for good


@dataclass(frozen=True, eq=False)
class Predictor:
    """A predictor of margin one, and what is known of its norm.

    Attributes
    ----------
    maps : a vector for each column, shape (n_column, n_input).
    base : a vector that every input sees, shape (n_input,).
    dual : v >= 0, shape (n,), scaled to sum to `upper`.
    lower, upper : of the least value of sum_g b_g |zeta_g| (of |zeta|), from dual and primal.
    steps, history : of the iteration.
    separable : whether there is a predictor.
    off : distance from stationarity; the gap where the program is convex.
    """

    maps: FloatArray = field(repr=False)
    base: FloatArray = field(repr=False)
    dual: FloatArray = field(repr=False)
    lower: float
    upper: float
    steps: int
    history: tuple[float, ...] = field(repr=False)
    separable: bool
    off: float


def grouped(
    features: Features, groups: GatedGroups, prices: FloatArray | None, gap: float, max_steps: int
) -> Predictor:
    """Return the predictor of least sum_g b_g |zeta_g|."""
    found = least_norm(groups, prices, gap=gap, max_steps=max_steps)
    b = np.ones(groups.count) if prices is None else prices
    sums = features.sums(found.dual)
    squares = np.add.reduceat(np.sum(sums**2, axis=1), groups.starts)
    dual_norm = float(np.max(np.sqrt(squares) / b))
    maps = sums * groups.column_weights(found.multipliers)[:, None]
    norm = float(b @ (found.multipliers * np.sqrt(squares)))
    return _bounded(features, found, maps, np.zeros(maps.shape[1]), norm, dual_norm)


def euclidean(features: Features, gap: float, max_steps: int) -> Predictor:
    """Return the predictor of least |zeta|, all vectors together."""
    found = least_norm(features.together(), gap=gap, max_steps=max_steps)
    sums = features.sums(found.dual)
    length, weight = float(np.linalg.norm(sums)), float(found.multipliers[0])
    return _bounded(features, found, weight * sums, np.zeros(sums.shape[1]), weight * length, length)


def over_joint_contexts(features: Features, n_contexts: int, closing: bool, gap: float, max_steps: int) -> Predictor:
    """Return the predictor of least root mean square over all joint contexts (`Features.joint`)."""
    group = features.joint(n_contexts, closing)
    found = least_norm(group, gap=gap, max_steps=max_steps)
    weight, units = float(found.multipliers[0]), features.contexts.shape[1]
    sums, total = features.sums(found.dual), found.dual @ features.signed
    if closing:
        everywhere = (features.members.sum(axis=1) * found.dual) @ features.signed
        maps, base = 4.0 * (sums - everywhere / (1.0 + units)), np.zeros_like(total)
    else:
        maps, base = n_contexts * sums, (1.0 - units) * total
    # |f|^2 = sum_ij v_i v_j K_ij, by the values of f at the points.
    length = math.sqrt(max(float(found.dual @ features.margins(maps, base)), 0.0))
    return _bounded(features, found, weight * maps, weight * base, weight * length, length)


def concave(features: Features, groups: GatedGroups, power: float, rtol: float, max_steps: int) -> Predictor:
    """Return a stationary point of sum_g |zeta_g|^power, power < 1, with the groups that are not zero.

    The tangent at the last iterate bounds the concave sum from above: prices b_g = |zeta_g|^(power - 1), a program of
    group norms, and the next iterate; the sum falls at each. It starts from power 1. At the end, of the groups that are
    left, |A_g^T v| = b_g (zeta_g), which is stationarity: `off` is by how much it fails.
    """
    kept, prices, history, steps = groups, np.ones(groups.count), [], 0
    columns = np.arange(groups.members.shape[1])
    found = grouped(features, groups, None, 1e-3 * rtol, max_steps)
    while found.separable and math.isfinite(found.upper):
        norms = group_norms(found.maps[columns], kept)
        stays = norms > _GONE * norms.max()
        off = float(np.max(np.abs(norms[stays] ** (power - 1.0) / prices[stays] - 1.0))) if steps else math.inf
        history.append(off)
        if (off <= rtol and np.all(stays)) or steps >= max_steps:
            break
        steps += 1
        columns = columns[np.repeat(stays, np.diff(kept.starts, append=len(columns)))]
        counts = np.diff(kept.starts, append=kept.members.shape[1])[stays]
        kept = GatedGroups(groups.gram, groups.members[:, columns], np.concatenate([[0], np.cumsum(counts)[:-1]]))
        prices = norms[stays] ** (power - 1.0)
        part = Features(
            features.signed, features.contexts, features.unit[columns], features.context[columns], kept.members
        )
        solved = grouped(part, kept, prices, 1e-3 * rtol, 100)
        maps = np.zeros_like(found.maps)
        maps[columns] = solved.maps
        found = Predictor(
            maps, solved.base, solved.dual, solved.lower, solved.upper, steps, (), solved.separable, solved.off
        )
    off = history[-1] if history else math.inf
    return Predictor(found.maps, found.base, found.dual, 0.0, found.upper, steps, tuple(history), found.separable, off)


def group_norms(maps: FloatArray, groups: GatedGroups) -> FloatArray:
    """Return |zeta_g| of every group, shape (G,)."""
    return np.asarray(np.sqrt(np.add.reduceat(np.sum(maps**2, axis=1), groups.starts)))


def _bounded(
    features: Features, found: LeastNorm, maps: FloatArray, base: FloatArray, norm: float, dual_norm: float
) -> Predictor:
    """Return the predictor with bounds that the features give, not the Gram matrices that the iteration used.

    Of points that cannot be separated `dual` sums to one: no predictor of norm M has a larger margin than M dual_norm.
    """
    margin = float(np.min(features.margins(maps, base)))
    if not found.separable or not margin > 0.0:
        lower = 1.0 / dual_norm if dual_norm > 0.0 else math.inf
        nothing = np.full_like(maps, math.nan), np.full_like(base, math.nan)
        return Predictor(*nothing, found.dual, lower, math.inf, found.steps, found.history, found.separable, math.inf)
    upper, lower = norm / margin, float(found.dual.sum()) / dual_norm
    dual = found.dual * (upper / float(found.dual.sum()))
    gap = (upper - lower) / upper
    return Predictor(maps / margin, base / margin, dual, lower, upper, found.steps, found.history, True, gap)


__all__ = ["Groups", "Predictor", "concave", "euclidean", "group_norms", "grouped", "over_joint_contexts"]
