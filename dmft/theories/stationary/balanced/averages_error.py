"""How wrong the averages of a state are: against nested quadrature, which shares no node and no series with them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.state import State

CLOSED = 1e-12  # of closed forms, relative to <phi^2>, which is small where few neurons are active
_LAGS = 8  # in the first two tau, at which averages are compared
_PARTS = (0.0, 0.5, 0.9)  # of the way from the least covariance to the variance, of averages over phases


def averages_error(state: State) -> tuple[float, float]:
    """Return the errors of <phi phi> and <phi' phi'> of a state."""
    return pair_errors(state.site, state.mesh, state.c, state.point.ripple, state.m)


def pair_errors(
    site: MeanAverages, mesh: HalfLine, covariance: FloatArray, ripple: float, m: float
) -> tuple[float, float]:
    """Return the errors of <phi phi> and <phi' phi'>, relative to those at lag 0.

    Averaged over the first two tau, as the filter exp(-lag) does, with the limit at long lags added: a series is poor
    in the short stretch of lags where the correlation is next to 1.
    <phi(x) phi(y)> at covariance c > 0 is the average over u of the product of the averages over v and w of
    phi(sqrt(c) u + sqrt(c0 - c) v) and phi(sqrt(c) u + sqrt(c0 - c) w).
    """
    if site.closed:
        return CLOSED, CLOSED
    nodes, weights = np.polynomial.legendre.leggauss(_LAGS)
    lags = np.append(0.5 * min(2.0, mesh.length) * (1.0 + nodes), mesh.length)
    weights = np.append(0.5 * weights, 1.0)
    c0 = float(covariance[0]) + ripple
    points = np.clip(mesh.interpolate(covariance, lags), 0.0, c0)
    if np.ptp(points) <= 1e-12 * c0:  # a state that does not move
        points, weights = points[-1:], weights[-1:]
    if site.gaussian and site.amplitude > 0:
        return pair_errors(replace(site, amplitude=0.0), mesh, covariance, ripple + 0.5 * site.amplitude**2, m)
    averages = pair_averages(site.nonlinearity)  # its bounds are of these pairs, not of all that a search has tried
    swings = [0.0] if site.amplitude == 0 else [0.0, site.amplitude, -0.7 * site.amplitude]
    worst = np.zeros(2)
    for k, swing in enumerate(swings):
        one, two = m + swing, m + swings[(k + 1) % len(swings)]
        scale = np.maximum([float(x) for x in averages.pair(one, c0, one, c0, c0)], 1e-300)
        total = np.zeros(2)
        for c, weight in zip(points, weights, strict=True):
            given = np.array([float(x) for x in averages.pair(one, c0, two, c0, c)])
            other = nested(site.nonlinearity, one, two, c0, float(c))
            gap = np.zeros(2) if other is None else np.abs(given - other)
            if len(swings) == 1:  # the series that the solver sums, against pairs that are looked after one by one
                used = site.pair(np.array([c]), c0, m, np.zeros(1))
                gap = np.maximum(gap, [abs(float(u[0]) - v) for u, v in zip(used, given, strict=True)])
            total += weight * gap / scale
        worst = np.maximum(worst, total)
    if len(swings) > 1:
        worst = np.maximum(worst, _of_phases(site, float(np.min(points)), c0, m))
    worst = np.maximum(worst, [getattr(averages, "error", 0.0), getattr(averages, "slope_error", 0.0)])
    return max(float(worst[0]), CLOSED), max(float(worst[1]), CLOSED)


def _of_phases(site: MeanAverages, low: float, c0: float, m: float) -> FloatArray:
    """Return how far the averages over the phase are from those of single phases, each by its own pair."""
    n = 64 + 16 * math.ceil(min(site.amplitude / math.sqrt(c0), 30.0))
    theta = 2.0 * math.pi * np.arange(n) / n
    now, later = m + site.amplitude * np.sin(theta), m + site.amplitude * np.sin(theta + 1.0)
    worst = np.zeros(2)
    for part in _PARTS:
        c = np.array([low + part * (c0 - low)])
        together = site.pair(c, c0, m, np.ones(1))
        single = pair_averages(site.nonlinearity).pair(now, c0, later, c0, np.full(len(now), c[0]))
        for k in range(2):
            mean = float(np.mean(single[k]))
            worst[k] = max(worst[k], abs(float(together[k][0]) - mean) / max(abs(mean), 1e-300))
    return worst


def nested(nonlinearity: Any, one: float, two: float, c0: float, c: float) -> FloatArray | None:
    """Return <phi phi> and <phi' phi'>; None where two rules of these few nodes do not agree."""
    rules = [_trapezoid(0.1, 0.0), _trapezoid(0.073, 0.031)]
    coarse, fine = (_product(nonlinearity, one, two, c0, c, *rule) for rule in rules)
    return fine if np.all(np.abs(coarse - fine) <= 1e-11 * np.abs(fine)) else None


def _product(nonlinearity: Any, one: float, two: float, c0: float, c: float, z: FloatArray, w: FloatArray) -> Any:
    common, rest = math.sqrt(c) * z[:, None], math.sqrt(max(c0 - c, 0.0)) * z
    sums = []
    for function in (nonlinearity, nonlinearity.derivative):
        with np.errstate(all="ignore"):
            inner = [np.asarray(function(mean + common + rest), dtype=float) @ w for mean in (one, two)]
        sums.append(float(w @ (inner[0] * inner[1])))
    return np.array(sums)


def _trapezoid(step: float, shift: float) -> tuple[FloatArray, FloatArray]:
    n = math.ceil(8.5 / step)
    z = np.asarray(step * np.arange(-n, n + 1) + shift, dtype=np.float64)
    w = np.exp(-0.5 * z * z)
    return z, np.asarray(w * (step / math.sqrt(2.0 * math.pi)), dtype=np.float64)
