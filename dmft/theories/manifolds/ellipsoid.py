"""Capacity of ellipsoids: the nearest read-out by a root, averages by drawing.

Of V with v_0 >= |R v| the nearest to T is T itself if t_0 >= |R t|, the origin if t_0 <= -|t/R|, else v_i = t_i/(1 + mu
R_i^2), v_0 = t_0/(1 - mu), with mu > 0 the root of t_0 = (1 - mu) |R v|, whose right-hand side falls all the way.
"""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.manifolds.ball import ball
from dmft.theories.manifolds.draws import Draws, directions
from dmft.theories.manifolds.found import Anchors, Found

_HALVINGS = 50
_FAR = 40.0  # powers of e around the scales 1/R^2 and 1 within which mu is looked for
_LARGEST = 1e300
_SECONDS = 1e-8  # of one axis of one draw


def ellipsoid(radii: tuple[float, ...], margin: float, rng: np.random.Generator, draws: Draws) -> tuple[Found, bool]:
    """Return what is known of an ellipsoid, and whether it is as accurate as asked."""
    r = np.array([radius for radius in radii if radius > 0.0])
    if r.size == 0 or np.ptp(r) == 0.0:
        return ball(float(r[0]) if r.size else 0.0, max(r.size, 1), margin), True
    anchors = Anchors(len(r))

    def more(n: int) -> float:
        t = directions(rng, n, len(r) + 1, scaled=margin == 0.0)
        anchors.add(*nearest(t[:, 1:], t[:, 0] - margin, r), np.linalg.norm(t[:, 1:], axis=1))
        return anchors.relative

    reached = draws.until(more, 2.0 * _SECONDS * _HALVINGS * len(r))
    return anchors.found(), reached


def nearest(t: FloatArray, first: FloatArray, r: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return F, t, the anchors, and the points that t . s is least at.

    Parameters
    ----------
    t, first : drawn along the axes, shape (n, D), and along the centre, less the margin, shape (n,).
    r : radii, all positive, shape (D,).
    """
    reach = np.linalg.norm(r * t, axis=1)
    gaussian = -(r * r) * t / reach[:, None]
    mu = _root(t, first, r)
    scaled = np.minimum(mu[:, None] * r * r, _LARGEST)
    over = 1.0 + scaled
    size = np.linalg.norm(r * t / over, axis=1)
    cost = np.sum((t * scaled / over) ** 2, axis=1) + (mu * size) ** 2
    s = -t * r * r / (over * size[:, None])
    inside = first >= reach
    cost, s = np.where(inside, 0.0, cost), np.where(inside[:, None], gaussian, s)
    apex = first <= -np.linalg.norm(t / r, axis=1)
    cost = np.where(apex, np.sum(t * t, axis=1) + first**2, cost)
    s = np.where(apex[:, None], t / np.where(apex, first, 1.0)[:, None], s)
    return cost, t, s, gaussian


def _root(t: FloatArray, first: FloatArray, r: FloatArray) -> FloatArray:
    """Return mu of each draw, by bisection in its logarithm."""
    scales = [-2.0 * math.log(float(r.max())), -2.0 * math.log(float(r.min())), 0.0]
    low, high = np.full(len(t), min(scales) - _FAR), np.full(len(t), max(scales) + _FAR)
    for _ in range(_HALVINGS + int(math.log2(max(scales) - min(scales) + 1.0))):
        middle = 0.5 * (low + high)
        mu = np.exp(middle)
        size = np.linalg.norm(r * t / (1.0 + mu[:, None] * r * r), axis=1)
        above = first > (1.0 - mu) * size
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray(np.exp(0.5 * (low + high)))
