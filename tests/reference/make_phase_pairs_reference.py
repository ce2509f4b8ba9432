"""Makes phase_pairs_reference.json: <phi phi> under a sinusoid of random phase by plain quadrature in three dimensions.

x = A cos theta + x_G, y = A cos(theta + shift) + y_G: the trapezoid in theta, and for each theta the two Gaussian
variables by a rule that suits phi: panels of Gauss and Legendre split at the kink of x/(1 + |x|), a fine trapezoid for
tanh(20 (x - 1)), whose poles are .0785 off the axis (step .02: error 2e-11). No harmonics, no smoothing, no series.
They are read by `tests/unit/test_smoothed_phase_site.py`. `error`: what twice as many phases change.

Run: python tests/reference/make_phase_pairs_reference.py (two minutes of a core)
"""

import json
import math
from pathlib import Path

import numpy as np


def softsign(x):
    """Return x/(1 + |x|)."""
    return x / (1.0 + np.abs(x))


def steep(x):
    """Return tanh(20 (x - 1))."""
    return np.tanh(20.0 * (x - 1.0))


def split_rule(low, high, place, n=80):
    """Return nodes and weights of Gauss and Legendre on both sides of a place."""
    node, weight = np.polynomial.legendre.leggauss(n)
    edges = [low, place, high] if low < place < high else [low, high]
    half = 0.5 * np.diff(edges)[:, None]
    return ((np.array(edges)[:-1, None] + half * (node + 1)).ravel(), (half * weight).ravel())


def trapezoid(low, high, step=0.02):
    """Return nodes and weights of the trapezoidal rule."""
    n = math.ceil((high - low) / step)
    x = low + (high - low) * np.arange(n + 1) / n
    return x, np.full(n + 1, (high - low) / n)


def pair(phi, amplitude, c0, c, shift, rule, n_phases=24):
    """Return <phi(x) phi(y)>."""
    sigma, r = math.sqrt(c0), c / c0
    rest = sigma * math.sqrt(1.0 - r * r)
    total = 0.0
    for theta in 2.0 * math.pi * (np.arange(n_phases) + 0.5) / n_phases:
        a, b = amplitude * math.cos(theta), amplitude * math.cos(theta + shift)
        x, wx = rule(a - 8.2 * sigma, a + 8.2 * sigma)
        wx = wx * np.exp(-0.5 * ((x - a) / sigma) ** 2) / (math.sqrt(2 * math.pi) * sigma)
        y, wy = rule(b - 8.2 * sigma, b + 8.2 * sigma)
        centre = b + r * (x[:, None] - a)
        inner = np.exp(-0.5 * ((y - centre) / rest) ** 2) @ (wy * phi(y)) / (math.sqrt(2 * math.pi) * rest)
        total += float(wx @ (phi(x) * inner)) / n_phases
    return total


def main():
    """Write the numbers."""
    rows = []
    for part, shift in ((0.5, 0.7), (-0.7, 2.6), (0.9, 0.2)):
        one, two = (
            pair(softsign, 0.31, 0.05, 0.05 * part, shift, lambda a, b: split_rule(a, b, 0.0, 160), n) for n in (24, 48)
        )
        rows.append({"phi": "softsign", "part": part, "shift": shift, "value": two, "error": abs(two - one)})
    for part, shift in ((0.5, 0.7), (-0.7, 2.6), (0.8, 0.2)):
        one, two = (pair(steep, 0.85, 8.0, 8.0 * part, shift, trapezoid, n) for n in (24, 48))
        rows.append({"phi": "steep", "part": part, "shift": shift, "value": two, "error": abs(two - one)})
    text = ",\n".join(json.dumps(row) for row in rows)
    print(text)
    Path(__file__).with_name("phase_pairs_reference.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
