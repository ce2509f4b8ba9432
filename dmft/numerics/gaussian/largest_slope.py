"""How steep a nonlinearity is at most: where g |phi'| < 1 everywhere, no input makes a network chaotic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.models.breakpoints import breakpoints
from dmft.numerics.gaussian.axis_panels import NODES, AxisPanels
from dmft.numerics.gaussian.legendre import on_panels

_REACH = 64.0  # |x| up to which phi is resolved on panels
_FARTHEST, _SAMPLES = 1e12, 600  # |x| up to which it is sampled, and the points on each side
_ABOUT = np.array([-1.0, -0.3, 0.0, 0.3, 1.0])  # where steep places are looked at, in units of their width
_BESIDE = 1e-6  # distance from a kink, relative to its place, at which the slopes of its sides are read


def largest_slope(nonlinearity: Any) -> float:
    """Return the largest |phi'(x)|, inf where it is not known.

    On the panels that resolve phi up to |x| = 64, about its kinks and steep places wherever they are, and at
    geometric distances up to 1e12.

    Parameters
    ----------
    nonlinearity : with `derivative`; an object of the user's own is searched for steep places
        (`dmft.models.breakpoints`).

    Notes
    -----
    Accuracy: 1 % (`tests/unit/test_largest_slope.py`). Cost: 2 ms.
    """
    panels = AxisPanels(nonlinearity)
    edges = np.concatenate([[-_REACH], panels.within(-_REACH, _REACH), [_REACH]])
    if panels.error > 0.0:
        return math.inf
    far = np.geomspace(_REACH, _FARTHEST, _SAMPLES)
    places = [on_panels(edges[:-1], edges[1:], NODES)[0].ravel(), far, -far]
    for point in breakpoints(nonlinearity):
        width = point.width or _BESIDE * max(abs(point.x), 1.0)
        places.append(point.x + width * _ABOUT)
    with np.errstate(all="ignore"):
        slopes = np.abs(np.asarray(nonlinearity.derivative(np.concatenate(places)), dtype=float))
    return float(np.max(slopes)) if np.all(np.isfinite(slopes)) else math.inf
