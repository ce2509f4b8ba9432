"""Integrals over two frequencies of what has a ridge along w2 = -w1, and in its tails along w1 = 0 and w2 = 0.

With w1 = u + v, w2 = v - u the ridge is v = 0. What is symmetric under the exchange of the two and becomes its
conjugate when both change sign needs u, v >= 0 only: int int f dw1 dw2/(2 pi)^2 = (2/pi^2) int int Re f du dv. v is
the sinh of x, which is summed by the trapezoidal rule: it converges geometrically for what is even in x and decays. In
u the line w2 = 0 stands out as far as f reaches (under noise f decays as a power): panels grow with the distance from
u = v.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray, IntArray
from dmft.numerics.gaussian.legendre import on_panels

_NODES, _FEWER = 10, 8  # of a panel


@dataclass(frozen=True, eq=False)
class Rotated:
    """Nodes of the double integral, those of one v after the other.

    Attributes
    ----------
    v : shape (n_v,).
    starts : first node of each v, shape (n_v,).
    first, second, weights : w1, w2, and the weight of Re f, shape (n,).
    """

    v: FloatArray
    starts: IntArray
    first: FloatArray
    second: FloatArray
    weights: FloatArray


def rotated(along: float, across: float, end: float, step: float, *, offset: bool) -> Rotated:
    """Return nodes for a ridge that changes along itself on the scale `along`, and is as wide as `across`.

    Parameters
    ----------
    end : frequency at which the integrand is cut.
    step : of the rule of v in x.
    offset : whether it stands off 0 by half a step, and panels of u are finer: two rules of other nodes.
    """
    v, of_v = _graded(across, step, end, offset=offset)
    return rotated_at(v, of_v, along, end, fine=offset)


def rotated_at(v: FloatArray, of_v: FloatArray, along: float, end: float, *, fine: bool) -> Rotated:
    """Return nodes for given v and weights of them.

    Parameters
    ----------
    along : scale on which the integrand changes at given v.
    end : frequency at which it is cut.
    fine : whether panels are finer and have more nodes.
    """
    rules = [_about(at, along, end, fine) for at in v]
    counts = np.array([len(nodes) for nodes, _ in rules])
    every = np.repeat(v, counts)
    place = np.concatenate([nodes for nodes, _ in rules])
    weights = np.concatenate([w for _, w in rules]) * np.repeat(of_v, counts)
    starts = np.concatenate([[0], np.cumsum(counts[:-1])])
    return Rotated(v, starts, place + every, every - place, np.asarray(2.0 / math.pi**2 * weights, dtype=float))


def _graded(scale: float, step: float, end: float, *, offset: bool) -> tuple[FloatArray, FloatArray]:
    """Return nodes on [0, end] and weights; with `offset` they stand half a step from 0, else the first is 0."""
    x = (np.arange(math.ceil(math.asinh(end / scale) / step)) + 0.5 * offset) * step
    weights = scale * np.cosh(x) * step
    if not offset:
        weights[0] *= 0.5
    return scale * np.sinh(x), np.asarray(weights, dtype=float)


def _about(centre: float, scale: float, end: float, fine: bool) -> tuple[FloatArray, FloatArray]:
    """Return nodes on [0, end] and weights, on panels that double with the distance from a centre."""
    first = scale * (1.0 if fine else 1.2)
    far = first * 2.0 ** np.arange(math.ceil(math.log2(2.0 * end / first)) + 1)
    edges = np.concatenate([[0.0, centre], centre + far, centre - far])
    edges = np.unique(np.clip(edges, 0.0, max(end, 2.0 * centre)))
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-3 * first])]
    nodes, weights = on_panels(edges[:-1], edges[1:], _NODES if fine else _FEWER)
    return nodes.ravel(), weights.ravel()
