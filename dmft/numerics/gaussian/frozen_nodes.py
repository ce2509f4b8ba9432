"""Nodes for averages over a frozen field mu ~ N(m, frozen), of squares of what the rest of x smooths.

A function of mu that is an average over x ~ N(mu, moving) is smooth on the scale sqrt(moving), and its square on
sqrt(moving/2), which a rule of few nodes in units of sqrt(frozen) misses where moving << frozen. The trapezoidal rule
of a step h errs by exp(-(2 pi/h)^2/(2 S)), S = 2/moving + 1/frozen: the width of the integrand's transform. Where next
to nothing moves that takes many nodes, and what counts is how phi itself changes: panels that resolve it, and about
its kinks others that grow from the scale of the smoothing.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.legendre import under_normal
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs

_MOST = 400  # nodes on one side up to which the trapezoidal rule is taken
_REACH = 8.0  # standard deviations of panels
_WIDTHS = (0.5, 0.37)  # panels in standard deviations, and those of another rule
_NODES = (14, 11)


def frozen_nodes(
    series: MehlerPairs, mean: float, frozen: float, moving: float, accuracy: float, *, other: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Return nodes mu and weights that add up to 1; one node without a frozen part.

    Parameters
    ----------
    series : of the nonlinearity, whose panels resolve it.
    mean, frozen : mean and variance of mu.
    moving : variance of x given mu, > 0.
    accuracy : of the trapezoidal rule, relative to the size of what is averaged.
    other : whether to take other nodes.
    """
    if frozen <= 1e-15 * moving:
        return np.array([mean]), np.ones(1)
    decades = math.log(1.0 / accuracy)
    step = 2.0 * math.pi / math.sqrt(2.0 * (2.0 / moving + 1.0 / frozen) * decades)
    count = math.ceil(math.sqrt(2.0 * decades * frozen) / step) + 1
    if count > _MOST:
        return _on_panels(series, mean, math.sqrt(frozen), math.sqrt(moving), int(other))
    y = (np.arange(-count, count + 1) + 0.5 * other) * step
    weights = np.exp(-0.5 * y**2 / frozen)
    return np.asarray(mean + y, dtype=float), np.asarray(weights / weights.sum(), dtype=float)


def _on_panels(
    series: MehlerPairs, mean: float, deviation: float, smoothing: float, rule: int
) -> tuple[FloatArray, FloatArray]:
    """Return nodes on panels in units of the deviation."""
    even = np.arange(-_REACH, _REACH + 0.5 * _WIDTHS[rule], _WIDTHS[rule])
    own = (series.panels.within(mean - _REACH * deviation, mean + _REACH * deviation) - mean) / deviation
    kinks = (series.panels.kinks - mean) / deviation
    blur = (1.0 + 0.3 * rule) * smoothing / deviation
    away = blur * 2.0 ** np.arange(math.ceil(math.log2(max(_WIDTHS[rule] / blur, 1.0))) + 1)
    near = np.concatenate([-away, [0.0], away])
    about = (kinks[np.abs(kinks) < _REACH + 1.0][:, None] + near).ravel()
    cells = np.unique(np.clip(np.concatenate([even, own, about]), -_REACH, _REACH))
    cells = cells[np.concatenate([[True], np.diff(cells) > 1e-3 * blur])]
    z, weights = under_normal(cells[:-1], cells[1:], _NODES[rule])
    flat = weights.ravel()
    return np.asarray(mean + deviation * z.ravel(), dtype=float), np.asarray(flat / flat.sum(), dtype=float)
