"""Makes discrete_reference.json: populations in discrete time, by sums over plain grids and the map run to its end.

    m <- h + A <phi>,  v <- K <phi^2> + s + sigma2,  c <- K <phi phi>(c) + s (+ C_I(lag)) from c = 0,
averages by the trapezoidal rule in z (one and two dimensions), which is exact to rounding for the smooth phi here; of
relu by scipy's adaptive rule with its kink as a break. lambda = ln rho(K <phi'^2>)/2. Dimensions by the sum over
numbers of steps, term by term, averages over the frozen field on a grid of 6001 nodes.
D1, D2, D3: the models of the equation sheet. Run: python tests/reference/make_discrete_reference.py (a minute)
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from scipy.integrate import quad
from scipy.special import erf

TARGET = Path(__file__).with_name("discrete_reference.json")
Z = np.arange(-1200, 1201) / 120.0
W = np.exp(-0.5 * Z**2) / math.sqrt(2 * math.pi) / 120.0
PHI = {
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "erf": (lambda x: erf(math.sqrt(math.pi) / 2 * x), lambda x: np.exp(-math.pi / 4 * x**2)),
    "sigmoid": (lambda x: (1 + np.tanh(x)) / 2, lambda x: 0.5 / np.cosh(x) ** 2),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: (np.asarray(x) > 0) * 1.0),
}
MODELS = {
    "D1": {"f": [0.4, 0.6], "G": [[4, 2], [6, 1]], "phi": ["tanh", "erf"], "sigma2": [0.3, 0.0]},
    "D2": {
        "f": [0.5, 0.5],
        "G": [[9.0, 4.0], [4.0, 6.0]],
        "phi": ["sigmoid", "tanh"],
        "M": [[2.0, -3.0], [2.0, -1.0]],
        "h": [0.5, -0.2],
        "s": [0.5, 0.0],
    },
    "D3": {"f": [0.4, 0.6], "G": [[4, 2], [6, 1]], "phi": ["tanh", "erf"]},
    "frozen and chaotic": {
        "f": [0.6, 0.4],
        "G": [[30.0, 12.0], [18.0, 20.0]],
        "phi": ["sigmoid", "tanh"],
        "M": [[1.0, -1.5], [1.2, -0.5]],
        "h": [0.3, 0.1],
        "s": [0.2, 0.0],
    },
    "one, frozen, noise": {"f": [1.0], "G": [[2.25]], "phi": ["tanh"], "h": [0.5], "s": [1.0], "sigma2": [1.0]},
    "coloured": {"f": [1.0], "G": [[1.44]], "phi": ["tanh"], "h": [0.2], "ou": [0.5, 3.0]},
    "relu": {
        "f": [0.7, 0.3],
        "G": [[0.8, 0.6], [0.5, 0.9]],
        "phi": ["relu", "tanh"],
        "M": [[-1.5, -0.5], [0.7, 0.2]],
        "h": [0.8, -0.3],
        "sigma2": [0.1, 0.4],
    },
}


def averages(name, m, v):
    """<phi>, <phi^2>, <phi'^2>."""
    f, d = PHI[name]
    if name != "relu":
        x = m + math.sqrt(v) * Z
        return float(W @ f(x)), float(W @ f(x) ** 2), float(W @ d(x) ** 2)
    s = math.sqrt(v)

    def normal(g):
        break_ = -m / s
        total = 0.0
        for low, high in ((-12.0, break_), (break_, 12.0)):
            total += quad(lambda z: g(m + s * z) * math.exp(-z * z / 2), low, high, epsabs=1e-14, epsrel=1e-13)[0]
        return total / math.sqrt(2 * math.pi)

    return normal(f), normal(lambda x: f(x) ** 2), normal(lambda x: d(x) ** 2)


def product(name, m, v, c):
    f = PHI[name][0]
    z, w = Z[::6], W[::6] * 6
    x = m + math.sqrt(v) * z
    y = m + (c / math.sqrt(v)) * z[:, None] + math.sqrt(max(v - c * c / v, 0.0)) * z
    return float((w * f(x)) @ f(y) @ w)


def solved(model):
    f, G = np.array(model["f"]), np.array(model["G"], float)
    n = len(f)
    M, h, s, sigma2 = (np.array(model.get(k, np.zeros(n)), float) for k in ("M", "h", "s", "sigma2"))
    M = M if M.ndim == 2 else np.zeros((n, n))
    K, A = G * f, M * f
    ou = model.get("ou")
    coloured = (lambda lag: ou[0] * math.exp(-abs(lag) / ou[1])) if ou else (lambda lag: 0.0)
    m, v = h.copy(), s + sigma2 + 1.0
    for _ in range(4000):
        found = np.array([averages(p, *at) for p, *at in zip(model["phi"], m, v)])
        new = h + A @ found[:, 0], K @ found[:, 1] + s + sigma2 + coloured(0)
        done = max(np.max(abs(new[0] - m)), np.max(abs(new[1] - v))) < 1e-15
        m, v = new
        if done or ("relu" in model["phi"] and _ > 200):
            break
    found = np.array([averages(p, *at) for p, *at in zip(model["phi"], m, v)])
    rho = max(abs(np.linalg.eigvals(K * found[:, 2])))
    out = {"mean": m.tolist(), "variance": v.tolist(), "exponent": 0.5 * math.log(rho)}
    if "relu" in model["phi"]:
        return out

    def held(extra):
        c = np.zeros(n)
        for _ in range(3000):
            new = K @ [product(p, *at) for p, *at in zip(model["phi"], m, v, c)] + s + extra
            if np.max(abs(new - c)) < 1e-14:
                break
            c = new
        return c

    if not (np.any(sigma2) or ou) and rho <= 1:
        return out | {"frozen": v.tolist()}
    c = held(0.0)
    out["frozen"] = c.tolist()
    if ou:
        return out | {"covariance": [held(coloured(lag)).tolist() for lag in (1, 2, 5)]}
    y = np.linspace(-9, 9, 6001)
    weights = np.exp(-0.5 * y**2)
    weights /= weights.sum()
    d2, power, var = np.zeros(n), np.zeros(n), np.zeros(n)
    for a, name in enumerate(model["phi"]):
        phi, slope = PHI[name]
        z, w = Z[::4], W[::4] * 4
        x = m[a] + math.sqrt(max(c[a], 0.0)) * y[:, None] + math.sqrt(v[a] - c[a]) * z
        d = slope(x) @ w
        moving = phi(x) ** 2 @ w - (phi(x) @ w) ** 2
        d2[a], power[a], var[a] = weights @ d**2, weights @ moving**2, weights @ moving
    phi_blocks, x_blocks = np.diag(f * power), np.diag(f * (v - c) ** 2)
    path = G.copy()  # of x; with d^2 in front, of phi
    for _ in range(20000):
        for ends, blocks in ((np.ones(n), x_blocks), (d2, phi_blocks)):
            first = ends[:, None] * path
            blocks += f[:, None] * ((first * (f * power)) @ first.T) * f
        path = (K * d2) @ path
        if np.max(path) < 1e-13:
            break
    out["blocks_phi"], out["blocks_x"] = phi_blocks.tolist(), x_blocks.tolist()
    out["dimension_phi"] = float((f @ var) ** 2 / phi_blocks.sum())
    out["dimension_x"] = float((f @ (v - c)) ** 2 / x_blocks.sum())
    return out


if __name__ == "__main__":
    made = {name: {"model": model, "numbers": solved(model)} for name, model in MODELS.items()}
    TARGET.write_text(json.dumps(made, indent=1) + "\n")
    for name, entry in made.items():
        print(name, entry["numbers"])
