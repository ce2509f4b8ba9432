"""How wrong the averages of a state are: against nested quadrature, which shares no node and no series with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.numerics.gaussian.hermite import normal_quadrature
from dmft.theories.balanced_stationary.settle import State
from dmft.theories.balanced_stationary.site import Site

FloatArray = NDArray[np.float64]

CLOSED = 2e-13  # of closed forms
_PARTS = (0.0, 0.5, 0.9)  # of the way from the least covariance to the variance at which averages are compared


def averages_error(state: State) -> tuple[float, float]:
    """Return the errors of <phi phi> and <phi' phi'> of a state."""
    return pair_errors(state.site, state.c, float(state.c[0]) + state.point.ripple, state.m)


def pair_errors(site: Site, covariances: FloatArray, c0: float, m: float) -> tuple[float, float]:
    """Return the largest errors of <phi phi> and <phi' phi'>, relative to those at lag 0.

    <phi(x) phi(y)> at covariance c > 0 is the average over u of the product of the averages over v and w of
    phi(sqrt(c) u + sqrt(c0 - c) v) and phi(sqrt(c) u + sqrt(c0 - c) w).
    """
    if site.closed:
        return CLOSED, CLOSED
    low = max(float(np.min(covariances)), 0.0)
    swings = [0.0] if site.amplitude == 0 or site.gaussian else [0.0, site.amplitude, -0.7 * site.amplitude]
    if site.gaussian:
        c0 += 0.5 * site.amplitude**2
    worst = [0.0, 0.0]
    for k, swing in enumerate(swings):
        one, two = m + swing, m + swings[(k + 1) % len(swings)]
        scale = np.array([float(x) for x in site.averages.pair(one, c0, one, c0, c0)])
        for part in _PARTS:
            c = low + part * (c0 - low)
            given = np.array([float(x) for x in site.averages.pair(one, c0, two, c0, c)])
            difference = np.abs(given - _nested(site, one, two, c0, c))
            for i in range(2):
                worst[i] = max(worst[i], float(difference[i]) / max(float(scale[i]), 1e-300))
    return max(worst[0], CLOSED), max(worst[1], CLOSED)


def _nested(site: Site, one: float, two: float, c0: float, c: float) -> FloatArray:
    """Return <phi phi> and <phi' phi'>: by few nodes where two rules of them agree, else by many."""
    rules = [_trapezoid(0.1, 0.0), _trapezoid(0.073, 0.031)]
    coarse, fine = (_product(site, one, two, c0, c, *rule) for rule in rules)
    if np.all(np.abs(coarse - fine) <= 1e-11 * np.abs(fine)):
        return fine
    return _product(site, one, two, c0, c, *normal_quadrature())


def _product(site: Site, one: float, two: float, c0: float, c: float, z: FloatArray, w: FloatArray) -> Any:
    common, rest = math.sqrt(c) * z[:, None], math.sqrt(max(c0 - c, 0.0)) * z
    sums = []
    for function in (site.nonlinearity, site.nonlinearity.derivative):
        with np.errstate(all="ignore"):
            inner = [np.asarray(function(mean + common + rest), dtype=float) @ w for mean in (one, two)]
        sums.append(float(w @ (inner[0] * inner[1])))
    return np.array(sums)


def _trapezoid(step: float, shift: float) -> tuple[FloatArray, FloatArray]:
    n = math.ceil(8.5 / step)
    z = np.asarray(step * np.arange(-n, n + 1) + shift, dtype=np.float64)
    w = np.exp(-0.5 * z * z)
    return z, np.asarray(w * (step / math.sqrt(2.0 * math.pi)), dtype=np.float64)
