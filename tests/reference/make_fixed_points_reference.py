"""Makes fixed_points_reference.json: annealed complexity of the stable fixed points of plastic networks (tanh).

At a fixed point x = h + k q tanh(x), h normal of variance g^2 q, q = <phi^2>; chi = phi'/(1 - k q phi'). Kac-Rice with
the Jacobian of h(x), the stable branches 1 - k q phi' > 0 only, <phi^2> = q and g^2 <chi^2> <= 1:
    Sigma(q) = min_{theta, mu <= 0} log 2 int_{x_s} dx (dh/dx) N(h(x)) exp(theta phi^2 + mu chi^2) - theta q - mu/g^2
and Sigma = max_q Sigma(q). Quadrature in x from the spinodal x_s on panels that are graded towards it by powers of two
(chi diverges there), theta by the root of its own condition, mu by a bounded search over log(-mu), q by a scan over
log(1 - q) and a bounded search. The threshold of coexistence is the k at which Sigma first is zero. numpy and scipy
alone; each number twice, with panels of 16 and of 24 nodes and scans of another width: `error` is their difference.

Run: python tests/reference/make_fixed_points_reference.py (two minutes of a core)
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from scipy.optimize import brentq, minimize_scalar

TARGET = Path(__file__).with_name("fixed_points_reference.json")
COMPLEXITIES = [(2, 0.8), (2, 1.5), (2, 2.0), (2, 3.0), (3, 0.8), (3, 1.5), (3, 2.0), (3, 3.0), (4, 0.8), (4, 2.0)]
THRESHOLDS = [0.5, 1.0, 1.5, 2.0, 3.0]


class Stable:
    """Weights, phi^2 and chi^2 at nodes in x, at one rate q."""

    def __init__(self, g: float, k: float, q: float, nodes: int) -> None:
        kappa, scale = k * q, g * math.sqrt(q)
        spinodal = math.acosh(math.sqrt(kappa)) if kappa > 1 else 0.0
        steps = np.concatenate([[0.0], 2.0 ** np.arange(-46, 1)])
        edges = spinodal + np.concatenate([steps, np.arange(1.5, 9 * scale + kappa + 1, 0.5 * min(1.0, scale))])
        t, w = np.polynomial.legendre.leggauss(nodes)
        half = 0.5 * np.diff(edges)[:, None]
        x = (edges[:-1, None] + half * (t + 1)).ravel()
        phi = np.tanh(x)
        gap = np.maximum(1 - kappa / np.cosh(x) ** 2, 1e-100)
        h = x - kappa * phi
        self.logs = np.log(2 * (half * w).ravel() * gap) - 0.5 * (h / scale) ** 2
        self.logs -= math.log(scale * math.sqrt(2 * math.pi))
        self.square, self.chi2 = phi * phi, (np.cosh(x) ** -2 / gap) ** 2
        self.gap, self.q, self.g = 1 - q, q, g

    def tilted(self, theta: float, mu: float) -> tuple[float, float]:
        """log of the tilted weight (phi^2 measured from q), and the mean of phi^2 - q."""
        logs = self.logs + theta * (self.square - self.q) + mu * self.chi2
        top = np.max(logs)
        weights = np.exp(logs - top)
        total = np.sum(weights)
        return top + math.log(total), float(weights @ (self.square - self.q)) / total

    def given(self, mu: float) -> float:
        """min over theta."""
        excess = lambda y: self.tilted(y / self.gap, mu)[1]  # noqa: E731
        high = 1.0
        while excess(high) < 0 and high < 1e6:
            high *= 2
        low = -1.0
        while excess(low) > 0 and low > -1e6:
            low *= 2
        if excess(low) > 0 or excess(high) < 0:
            return -1e3  # no distribution has this q
        theta = brentq(excess, low, high, xtol=1e-10) / self.gap
        return self.tilted(theta, mu)[0] - mu / self.g**2

    def complexity(self) -> float:
        """min over mu < 0, down to where it is of no account."""
        found = minimize_scalar(
            lambda u: self.given(-math.exp(u)), bounds=(-60, 5), method="bounded", options={"xatol": 1e-3}
        )
        return float(min(found.fun, self.given(-math.exp(-60.0))))


def complexity(g: float, k: float, nodes: int) -> float:
    def at(u: float) -> float:
        return Stable(g, k, 1 - math.exp(u), nodes).complexity()

    scan = np.linspace(math.log(0.7), math.log(1e-5), nodes + 8)
    values = [at(u) for u in scan]
    i = int(np.argmax(values))
    bounds = sorted((scan[max(i - 1, 0)], scan[min(i + 1, len(scan) - 1)]))
    found = minimize_scalar(lambda u: -at(u), bounds=bounds, method="bounded", options={"xatol": 1e-4})
    return max(-float(found.fun), values[i])


def threshold(g: float, nodes: int) -> float:
    k = 2.1
    while complexity(g, k, nodes) > 0:
        k -= 0.1
    return brentq(lambda k: complexity(g, k, nodes), k, k + 0.1, xtol=1e-5)


def main() -> None:
    rows = []
    for what, places in (("complexity", COMPLEXITIES), ("threshold", [(None, g) for g in THRESHOLDS])):
        for k, g in places:
            one, two = (threshold(g, n) if k is None else complexity(g, k, n) for n in (16, 24))
            row = {"quantity": what, "g": g, "value": two, "error": abs(one - two)}
            rows.append(row if k is None else {"quantity": what, "g": g, "k": k, "value": two, "error": abs(one - two)})
            print(json.dumps(rows[-1]), flush=True)
    TARGET.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
