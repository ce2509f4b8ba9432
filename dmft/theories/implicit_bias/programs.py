"""Least norms of predictors at margin one: the program of each norm, and bounds from the features themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.margins import Groups, LeastNorm, least_norm
from dmft.theories.implicit_bias.features import Features

_EPSILON = 1e-15  # a few units in the last place
_GONE = 1e-7  # part of the largest norm below which a group of a concave program has left for good


@dataclass(frozen=True, eq=False)
class Predictor:
    """A predictor of margin one, and what is known of its norm.

    Attributes
    ----------
    maps : a vector for each column, shape (n_column, n_input).
    base : a vector that every input sees, shape (n_input,).
    least : its norm, with `dual` scaled to sum to the upper bound, and bounds from the features.
    off : distance from stationarity; the gap where the program is convex.
    rounding : relative error of the bounds by the arithmetic of the margins, terms of the size of the norm times the
        longest input that add up to 1.
    """

    maps: FloatArray = field(repr=False)
    base: FloatArray = field(repr=False)
    least: LeastNorm
    off: float
    rounding: float = 0.0


def grouped(features: Features, groups: Groups, prices: FloatArray | None, gap: float, max_steps: int) -> Predictor:
    """Return the predictor of least sum_g b_g |zeta_g|; with all columns in one group, of least |zeta|."""
    found = least_norm(groups, prices, gap=gap, max_steps=max_steps)
    b = np.ones(groups.count) if prices is None else prices
    sums = groups.sums(found.dual)
    norms = groups.norms(sums)
    maps = sums * groups.columnwise(found.multipliers)[:, None]
    norm = float(b @ (found.multipliers * norms))
    return _bounded(features, found, maps, np.zeros(maps.shape[1]), norm, float(np.max(norms / b)))


def over_joint_contexts(features: Features, n_contexts: int, closing: bool, gap: float, max_steps: int) -> Predictor:
    """Return the predictor of least root mean square over all joint contexts (`Features.joint`)."""
    group = features.joint(n_contexts, closing)
    found = least_norm(group, gap=gap, max_steps=max_steps)
    length = float(group.norms(group.sums(found.dual))[0])
    weight, units = float(found.multipliers[0]), features.contexts.shape[1]
    sums, total = features.together().sums(found.dual), found.dual @ features.signed
    if closing:
        everywhere = (features.members.sum(axis=1) * found.dual) @ features.signed
        maps, base = 4.0 * (sums - everywhere / (1.0 + units)), np.zeros_like(total)
    else:  # where no input is, too
        maps, base = n_contexts * sums, (1.0 - units) * total
    return _bounded(features, found, weight * maps, weight * base, weight * length, length)


def concave(
    features: Features, groups: Groups, power: float, rtol: float, max_steps: int, first: FloatArray | None = None
) -> Predictor:
    """Return a stationary point of sum_g |zeta_g|^power, power < 1, with the groups that are not zero.

    The tangent at the last iterate bounds the concave sum from above: prices b_g = |zeta_g|^(power - 1), a program of
    group norms, and the next iterate; the sum falls at each. It starts from power 1, or from the prices `first`. At the
    end, of the groups that are left, |A_g^T v| = b_g (zeta_g), which is stationarity: `off` is by how much it fails.
    """
    found = grouped(features, groups, first, 1e-3 * rtol, 100)
    left, prices = np.ones(groups.count, dtype=bool), np.ones(groups.count)
    history: list[float] = []
    maps, gone = found.maps, _GONE
    while math.isfinite(found.least.upper):
        norms = groups.norms(maps)
        stays = left & (norms > gone * norms.max())
        new = np.where(stays, norms, 1.0) ** (power - 1.0)
        history.append(float(np.max(np.abs(new / prices - 1.0)[stays])) if np.all(stays == left) else math.inf)
        if history[-1] <= rtol or len(history) > max_steps:
            break
        part, columns = groups.subset(stays)
        there = Features(
            features.signed, features.contexts, features.unit[columns], features.context[columns], part.members
        )
        following = grouped(there, part, new[stays], 1e-3 * rtol, 100)
        if not math.isfinite(following.least.upper):  # some input, a long one, needs a part that looked gone
            gone *= 1e-3
            if gone < _EPSILON:
                break
            history.pop()
            continue
        left, prices, found = stays, new, following
        maps = np.zeros_like(maps)
        maps[columns] = found.maps
    lower = 0.0 if history else found.least.lower  # of what cannot be separated a bound is known
    least = replace(found.least, lower=lower, history=tuple(history), steps=len(history))
    return replace(found, maps=maps, least=least, off=max(history[-1], found.least.gap) if history else math.inf)


def _bounded(
    features: Features, found: LeastNorm, maps: FloatArray, base: FloatArray, norm: float, dual_norm: float
) -> Predictor:
    """Return the predictor with bounds that the features give, not the Gram matrices that the iteration used.

    Of points that cannot be separated `dual` sums to one: no predictor of norm M has a larger margin than M dual_norm.
    """
    margin = float(np.min(features.margins(maps, base)))
    if not found.separable or not margin > 0.0:
        lower = 1.0 / dual_norm if dual_norm > 0.0 else math.inf
        least = replace(found, lower=lower, upper=math.inf)
        return Predictor(np.full_like(maps, math.nan), np.full_like(base, math.nan), least, math.inf)
    upper, total = norm / margin, float(found.dual.sum())
    least = replace(found, dual=found.dual * (upper / total), lower=total / dual_norm, upper=upper)
    rounding = _EPSILON * upper * features.together().longest
    return Predictor(maps / margin, base / margin, least, least.gap, rounding)
