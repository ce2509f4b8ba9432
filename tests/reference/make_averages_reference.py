"""Makes averages_reference.json: <phi phi>, <phi' phi'> and int_0^c <phi phi> dc of steep and kinked nonlinearities.

Nested quadrature of the bivariate normal density: x over composite Gauss-Legendre panels (edges set by hand at
distances that double from the kink or the steep place), y given x over panels that are split there too. The integral
over c is E[Phi(x) Phi(y)] at c minus that at 0, Phi' = phi written by hand (Price's theorem), so nothing is integrated
over c. sin and x^3 are closed forms.

Held here: smooth ones against the double trapezoidal sum on a square lattice (no panels, no conditioning), kinked ones
against panels of other sizes and nodes. The script fails if they differ by more than 5e-14 (slopes: 5e-13).

Run: python tests/reference/make_averages_reference.py (about a minute)
"""

import json
import math
from pathlib import Path

import numpy as np

VARIANCES = (0.3, 4.0)
RATIOS = (1.0, 0.9999, 0.8, 0.2, -0.5)


def log_cosh(x):
    return np.abs(x) + np.log1p(np.exp(-2 * np.abs(x))) - math.log(2)


def steep_tanh(b, place):
    def phi(x):
        return np.tanh(b * (x - place))

    def slope(x):
        e = np.exp(-2 * b * np.abs(x - place))
        return b * 4 * e / (1 + e) ** 2

    return phi, slope, lambda x: log_cosh(b * (x - place)) / b, [(place, 1 / b)]


def ramp(x):
    return np.maximum(x, 0.0)


def logistic(x):
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1 / (1 + e), e / (1 + e))


# name -> (phi, phi', Phi, places): a place is (x, width), width 0 for a kink.
CASES = {
    "tanh(50*x)": steep_tanh(50, 0.0),
    "tanh(20*(x-1))": steep_tanh(20, 1.0),
    "tanh(200*(x-1))": steep_tanh(200, 1.0),
    "x/(1+abs(x))": (
        lambda x: x / (1 + np.abs(x)),
        lambda x: (1 + np.abs(x)) ** -2,
        lambda x: np.abs(x) - np.log1p(np.abs(x)),
        [(0.0, 0.0)],
    ),
    "tanh(Max(x,0))": (
        lambda x: np.tanh(ramp(x)),
        lambda x: np.where(x > 0, np.cosh(np.minimum(x, 300)) ** -2, 0.0),
        lambda x: log_cosh(ramp(x)),
        [(0.0, 0.0)],
    ),
    "Max(-1,Min(1,x))": (
        lambda x: np.clip(x, -1, 1),
        lambda x: (np.abs(x) < 1) * 1.0,
        lambda x: np.where(np.abs(x) < 1, 0.5 * x * x, np.abs(x) - 0.5),
        [(-1.0, 0.0), (1.0, 0.0)],
    ),
    "1/(1+exp(-x))": (
        logistic,
        lambda x: logistic(x) * logistic(-x),
        lambda x: ramp(x) + np.log1p(np.exp(-np.abs(x))),
        [],
    ),
}


def gauss(edges, n):
    """Nodes and weights on the panels between edges (..., n_edges)."""
    t, w = np.polynomial.legendre.leggauss(n)
    half = 0.5 * np.diff(edges, axis=-1)[..., None]
    x = edges[..., :-1, None] + half * (t + 1)
    return x.reshape(*edges.shape[:-1], -1), (half * w + 0 * x).reshape(*edges.shape[:-1], -1)


def around(places, least, reach):
    """Edges at distances from the places that double, from the width (a kink: from `least`) on."""
    edges = []
    for x, width in places:
        step = (width or least) * 2.0 ** np.arange(-1, 40)
        step = np.concatenate([[0.0], step[step < 2 * reach]])
        edges += [x - step, x + step]
    return np.concatenate(edges) if edges else np.empty(0)


def bivariate(functions, places, variance, covariance, n=16, parts=18):
    """E f(x) f(y) for each f, x and y of a variance with a covariance."""
    sd, r = math.sqrt(variance), covariance / variance
    reach = 9.5 * sd
    rest = sd * math.sqrt((1 - r) * (1 + r))
    edges = np.concatenate([np.linspace(-reach, reach, parts + 1), around(places, max(rest, 1e-3 * sd), reach)])
    x, w = gauss(np.unique(edges[np.abs(edges) <= reach]), n)
    w = w * np.exp(-0.5 * (x / sd) ** 2) / (math.sqrt(2 * math.pi) * sd)
    if rest == 0:
        return [float(np.sum(w * f(x) ** 2)) for f in functions]
    fixed = around(places, 10 * reach, reach)  # kinks themselves; steep places with their width
    fixed = np.unique(np.concatenate([fixed, [p for p, _ in places]]))
    z = np.concatenate(
        [np.tile(np.linspace(-9.5, 9.5, 15), (len(x), 1)), (fixed[None, :] - r * x[:, None]) / rest], axis=1
    )
    totals = np.zeros(len(functions))
    for block in np.array_split(np.arange(len(x)), max(1, len(x) // 200)):
        y, v = gauss(np.sort(np.clip(z[block], -9.5, 9.5), axis=1), n)
        v = v * np.exp(-0.5 * y * y) / math.sqrt(2 * math.pi)
        y = r * x[block, None] + rest * y
        totals += [np.sum(w[block] * f(x[block]) * np.sum(v * f(y), axis=1)) for f in functions]
    return [float(total) for total in totals]


def on_lattice(functions, step, variance, covariance):
    """The same by the double trapezoidal rule: exact to rounding for functions that are analytic in a wide strip."""
    sd, r = math.sqrt(variance), covariance / variance
    x = step * np.arange(-math.ceil(9 * sd / step), math.ceil(9 * sd / step) + 1)
    values = [f(x) for f in functions]
    totals = np.zeros(len(functions))
    scale = step**2 / (2 * math.pi * variance * math.sqrt(1 - r * r))
    for i, xi in enumerate(x):
        density = np.exp(-0.5 * ((x - r * xi) ** 2 / (variance * (1 - r * r)) + xi * xi / variance))
        totals += [scale * v[i] * float(v @ density) for v in values]
    return [float(total) for total in totals]


def closed(name, v, c):
    if name == "sin(20*x)":
        half = [math.exp(-400 * (v - s * c)) * 0.5 for s in (1, -1)]
        even = (half[0] + half[1]) - math.exp(-400 * v)
        return half[0] - half[1], 400 * (half[0] + half[1]), even / 400
    assert name == "x**3"
    return 9 * v * v * c + 6 * c**3, 9 * v * v + 18 * c * c, 4.5 * v * v * c * c + 1.5 * c**4


def checked(name, variance, covariance, first):
    phi, slope, _, places = CASES[name]
    if all(width > 0 for _, width in places) and abs(covariance) < 0.9 * variance and name != "tanh(200*(x-1))":
        width = min([w for _, w in places], default=1.0)
        second = on_lattice([phi, slope], 0.26 * width * (0.4 if not places else 1.0), variance, covariance)
    else:
        second = bivariate([phi, slope], places, variance, covariance, n=21, parts=31)
    for a, b, most in zip(first, second, (5e-14, 5e-13), strict=False):
        assert abs(a - b) <= most * max(abs(b), 1e-3), (name, variance, covariance, a, b)


def main():
    rows = []
    for name in [*CASES, "sin(20*x)", "x**3"]:
        for variance in VARIANCES:
            for ratio in RATIOS:
                covariance = ratio * variance
                if name in CASES:
                    phi, slope, integral, places = CASES[name]
                    q, p, whole = bivariate([phi, slope, integral], places, variance, covariance)
                    checked(name, variance, covariance, (q, p))
                    potential = whole - bivariate([integral], places, variance, 0.0)[0]
                else:
                    q, p, potential = closed(name, variance, covariance)
                rows.append(
                    dict(nonlinearity=name, variance=variance, ratio=ratio, phi=q, slope=p, potential=potential)
                )
        print(name, flush=True)
    text = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_name("averages_reference.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
