"""Newton's method for the covariance on a mesh of lags and the mean together."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.balanced_stationary.site import Site

FloatArray = NDArray[np.float64]


def newton(
    site: Site, mesh: HalfLine, c: FloatArray, m: float, rtol: float, max_steps: int
) -> tuple[FloatArray, float, float, list[float]]:
    """Solve the equations in weak form for c on the nodes and m; return them, the residual, and its history."""
    net = site.network
    g2, w, lags = net.g**2, mesh.weights, mesh.nodes
    stiffness = _dense(mesh)
    source = w * site.input(lags)
    source[0] += site.flux

    def residual(c: FloatArray, m: float) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        q, p = site.pair(c, c[0], m, lags)
        f, d = site.rate(c[0], m)
        parts = stiffness @ c + w * (c - g2 * q) - source
        return np.append(parts, m - net.excitation + net.inhibition * f), q, p, d

    def size(r: FloatArray, c: FloatArray) -> float:
        # the undamped map's own error: e = c - F(c) solves (1 - d^2) e = r
        return float(np.max(np.abs(mesh.solve(1.0, r[:-1]))) / c[0] + abs(r[-1]) / (1.0 + abs(net.excitation)))

    r, q, p, d = residual(c, m)
    history = [size(r, c)]
    for _ in range(max_steps):
        if history[-1] <= rtol or not math.isfinite(history[-1]):
            break
        n = len(c)
        jacobian = np.zeros((n + 1, n + 1))
        jacobian[:n, :n] = stiffness + np.diag(w * (1.0 - g2 * p))
        step = 1e-6 * c[0]
        # q depends on c0 = c[0] as a variance too; c0 is varied with the covariances held, q(0) along with it
        shifted = c.copy()
        shifted[0] += step
        up, _ = site.pair(shifted, c[0] + step, m, lags)
        jacobian[:n, 0] -= g2 * w * (up - q) / step
        jacobian[0, 0] += g2 * w[0] * p[0]
        dm = 1e-6 * math.sqrt(c[0])
        plus, _ = site.pair(c, c[0], m + dm, lags)
        jacobian[:n, n] = -g2 * w * (plus - q) / dm
        jacobian[n, n] = 1.0 + net.inhibition * d
        jacobian[n, 0] = net.inhibition * (site.rate(c[0] + step, m)[0] - site.rate(c[0], m)[0]) / step
        change = np.linalg.solve(jacobian, -r)
        part = min(1.0, 0.5 * c[0] / max(abs(change[0]), 1e-300))
        while part > 1e-3:
            trial = c + part * change[:n]
            new = residual(np.maximum(trial, -trial[0]), m + part * change[n])
            if size(new[0], trial) < history[-1]:
                break
            part *= 0.5
        c, m = trial, m + part * float(change[n])
        r, q, p, d = new
        history.append(size(r, c))
        if part <= 1e-3:
            break
    return c, m, history[-1], history


def _dense(mesh: HalfLine) -> FloatArray:
    banded = mesh.operator(np.zeros(len(mesh.nodes)))
    k = mesh.degree
    n = banded.shape[1]
    full = np.zeros((n, n))
    for j in range(k + 1):
        full += np.diag(banded[k - j, j:], j)
        if j:
            full += np.diag(banded[k - j, j:], -j)
    return full
