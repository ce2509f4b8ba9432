"""The edge of the bulk of a spectrum: where a circle meets it, and its closed curves."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.block_resolvent import Group

_ANGLES = 720  # on a circle, at which the edge of the support is looked for


def crossings(group: Group, centre: complex, radius: float) -> FloatArray:
    """Return the angles at which a circle meets the edge of the bulk."""
    theta = np.linspace(0.0, 2.0 * math.pi, _ANGLES + 1)
    height = group.growth(centre + radius * np.exp(1j * theta)) - 1.0
    at = np.flatnonzero(height[:-1] * height[1:] < 0.0)
    low, high, sign = theta[at], theta[at + 1], np.sign(height[at])
    for _ in range(50 if len(at) else 0):
        middle = 0.5 * (low + high)
        same = np.sign(group.growth(centre + radius * np.exp(1j * middle)) - 1.0) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)


def _at_edge(group: Group, z: ComplexArray) -> ComplexArray:
    """Return points moved onto the edge, across it, by Newton's method on the logarithm of the growth."""
    h = 1e-6
    for _ in range(4):
        at, right, up = (np.log(group.growth(z + shift)) for shift in (0.0, h, 1j * h))
        slope = ((right - at) + 1j * (up - at)) / h
        z = z - at * slope / np.maximum(np.abs(slope) ** 2, 1e-300)
    return z


def edge_curves(group: Group, resolution: int) -> list[ComplexArray]:
    """Return the edge as closed curves, on a grid of `resolution` points a side, each point moved onto it."""
    from contourpy import contour_generator

    curves: list[ComplexArray] = []
    right = group.edge
    reach = max(abs(right + 1.0 / tau) for tau in group.tau) + 1e-12
    left = -1.0 / float(group.tau.min()) - reach
    top = max(reach, 0.5 * (right - left))
    x = np.linspace(left - 0.05 * top, right + 0.05 * top, resolution)
    y = np.linspace(-1.05 * top, 1.05 * top, resolution)
    z = x + 1j * y[:, None]
    height = -np.log(np.maximum(group.growth(z.ravel()), 1e-300)).reshape(z.shape)
    for line in contour_generator(x, y, height).lines(0.0):
        points = np.asarray(line)
        curves.append(_at_edge(group, np.asarray(points[:, 0] + 1j * points[:, 1], dtype=complex)))
    return curves
