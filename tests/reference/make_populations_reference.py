"""Makes populations_reference.json: states and exponents of several populations by plain iteration on uniform lags.

    c_a <- (1 - tau_a^2 d^2)^-1 (sum_b K_ab q_b(c_b) + s_a) + noise,   m <- (m + h + A <phi>)/2,
with the filter applied by a cosine transform, q by Hermite coefficients from a trapezoid in z, from a start that
decays, until nothing changes. Without noise everything is smooth and even in the lag, so that a uniform grid is as
accurate as a Fourier series; the cusp that noise leaves costs dt^2, and is extrapolated from two steps. The exponent:
the largest lambda at which the operator [(1 + lambda tau_a)^2 - tau_a^2 d^2]^-1 K <phi' phi'> has the eigenvalue 1, its
eigenvalues by Arnoldi. No Newton, no elements, no closed forms. `error`: what step, window and series change.

Models: the table of verified numbers of the theory sheet ("Networks with structure", section 8).

Run: python tests/reference/make_populations_reference.py (five minutes of a core) [--quick (one minute): S3 and S7 with
one resolution; prints, and writes nothing]
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from scipy.fft import dct
from scipy.optimize import brentq
from scipy.sparse.linalg import LinearOperator, eigs
from scipy.special import erf

TARGET = Path(__file__).with_name("populations_reference.json")
PHI = {
    "tanh": (np.tanh, lambda x: 1.0 / np.cosh(x) ** 2),
    "erf": (lambda x: erf(math.sqrt(math.pi) / 2 * x), lambda x: np.exp(-math.pi * x * x / 4)),
    **{
        f"sigmoid{k}": (lambda x, k=k: (1.0 + np.tanh(k * x)) / 2.0, lambda x, k=k: k / np.cosh(k * x) ** 2 / 2.0)
        for k in (1, 2, 3)
    },
}
MODELS = {
    "S1": {"f": [0.5, 0.5], "G": [[16, 4], [9, 9]], "phi": ["tanh", "tanh"], "tau": [1, 2.5]},
    "S2": {"f": [0.4, 0.6], "G": [[4, 2], [6, 1]], "phi": ["tanh", "tanh"], "tau": [1, 2.5]},
    "S3": {"f": [0.5, 0.5], "G": [[9, 1], [4, 2.25]], "phi": ["tanh", "erf"], "tau": [1, 1]},
    "S6": {
        "f": [0.4, 0.6], "G": [[1.5, 0.8], [2.0, 0.5]], "phi": ["tanh", "tanh"], "tau": [1, 2.5], "sigma2": [1.0, 0.5],
    },
    "S7": {"f": [1.0], "G": [[2.25]], "phi": ["tanh"], "tau": [1], "h": [0.5], "s": [1.0], "sigma2": [1.0]},
    "S8": {
        "f": [0.5, 0.5], "G": [[1.0, 1.5], [2.0, 0.6]], "phi": ["sigmoid1", "tanh"], "M": [[1.0, -2.0], [1.5, -1.0]],
        "tau": [1, 2.0], "h": [0.3, 0.2], "sigma2": [0.5, 1.0], "s": [0.4, 0.0],
    },
    "S9": {
        "f": [0.6, 0.4], "G": [[40.0, 20.0], [30.0, 30.0]], "phi": ["sigmoid2", "sigmoid3"],
        "M": [[2.0, -4.0], [3.0, -3.0]], "h": [0.6, -0.1], "tau": [1.0, 0.5],
    },
}  # fmt: skip
WINDOWS = {"S1": 200.0, "S2": 280.0, "S3": 120.0, "S6": 300.0, "S7": 150.0, "S8": 300.0, "S9": 60.0}
TERMS = {"S9": (7000, 0.006)}  # of the Hermite series, and step of z
FEW = (400, 0.04)  # of the others


class Series:
    """<f f> by the Hermite coefficients of f(m + sqrt(c0) z)."""

    def __init__(self, n_terms=400, step=0.04):
        self.z = np.arange(-10.0, 10.0001, step)
        self.w = np.exp(-0.5 * self.z**2) / math.sqrt(2.0 * math.pi) * step
        rows, below, here = [], np.zeros_like(self.z), np.exp(-0.25 * self.z**2)
        for n in range(n_terms):  # He_n exp(-z^2/4)/sqrt(n!), which stay of order one
            rows.append(here)
            below, here = here, (self.z * here - math.sqrt(n) * below) / math.sqrt(n + 1.0)
        self.table = np.array(rows) * (self.w * np.exp(0.25 * self.z**2))

    def pair(self, function, m, c0, c):
        """Return <f f> at covariances c; what the series lacks is put on the next power."""
        values = function(m + math.sqrt(c0) * self.z)
        squares = (self.table @ values) ** 2
        squares = np.append(squares, max(float(self.w @ values**2) - squares.sum(), 0.0))
        last = int(np.flatnonzero(squares > 1e-17 * squares.sum())[-1])
        return np.polynomial.polynomial.polyval(np.clip(c / c0, -1.0, 1.0), squares[: last + 1])

    def mean(self, function, m, c0):
        """Return <f>."""
        return float(self.w @ function(m + math.sqrt(c0) * self.z))


class Grid:
    """Uniform lags on [0, T], and the filters on them."""

    def __init__(self, model, step, window, terms):
        self.n = round(window / step) + 1
        self.t = np.linspace(0.0, window, self.n)
        self.w = math.pi * np.arange(self.n) / window
        f = np.array(model["f"])
        P = len(f)
        self.K = np.array(model["G"], float) * f
        self.A = np.array(model.get("M", np.zeros((P, P))), float) * f
        self.tau = np.array(model["tau"], float)
        self.h, self.s, self.noise = (np.array(model.get(k, [0.0] * P), float) for k in ("h", "s", "sigma2"))
        self.series = Series(*terms)
        self.phi = [PHI[name] for name in model["phi"]]

    def filtered(self, values, square):
        """Return (square - tau^2 d^2)^-1 f, shape (P, n)."""
        spectrum = dct(values, type=1, axis=1) / (square[:, None] + (self.tau[:, None] * self.w) ** 2)
        return dct(spectrum, type=1, axis=1) / (2.0 * (self.n - 1))

    def state(self):
        """Return c, m after plain iteration."""
        lone = (self.noise / (2.0 * self.tau))[:, None] * np.exp(-self.t / self.tau[:, None])
        m, c0 = self.h.copy(), self.s + 1.0 + lone[:, 0]
        for _ in range(400):  # a frozen start
            q = np.array([self.series.pair(p[0], m[a], c0[a], c0[a]) for a, p in enumerate(self.phi)])
            c0 = self.K @ q + self.s + lone[:, 0]
            m = 0.5 * (m + self.h + self.A @ self.rates(m, c0))
        c = c0[:, None] * np.exp(-self.t / (2.0 * self.tau[:, None]))
        for sweeps in range(40000):  # noqa: B007
            q = np.array([self.series.pair(p[0], m[a], c[a, 0], c[a]) for a, p in enumerate(self.phi)])
            ahead = self.filtered(self.K @ q + self.s[:, None], np.ones(len(m))) + lone
            shift = 0.5 * (self.h + self.A @ self.rates(m, c[:, 0]) - m)
            change = np.max(np.abs(ahead - c)) / np.max(c[:, 0]) + np.max(np.abs(shift))
            c, m = ahead, m + shift
            if change < 1e-13:
                break
        return c, m, sweeps

    def rates(self, m, c0):
        return np.array([self.series.mean(p[0], m[a], c0[a]) for a, p in enumerate(self.phi)])

    def exponent(self, c, m):
        """Return lambda."""
        slopes = np.array([self.series.pair(p[1], m[a], c[a, 0], c[a]) for a, p in enumerate(self.phi)])
        P, size, start = len(m), c.size, np.exp(-np.tile(self.t, len(m)) / 20.0)

        def excess(rate):
            def act(vector):
                moved = self.K @ (slopes * np.real(vector).reshape(P, -1))
                return self.filtered(moved, (1.0 + rate * self.tau) ** 2).ravel()

            operator = LinearOperator((size, size), matvec=act, dtype=float)
            value = eigs(operator, k=1, which="LR", v0=start, ncv=40, maxiter=20000, tol=1e-13)[0][0].real
            return value - 1.0

        slowest = -1.0 / float(np.max(self.tau))
        return brentq(excess, 0.999 * slowest + 1e-4, 3.0, xtol=1e-11)


def numbers(name, step, window, part=1.0):
    """Return c0, c_inf, m and lambda, with a part of the terms of the series."""
    n_terms, width = TERMS.get(name, FEW)
    grid = Grid(MODELS[name], step, window, (round(part * n_terms), width))
    c, m, sweeps = grid.state()
    out = {"c0": c[:, 0], "c_inf": c[:, -1], "m": m, "lyapunov": np.array([grid.exponent(c, m)])}
    print(step, window, sweeps, {k: v.tolist() for k, v in out.items()}, flush=True)
    return out


def reference(name, step=0.1):
    """Return the numbers of a model with their errors."""
    model, window = MODELS[name], WINDOWS[name]
    coarse, fine = numbers(name, step, window), numbers(name, step / 2.0, window)
    longer = numbers(name, step, 1.4 * window)
    shorter = numbers(name, step, window, 0.7)
    order = 4.0 if "sigma2" in model else np.inf  # dt^2 of the cusp, or nothing
    out = {}
    for key in fine:
        value = fine[key] + (fine[key] - coarse[key]) / (order - 1.0)
        error = (
            np.max(
                np.abs(value - fine[key]) * 0.1 + np.abs(longer[key] - coarse[key]) + np.abs(shorter[key] - coarse[key])
            )
            + 1e-11
        )
        error += float(np.max(np.abs(fine[key] - coarse[key]))) * (0.0 if "sigma2" in model else 1.0)
        out[key] = {"value": value.tolist(), "error": float(error)}
    return {"model": model, **out}


def main():
    """Write the file, or print what is quick."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    if parser.parse_args().quick:
        for name in ("S3", "S7"):
            numbers(name, 0.1, WINDOWS[name])
        return
    TARGET.write_text(json.dumps({name: reference(name) for name in MODELS}, indent=1) + "\n")


if __name__ == "__main__":
    main()
