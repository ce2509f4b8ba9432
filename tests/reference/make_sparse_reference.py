"""Makes sparse_reference.json: sparse couplings in discrete time, by sums over plain grids.

K-corr: c0 = g^2 <phi^2> for tanh, and a = lim K dc0/c0 = g^2 k4 <(phi^2)''''>/24/(1 - g^2 <(phi^2)''>/2)/c0, with the
derivatives of tanh^2 as polynomials of tanh (t' = 1 - t^2), and the K-scaled fourth cumulant k4 of four ensembles.
K-indegree: phi = (1 + tanh x)/2, K inputs of mean weight M/K and deviation g/sqrt(K), probability K/N; the in-degree
K (1 + delta) with delta uniform: m(delta) = h + (1 + delta) M <phi>, c(delta) = (1 + delta) G <phi^2> with
G = g^2 + (1 - K/N) M^2/K, averages over delta by 60 Gauss-Legendre nodes. Beside it c0 with the spread of delta as a
Gaussian input of variance sd^2 (M <phi>)^2, and without.
Run: python tests/reference/make_sparse_reference.py (seconds)
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

TARGET = Path(__file__).with_name("sparse_reference.json")
Z = np.arange(-1200, 1201) / 120.0
W = np.exp(-0.5 * Z**2) / math.sqrt(2 * math.pi) / 120.0


def derivative(p: np.polynomial.Polynomial) -> np.polynomial.Polynomial:
    return p.deriv() * np.polynomial.Polynomial([1.0, 0.0, -1.0])


def corrections(g: float) -> dict[str, float]:
    c = g**2
    for _ in range(5000):
        c = g**2 * float(W @ np.tanh(math.sqrt(c) * Z) ** 2)
    t = np.tanh(math.sqrt(c) * Z)
    second = derivative(derivative(np.polynomial.Polynomial([0.0, 0.0, 1.0])))
    fourth = derivative(derivative(second))
    p2, p4 = float(W @ t**2), float(W @ t**4)
    cumulants = {
        "gauss_exact": 3 * (p4 - p2**2),
        "gauss_binomial": 3 * p4,
        "pm_exact": p4 - 3 * p2**2,
        "pm_binomial": p4,
    }
    factor = g**2 * g**4 * float(W @ fourth(t)) / 24 / (1 - g**2 * float(W @ second(t)) / 2) / c
    return {name: factor * k4 for name, k4 in cumulants.items()} | {"c0": c}


def phi(x: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(x)) / 2


def in_degrees(h: float, mean: float, g: float, k: float, sd: float, n: float) -> dict[str, float]:
    gain = g**2 + (1 - k / n) * mean**2 / k
    at, weights = np.polynomial.legendre.leggauss(60)
    delta, weights = math.sqrt(3.0) * sd * at, weights / 2
    m, c = np.full(60, h), np.ones(60)
    for _ in range(2000):
        values = phi(m[:, None] + np.sqrt(c)[:, None] * Z)
        rate, square = float(weights @ (values @ W)), float(weights @ (values**2 @ W))
        m, c = 0.5 * (m + h + (1 + delta) * mean * rate), 0.5 * (c + (1 + delta) * gain * square)
    found = {"m": float(weights @ m)}
    found["c0"] = float(weights @ (c + m**2)) - found["m"] ** 2
    for name, spread in (("c0_gaussian_s", sd), ("c0_without", 0.0)):
        m0, c0 = h, 1.0
        for _ in range(5000):
            values = phi(m0 + math.sqrt(c0) * Z)
            rate, square = float(W @ values), float(W @ values**2)
            m0, c0 = 0.5 * (m0 + h + mean * rate), 0.5 * (c0 + gain * square + (spread * mean * rate) ** 2)
        found[name] = c0
    return found


if __name__ == "__main__":
    numbers = {
        "K-corr": corrections(2.0),
        "K-indegree": in_degrees(h=1.5, mean=-3.0, g=2.0, k=200.0, sd=0.3, n=8000.0),
        # the sheet's row: 41 equal weights at equidistant delta, whose variance is 42/40 of what is stated
        "K-indegree of 41 equal nodes": in_degrees(1.5, -3.0, 2.0, 200.0, 0.3 * math.sqrt(42 / 40), 8000.0),
    }
    TARGET.write_text(json.dumps(numbers, indent=1) + "\n")
    print(TARGET.read_text())
