"""<phi> and <phi^2> at many variances and means at once, over the phase of a sinusoid too."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.gaussian.hermite import normal_quadrature
from dmft.theories.reduction import is_relu
from dmft.theories.stationary.balanced.mean_averages import MeanAverages

_PHASES = 48  # of a start: the state itself is solved with as many phases as it needs
_BLOCK = 2_000_000  # numbers held at once


def first(site: MeanAverages, c0: FloatArray, m: FloatArray, rough: bool = False) -> tuple[FloatArray, FloatArray]:
    """Return <phi> and <phi'>, shape (n,) as c0 and m; by few nodes if `rough`."""
    if site.closed:
        at, variance = _phases(site, c0, m)
        f, d = site.averages.first(at, variance)
        return f.mean(axis=1), d.mean(axis=1)
    return _average(site, c0, m, rough, lambda x: site.nonlinearity(x)), _average(
        site, c0, m, rough, lambda x: site.nonlinearity.derivative(x)
    )


def rate(site: MeanAverages, c0: FloatArray, m: FloatArray, rough: bool = False) -> FloatArray:
    """Return <phi>, shape (n,)."""
    return first(site, c0, m)[0] if site.closed else _average(site, c0, m, rough, lambda x: site.nonlinearity(x))


def square(site: MeanAverages, c0: FloatArray, m: FloatArray, rough: bool = False) -> FloatArray:
    """Return <phi^2>, shape (n,)."""
    if is_relu(site.nonlinearity) or (site.closed and not rough):  # erf's closed form is not for variances of 1e16
        at, variance = _phases(site, c0, m)
        return np.asarray(site.averages.pair(at, variance, at, variance, variance)[0].mean(axis=1))
    return _average(site, c0, m, rough, lambda x: np.square(site.nonlinearity(x)))


def _average(
    site: MeanAverages, c0: FloatArray, m: FloatArray, rough: bool, function: Callable[[FloatArray], Any]
) -> FloatArray:
    z, w = _few() if rough else normal_quadrature()
    at, variance = _phases(site, c0, m)
    out = np.empty(len(at))
    rows = max(1, min(len(at), _BLOCK // (at.shape[1] * len(z))))
    for i in range(0, len(at), rows):
        spend(5e-8 * rows * at.shape[1] * len(z))
        x = at[i : i + rows, :, None] + np.sqrt(variance[i : i + rows, :, None]) * z
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(function(x), dtype=np.float64), x.shape)
            out[i : i + rows] = np.asarray(values @ w).mean(axis=1)
    return out


def _phases(site: MeanAverages, c0: FloatArray, m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return means at each phase, shape (n, n_phase), and variances, shape (n, 1)."""
    if site.amplitude == 0:
        return m[:, None], c0[:, None]
    theta = 2.0 * math.pi * (np.arange(_PHASES) + 0.5) / _PHASES
    return m[:, None] + site.amplitude * np.sin(theta), c0[:, None]


@cache
def _few() -> tuple[FloatArray, FloatArray]:
    z = np.linspace(-6.0, 6.0, 121)
    w = np.exp(-0.5 * z * z)
    return z, w / w.sum()
