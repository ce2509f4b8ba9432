"""Makes pair_reference.json: averages of a nonlinearity at two times.

<phi(x) phi(y)> with x = m1 + s1 z and y given x: nested Gauss-Legendre of 24 nodes, both integrals cut at the kinks and
steep places of phi, which are stated here by hand, and graded towards them. It shares no code with the package, which
expands in Hermite functions and finds the places itself. Each number is computed twice, with panels of two widths; both
must agree to 1e-11.

Run: python tests/reference/make_pair_reference.py (a minute)
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

# name -> (phi, phi', places where it is steep or has a kink, width of the steepness there: 0 for a kink)
CASES = {
    "tanh(x)": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, [0.0], 1.0),
    "tanh(50*x)": (lambda x: np.tanh(50 * x), lambda x: 50 * (1 - np.tanh(50 * x) ** 2), [0.0], 0.02),
    "tanh(20*(x-1))": (lambda x: np.tanh(20 * (x - 1)), lambda x: 20 * (1 - np.tanh(20 * (x - 1)) ** 2), [1.0], 0.05),
    "Max(-1,Min(1,x))": (lambda x: np.clip(x, -1, 1), lambda x: 1.0 * (abs(x) < 1), [-1.0, 1.0], 0.0),
    "abs(x-0.3)": (lambda x: abs(x - 0.3), lambda x: np.sign(x - 0.3), [0.3], 0.0),
    "x/(1+abs(x))": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2, [0.0], 0.0),
    "tanh(Max(x,0))": (
        lambda x: np.tanh(np.maximum(x, 0)),
        lambda x: (1 - np.tanh(x) ** 2) * (x > 0),
        [0.0],
        0.0,
    ),
    "sin(3*x)": (lambda x: np.sin(3 * x), lambda x: 3 * np.cos(3 * x), [], 1.0),
    "x*sqrt(abs(x))": (lambda x: x * np.sqrt(abs(x)), lambda x: 1.5 * np.sqrt(abs(x)), [0.0], 1e-9),
    "exp(-x**2)": (lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x), [0.0], 1.0),
    "1/(1+exp(-30*x))": (
        lambda x: 0.5 + 0.5 * np.tanh(15 * x),
        lambda x: 7.5 * (1 - np.tanh(15 * x) ** 2),
        [0.0],
        0.03,
    ),
}
REACH = 10.0
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def edges(places: list[float], width: float, panel: float) -> np.ndarray:
    """Edges on [-REACH, REACH], graded by halves down to a quarter of `width` towards each place."""
    cuts = set(np.arange(-REACH, REACH + panel / 2, panel))
    for place in places:
        cuts.add(place)
        step = panel
        while width > 0 and step > width / 4:
            cuts |= {place - step, place + step}
            step /= 2
    return np.array(sorted(x for x in cuts if abs(x) <= REACH))


def average(function, cuts: np.ndarray) -> float:
    """Average of a function of z, standard normal, by the rule on each piece."""
    half = np.diff(cuts)[:, None] / 2
    z = (cuts[:-1, None] + half * (NODES + 1)).ravel()
    return float(np.sum((half * WEIGHTS).ravel() * np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * function(z)))


def pair(name: str, m1: float, v1: float, m2: float, v2: float, r: float, panel: float) -> tuple[float, float]:
    """<phi phi> and <phi' phi'>."""
    phi, slope, places, width = CASES[name]
    s1, s2 = np.sqrt(v1), np.sqrt(v2)
    spread = s2 * np.sqrt((1 - r) * (1 + r))

    def given(function, z):
        return np.array([
            average(
                lambda y, mean=mean: function(mean + spread * y),
                edges([(p - mean) / spread for p in places], width / spread, panel),
            )
            for mean in m2 + r * s2 * z
        ])  # fmt: skip

    own = edges([(p - m1) / s1 for p in places], width / s1, panel)
    smooth = edges([(p - m2) / (r * s2) for p in places], max(spread, width) / abs(r * s2), panel)
    outer = np.union1d(own, smooth)
    q, p = (average(lambda z, f=f: f(m1 + s1 * z) * given(f, z), outer) for f in (phi, slope))
    return q, p


def main() -> None:
    """Write the reference."""
    generator = np.random.default_rng(3)
    rows = []
    for name in CASES:
        for r in (-0.7, 0.45, 0.9, 0.996):
            m1, m2 = generator.normal(size=2).round(3).tolist()
            v1, v2 = (10 ** generator.uniform(-0.7, 1.2, size=2)).round(3).tolist()
            one, two = (pair(name, m1, v1, m2, v2, r, panel) for panel in (0.5, 0.4))
            assert np.allclose(one, two, rtol=1e-11, atol=1e-11), (name, r, one, two)
            rows.append({"phi": name, "at": [m1, v1, m2, v2, r], "phi_phi": one[0], "slope_slope": one[1]})
    Path(__file__).with_name("pair_reference.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
