"""Make linear_units_reference.json: linear units by plain means that share no code with the package.

State: undamped iteration of C = |H|^2 g^2 C_phi on a circle of lags by numpy's FFT, with Anderson mixing; C_phi in
closed form for erf, by Hermite coefficients (the trapezoid rule of 5601 nodes) for tanh. Exponent: the symmetric matrix
|H(lam + ik)| g^2 C_phi' |H(lam + ik)| cut at |k| = 12, its largest eigenvalue by LAPACK.

Run: python tests/reference/make_linear_units_reference.py (two minutes).
"""

import json
import math
from pathlib import Path

import numpy as np

CASES = {
    "adaptation 1 5, tanh 2": ([5.0, 1.0], [5.0, 6.0, 2.0], 0.0, "tanh", 2.0, 400.0, 4096),
    "adaptation 3 20, erf 2.5": ([20.0, 1.0], [20.0, 21.0, 4.0], 0.0, "erf", 2.5, 500.0, 8192),
    "oscillator .5, erf 1.5": ([1.0], [1.0, 0.5, 1.0], 0.0, "erf", 1.5, 800.0, 8192),
    "double, tanh 2": ([1.0], [1.0, 2.0, 1.0], 0.0, "tanh", 2.0, 300.0, 2048),
    "delay 1, tanh 2": ([1.0], [1.0, 1.0], 1.0, "tanh", 2.0, 300.0, 2048),
    "delay 4, tanh 2": ([1.0], [1.0, 1.0], 4.0, "tanh", 2.0, 300.0, 2048),
}
NODES = np.linspace(-14.0, 14.0, 5601)
WEIGHTS = np.exp(-0.5 * NODES**2) * (NODES[1] - NODES[0]) / math.sqrt(2.0 * math.pi)


def size(case, s):
    """Return |H(s)|^2."""
    top, bottom, delay = case[:3]
    return np.abs(np.polyval(top, s) / np.polyval(bottom, s)) ** 2 * np.exp(-2.0 * np.real(s) * delay)


def averages(phi, c):
    """Return <phi phi> and <phi' phi'> at covariances c, the first of which is the variance."""
    c0 = c[0]
    r = np.clip(c / c0, -1.0, 1.0)
    if phi == "erf":
        scale = 0.25 * math.pi
        s = 2.0 * scale * c / (1.0 + 2.0 * scale * c0)
        root = np.sqrt((1.0 + 2.0 * scale * c0) ** 2 - (2.0 * scale * c) ** 2)
        return 2.0 / math.pi * np.arcsin(s), 4.0 / math.pi * scale / root
    f = np.tanh(math.sqrt(c0) * NODES)
    before, now = np.zeros_like(NODES), np.ones_like(NODES)
    q, p, power, last = np.zeros_like(c), np.zeros_like(c), np.ones_like(c), np.zeros_like(c)
    for n in range(240):
        a = WEIGHTS @ (f * now)
        q += a * a * power
        if n:
            p += n * a * a * last / c0
        last, power = power, power * r
        before, now = now, (NODES * now - math.sqrt(n) * before) / math.sqrt(n + 1.0)
    return q, p


def state(case):
    """Return the step and the covariance on the circle."""
    _, _, _, phi, g, window, n = case
    h = window / n
    gain = size(case, 2j * np.pi * np.fft.rfftfreq(n, h))
    t = h * np.minimum(np.arange(n), n - np.arange(n))
    c = g**2 * np.exp(-t * t / 8.0) * np.max(gain)
    held, moved = [], []
    for sweep in range(4000):
        new = np.fft.irfft(gain * np.fft.rfft(g**2 * averages(phi, c)[0]), n)
        rest = new - c
        if np.max(np.abs(rest)) < 1e-13 * c[0]:
            break
        held, moved = [*held[-7:], c], [*moved[-7:], rest]
        c = new
        if sweep > 40 and len(moved) > 1:
            change = np.diff(moved, axis=0).T
            weights = np.linalg.lstsq(change, rest, rcond=1e-10)[0]
            c = new - (np.diff(held, axis=0).T + change) @ weights
    return h, c


def exponent(case, h, c):
    """Return lambda."""
    from scipy.linalg import eigh
    from scipy.optimize import brentq

    p = averages(case[3], c)[1] * case[4] ** 2
    n = len(p)
    k = 2.0 * np.pi * np.fft.fftfreq(n, h)
    keep = np.flatnonzero(np.abs(k) < 12.0)  # what is cut off is below 1e-9
    spectrum = np.fft.fft(p).real / n
    hankel = spectrum[(keep[:, None] - keep[None, :]) % n]

    def largest(lam):
        root = np.sqrt(size(case, lam + 1j * k[keep]))
        return eigh(root[:, None] * hankel * root, eigvals_only=True, subset_by_index=[len(keep) - 1] * 2)[0]

    return brentq(lambda lam: largest(lam) - 1.0, 0.0, 0.3, xtol=1e-11)


if __name__ == "__main__":
    found = {}
    for name, case in CASES.items():
        h, c = state(case)
        found[name] = {
            "variance": float(c[0]),
            "corr_phi": float(averages(case[3], c)[0][0]),
            "exponent": float(exponent(case, h, c)),
        }
        print(name, found[name], flush=True)
    Path(__file__).with_name("linear_units_reference.json").write_text(json.dumps(found, indent=1) + "\n")
