"""Makes two_site_reference.json: dimensions and lagged sums of two-site theory, by sums over pairs of frequencies.

The stationary state is that of `make_stationary_reference.py` (Hermite series, mpmath root, Runge-Kutta); under white
noise of intensity D, y = -ln(C/C(0)) obeys y' = sqrt(1 - sum b_n r^(n-1)) and C(0)^2 - 2 g^2 Var Phi = (D/2)^2. Spectra
by a Fourier transform of C^phi on a uniform grid of lags, padded with zeros to 38/kappa^2 (the ridge at w = -w' has the
width kappa^2 = 1 - g^2 <phi'>^2); the cusp that noise leaves at lag 0 is taken out as an exponential. Then, with
S = <phi'>/(1 + i w), p = g^2 |S|^2, q = g^2 S S',
    sum_ij C_ij(lag)^2/N = int int dw dw'/(2 pi)^2 cos((w + w') lag) Sigma(w, w')
    of phi: C C'/|1 - q|^2;  of x: as written in `of_x`.
Sigma less the product of the two spectra is summed, as it falls off fast, and C(lag)^2 added. No poles, no mesh of
elements, no closed forms in the lag. `error`: the change when the step of the lags is halved and the padding enlarged.

Run: python tests/reference/make_two_site_reference.py (ten minutes of a core) [--quick (one minute): without the second
resolution and without g = 1.2; prints, and writes nothing]
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import mpmath
import numpy as np
from make_stationary_reference import hermite_squares, mp_erf_integral, mp_log_cosh, mp_variance, time_course
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import erf

TARGET = Path(__file__).with_name("two_site_reference.json")
PHI = {"tanh": (np.tanh, mp_log_cosh), "erf": (lambda x: erf(math.sqrt(math.pi) / 2 * x), mp_erf_integral)}
CHAOS = [(phi, g) for phi in PHI for g in (1.2, 1.5, 2.0, 3.0, 5.0, 10.0)]
NOISE = [(g, d) for g in (2.0, 0.9) for d in (0.3, 1.0, 3.0)]
LAGS = [2, 4, 8, 12, 16, 20, 30]


class State:
    """C^x, C^phi on lags; <phi'>, the slope of the cusp."""

    def __init__(self, phi: str, g: float, intensity: float) -> None:
        function, integral = PHI[phi]
        self.g, self.intensity = g, intensity
        if intensity:
            z = np.arange(-200, 201) / 16  # trapezoidal rule, exact to rounding for log cosh up to these variances
            weights = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) / 16

            def excess(c0):
                values = np.logaddexp(math.sqrt(c0) * z, -math.sqrt(c0) * z)
                spread = weights @ values**2 - (weights @ values) ** 2
                return c0**2 - 2 * g**2 * spread - 0.25 * intensity**2

            self.c0 = brentq(excess, intensity / 2, 2 * g**2 + intensity, xtol=1e-15)
        else:
            start = g - 1 if g < 1.6 else g**2 * (2 * (1 - 2 / mpmath.pi)) * (1 - 1 / g)
            self.c0 = float(mp_variance(integral, mpmath.mpf(str(g)), start))
        self.squares = hermite_squares(function, self.c0, 4001 if g > 6 else 2001 if g > 2.5 else 601)
        self.slope = math.sqrt(self.squares[1] / self.c0)
        self.kappa2 = 1 - (g * self.slope) ** 2

    def at(self, lags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """C^x and C^phi at lags, 0 first."""
        if self.intensity:
            b = 2 * self.g**2 / self.c0 * self.squares / (np.arange(len(self.squares)) + 1)
            series = b[1::2][::-1]

            def rate(_, y):
                return np.sqrt(1 - np.polyval(series, np.exp(-2 * y)))

            y = solve_ivp(rate, (0, lags[-1]), [0.0], t_eval=lags, method="DOP853", rtol=1e-12, atol=1e-13).y[0]
            c = self.c0 * np.exp(-y)
        else:
            c = time_course(self.squares, self.g, self.c0, lags)
        r = c / self.c0
        return c, r * np.polyval(self.squares[1::2][::-1], r * r)


def sums(state: State, step: float, padding: float, highest: float, lags: np.ndarray):
    """sum_ij C_ij(lag)^2/N of phi and of x, with C(0) of both."""
    n = round(padding / state.kappa2 / step)
    grid = step * np.arange(n + 1)
    near = grid <= 32.0 / math.sqrt(state.kappa2)
    corr_x, corr_phi = state.at(grid[near])
    g2, intensity = state.g**2, state.intensity
    n_order = np.arange(len(state.squares))
    cusp = 0.5 * intensity * float(n_order @ state.squares) / state.c0
    half = np.zeros(n + 1)
    half[near] = corr_phi - cusp * np.exp(-grid[near])
    omega = math.pi / (n * step) * np.arange(n + 1)
    spectrum = step * np.fft.fft(np.concatenate([half, half[-2:0:-1]])).real[: n + 1] + 2 * cusp / (1 + omega**2)
    keep = omega <= highest
    w, c_phi = omega[keep], spectrum[keep]
    c_x = (g2 * c_phi + intensity) / (1 + w * w)
    p = g2 * state.slope**2 / (1 + w * w)
    r = c_phi * (1 - p) - state.slope**2 / (1 + w * w) * intensity
    response = state.slope / (1 + 1j * w)
    weight = np.full(len(w), omega[1] / (2 * math.pi))
    total = np.zeros((2, len(lags)))
    for sign in (1, -1):  # of w' against w; both signs of w are the same
        other = response if sign > 0 else np.conj(response)
        for k in range(len(w)):
            # w = 0 is one point, every other two
            factor = weight[k] * (1.0 if k == 0 else 2.0) * weight * np.where(np.arange(len(w)) == 0, 0.5, 1.0)
            ridge = 1 / np.abs(1 - g2 * response[k] * other) ** 2
            of_phi = (ridge - 1) * c_phi[k] * c_phi
            t = ridge / ((1 - p[k]) * (1 - p))
            inner = g2**2 * (2 - p[k] * p) * r[k] * r + intensity**2
            inner += g2 * intensity * (r * (1 + p[k] * (1 - p)) + r[k] * (1 + p * (1 - p[k])))
            of_x = t * inner / ((1 + w[k] ** 2) * (1 + w * w)) - c_x[k] * c_x
            wave = factor * np.cos(np.outer(lags, w[k] + sign * w))
            total += np.stack([of_phi, of_x]) @ wave.T
    at = np.stack([np.interp(lags, grid[near], c) for c in (corr_phi, corr_x)])
    return total + at**2, (corr_phi[0], corr_x[0])


def dimensions(state: State, finer: float) -> dict[str, float]:
    if state.intensity:
        total, zero = sums(state, 0.05 / finer, 38 * finer, 50.0 * finer, np.zeros(1))
    else:
        highest = 1.2 * math.sqrt(state.kappa2) * 12 if state.g < 1.6 else 14.0 + 2 * state.g
        total, zero = sums(state, 0.1 / finer, 38 * finer, highest, np.zeros(1))
    return {name: zero[i] ** 2 / total[i, 0] for i, name in enumerate(("phi_dimension", "x_dimension"))}


def entry(state: State, quick: bool) -> dict[str, float]:
    one = dimensions(state, 1.0)
    if quick:
        return one
    two = dimensions(state, 1.4)
    return {**two, "error": max(abs(two[name] - one[name]) for name in two)}


def main() -> None:
    mpmath.mp.dps = 40
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    content: dict = {"made by": "tests/reference/make_two_site_reference.py", "cases": [], "noise": []}
    for phi, g in CHAOS:
        if not (quick and g == 1.2):
            state = State(phi, g, 0.0)
            row = {"phi": phi, "g": g, **entry(state, quick), "timescale": 1 / (1 - g * state.slope)}
            content["cases"].append(row)
            print(json.dumps(row), flush=True)
    for g, intensity in NOISE:
        row = {"g": g, "intensity": intensity, **entry(State("tanh", g, intensity), quick)}
        content["noise"].append(row)
        print(json.dumps(row), flush=True)
    total, _ = sums(State("tanh", 3.0, 0.0), 0.1, 60.0, 20.0, np.array([0.0, *LAGS]))
    relative = [float(v) for v in total[0, 1:] / total[0, 0]]
    content["lagged_phi_g3"] = {"lags": LAGS, "relative": relative, "at_zero": float(total[0, 0])}
    print(json.dumps(content["lagged_phi_g3"]))
    if not quick:
        TARGET.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
