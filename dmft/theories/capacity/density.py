"""The distribution of the weights: rectified and clipped Gaussians, with a delta at zero and at each bound."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.excess import beyond
from dmft.theories.capacity.weights import Weights

_POINTS = 121  # on the side of each sign
_TAIL = 16.0  # twice the exponent by which a density has fallen where its grid ends


def weight_fields(weights: Weights, theta: float, eta: float) -> dict[str, Any]:
    """Return what a solution says of its weights: silent fractions, widths, and densities of v = sqrt(N) w_i/|w|.

    v = s_E (g - eta c_E)_+ and -s_I (g + eta c_I)_+, g standard normal; with free signs s (g - eta c).
    """
    widths = weights.widths(theta, eta)
    means = -eta * weights.drive[0], (eta if weights.signed else -eta) * weights.drive[1]
    bounds = (0.0, math.inf) if weights.signed else (-math.inf, math.inf)
    v, density = _densities(weights.signed, widths, means, bounds)
    return {
        "silent": np.array(weights.silent(eta)),
        "multiplier": eta,
        "widths": np.array(widths),
        "v": v,
        "density": density,
    }


def clipped_fields(weights: Weights, widths: tuple[float, float], limits: tuple[float, float]) -> dict[str, Any]:
    """Return the same of v = sqrt(N) w_i = +-clip(s g, low, high), and the fractions at each bound, (E, I) by bound."""
    low, high = limits
    there = [share > 0.0 for share in weights.fractions] if weights.signed else [True, True]
    own = tuple(s if present else math.nan for s, present in zip(widths, there, strict=True))
    at_bounds = [[beyond(-low / s), beyond(high / s)] if math.isfinite(s) else [math.nan] * 2 for s in own]
    v, density = _densities(weights.signed, (own[0], own[1]), (0.0, 0.0), limits)
    return {"at_bounds": np.array(at_bounds), "widths": np.array(own), "v": v, "density": density}


def no_weights() -> dict[str, Any]:
    """Return the same where there are none."""
    fields: dict[str, Any] = {"silent": np.full(2, math.nan), "multiplier": math.nan, "widths": np.full(2, math.nan)}
    v = np.linspace(-1.0, 1.0, 2 * _POINTS - 1)
    return fields | {"v": v, "density": np.full((2, len(v)), math.nan)}


def _densities(
    signed: bool, widths: tuple[float, float], means: tuple[float, float], limits: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Return v and the densities (E, I) of +-s (g + m) within its limits; on an edge that of the side within.

    With signs inhibitory weights have the negative side of the grid and excitatory ones the positive, each to its own
    end: their sizes may differ by any factor.
    """
    low, high = limits
    if not signed:
        first, last = max(low, -widths[0] * _end(-means[0])), min(high, widths[0] * _end(means[0]))
        if first >= last:  # bounds in a tail
            first, last = (low, min(high, 2.0 * low)) if low > 0.0 else (max(low, 2.0 * high), high)
        v = np.linspace(first, last, 2 * _POINTS - 1)
        bell = _bell(v, widths[0], means[0])
        return v, np.array([bell, bell])
    ends = [_side(s * _end(m), low, high) if math.isfinite(s) else math.nan for s, m in zip(widths, means, strict=True)]
    e, i = (end if math.isfinite(end) else max(filter(math.isfinite, ends), default=1.0) for end in ends)
    v = np.concatenate([-np.linspace(i, low, _POINTS), np.linspace(low, e, _POINTS)[0 if low > 0.0 else 1 :]])
    rows = []
    for sign, width, mean in zip((1.0, -1.0), widths, means, strict=True):
        own = sign * v >= low
        rows.append(np.where(own, _bell(np.where(own, sign * v, low), width, mean), 0.0 * width))
    return v, np.array(rows)


def _bell(v: FloatArray, width: float, mean: float) -> FloatArray:
    with np.errstate(over="ignore"):  # far from where the weights are
        bell: FloatArray = np.exp(-0.5 * (v / width - mean) ** 2) / (math.sqrt(2.0 * math.pi) * width)
    return bell


def _end(mean: float) -> float:
    """Return where the density of g + mean has fallen, from its largest value above 0."""
    return mean + math.sqrt(min(mean, 0.0) ** 2 + _TAIL)


def _side(reach: float, low: float, high: float) -> float:
    """Return where a grid from `low` ends: at `high`, or where there is nothing more."""
    return min(high, max(reach, 2.0 * low, 1e-300))
