"""Make static_states_reference.json: fixed points of populations, the bulk of their Jacobian and its outliers.

Shares nothing with the package: averages by the trapezoidal rule; m and c0 by scipy's hybrid method from the rounded
numbers of the sheet; eigenvalues of the means and covariances by differences of the map (v = dc/2 of a real mode);
U_a = sum_b K_ab U_b I_b and V_a = sum_c f_c G_ca V_c I_c by damped iteration in the logarithms, which needs no
derivative; fractions in discs by adaptive quadrature of the resolvent between the points where the circle meets the
edge.

Run: python tests/reference/make_static_states_reference.py
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, root

Z = np.linspace(-9.5, 9.5, 1201)
W = np.exp(-0.5 * Z * Z) / math.sqrt(2 * math.pi) * (Z[1] - Z[0])
PHI = {
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (lambda x: 0.5 + 0.5 * np.tanh(x), lambda x: 0.5 - 0.5 * np.tanh(x) ** 2),
    "tanh1.2": (lambda x: np.tanh(1.2 * x), lambda x: 1.2 - 1.2 * np.tanh(1.2 * x) ** 2),
}
CASES = {
    "F1": {"f": [1.0], "G": [[0.64]], "M": [[1.6]], "phi": ["tanh"], "starts": [[1.16, 0.386]]},
    "F2": {
        "f": [0.8, 0.2],
        "G": [[1.2, 1.6], [1.2, 1.6]],
        "M": [[4.0, -8.0], [5.0, -5.0]],
        "phi": ["sigmoid", "sigmoid"],
        "tau": [1.0, 0.5],
        "h": [0.3, 0.1],
        "starts": [[1.534, 2.614, 1.067, 1.067]],
    },
    "F3": {
        "f": [0.5, 0.5],
        "G": [[0.6, 0.5], [0.9, 0.4]],
        "phi": ["tanh1.2", "tanh"],
        "tau": [1.0, 3.0],
        "h": [0.3, -0.2],
        "s": [0.3, 0.1],
        "starts": [[0.3, -0.2, 0.46, 0.3025]],
        "discs": [[-1.0, 0.2], [-1.0, 0.4], [-1.0 / 3.0, 0.15], [-1.0 / 3.0, 0.3], [-0.5, 0.3]],
    },
    "F5": {"f": [1.0], "G": [[9.0]], "M": [[4.5]], "phi": ["tanh"], "starts": [[3.3917, 7.748], [0.0, 6.305]]},
}


class Model:
    def __init__(self, case: dict) -> None:
        p = len(case["f"])
        self.f, self.G = np.array(case["f"]), np.array(case["G"])
        self.K = self.G * self.f
        self.A = np.array(case.get("M", np.zeros((p, p)))) * self.f
        self.tau, self.h, self.s = (
            np.array(case.get(name, [usual] * p)) for name, usual in (("tau", 1.0), ("h", 0.0), ("s", 0.0))
        )
        self.phi = [PHI[name] for name in case["phi"]]
        self.p = p

    def x(self, m, c):
        return [m[a] + math.sqrt(abs(c[a])) * Z for a in range(self.p)]

    def map(self, point):
        m, c = point[: self.p], point[self.p :]
        values = [phi(x) for (phi, _), x in zip(self.phi, self.x(m, c), strict=True)]
        rate, square = np.array([v @ W for v in values]), np.array([(v * v) @ W for v in values])
        return np.concatenate([self.h + self.A @ rate, self.K @ square + self.s])

    def derivative(self, point):
        """Derivatives of the map by (m, c), by central differences of two steps, extrapolated."""
        columns = []
        for i in range(2 * self.p):
            e, step = np.eye(2 * self.p)[i], 2e-3
            slopes = [(self.map(point + k * e) - self.map(point - k * e)) / (2 * k) for k in (step, step / 2, step / 4)]
            first = [(4 * slopes[j + 1] - slopes[j]) / 3 for j in (0, 1)]
            columns.append((16 * first[1] - first[0]) / 15)
        return np.array(columns).T

    def squares(self, m, c):
        return [d(x) ** 2 for (_, d), x in zip(self.phi, self.x(m, c), strict=True)]


def growth(model, squares, z):
    mean = np.array([d @ W for d in squares])
    return float(np.max(np.linalg.eigvals(model.K * mean / np.abs(1 + z * model.tau) ** 2).real))


def resolvent(model, squares, z):
    w = 1 + z * model.tau
    s = np.abs(w) ** 2
    u = v = np.full(model.p, 1e-3)
    if growth(model, squares, z) <= 1:
        return complex(np.sum(model.f * model.tau / w))
    for _ in range(20000):
        mean = np.array([(d / (s[b] + u[b] * v[b] * d)) @ W for b, d in enumerate(squares)])
        new_u, new_v = model.K @ (u * mean), model.G.T @ (model.f * v * mean)
        new_u, new_v = np.sqrt(u * new_u), np.sqrt(v * new_v)
        gap = max(np.max(np.abs(new_u / u - 1)), np.max(np.abs(new_v / v - 1)))
        u, v = new_u, new_v
        if gap < 1e-13:
            break
    r = np.array([(1 / (s[b] + u[b] * v[b] * d)) @ W for b, d in enumerate(squares)])
    return complex(np.sum(model.f * model.tau * w.conj() * r))


def fraction(model, squares, centre, radius):
    theta = np.linspace(0, math.pi, 721)
    on = lambda t: growth(model, squares, centre + radius * np.exp(1j * t)) - 1  # noqa: E731
    height = [on(t) for t in theta]
    cuts = [0.0] + [
        brentq(on, a, b, xtol=1e-14)
        for a, b, p, q in zip(theta, theta[1:], height, height[1:], strict=False)
        if p * q < 0
    ]
    cuts.append(math.pi)

    def integrand(t):
        turn = radius * np.exp(1j * t)
        return (resolvent(model, squares, centre + turn) * turn).real / math.pi  # the lower half is its mirror image

    return sum(quad(integrand, a, b, epsabs=1e-10, epsrel=1e-10)[0] for a, b in itertools.pairwise(cuts))


def solved(model, start):
    found = root(lambda x: model.map(x) - x, start, tol=1e-14)
    point = found.x
    m, c = point[: model.p], point[model.p :]
    squares = model.squares(m, c)
    jacobian = model.derivative(point)
    rates = np.linalg.eigvals((jacobian - np.eye(2 * model.p)) / np.tile(model.tau, 2)[:, None])
    naive = np.linalg.eigvals((jacobian[: model.p, : model.p] - np.eye(model.p)) / model.tau[:, None])
    edge = brentq(lambda z: growth(model, squares, z) - 1, -1 / model.tau.max() + 1e-9, 50.0, xtol=1e-15)
    return squares, {
        "m": m.tolist(),
        "c0": c.tolist(),
        "rho": growth(model, squares, 0.0),
        "edge": edge,
        "rates": sorted(rates.real.tolist(), reverse=True),
        "naive": sorted(naive.real.tolist(), reverse=True),
        "sign": int(np.sign(np.linalg.det(np.eye(2 * model.p) - jacobian))),
    }


def main() -> None:
    out = {}
    for name, case in CASES.items():
        model, states = Model(case), []
        for start in case["starts"]:
            squares, state = solved(model, np.array(start))
            state["fractions"] = [[c, r, fraction(model, squares, c, r)] for c, r in case.get("discs", [])]
            states.append(state)
        out[name] = {"model": {k: v for k, v in case.items() if k not in ("starts", "discs")}, "states": states}
    Path(__file__).with_name("static_states_reference.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
