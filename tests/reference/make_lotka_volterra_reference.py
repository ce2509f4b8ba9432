"""Makes lotka_volterra_reference.json: the fixed point of Lotka-Volterra equations in 20 digits, by mpmath.

    x = (w + sqrt(w^2 + 4 v lambda))/(2 v),  w = K - mu m + sigma sqrt(q) z,  v = 1 - gamma sigma^2 chi,
    m = <x>,  q = <x^2>,  chi = <dx/dw>,
in these variables: damped iteration, then Newton's method by differences; averages by panels of mpmath broken where
w changes sign. phi = P(x > sqrt(lambda)), growth = sigma^2 <(dx/dw)^2>.
Run: python tests/reference/make_lotka_volterra_reference.py (minutes)
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 22
TARGET = Path(__file__).with_name("lotka_volterra_reference.json")
# mu, sigma, gamma, lambda, K
CASES = [
    (4, 0.8, 0, 0, 1),
    (4, 0.8, 0.5, 0, 1),
    (4, 1.2, -0.5, 0, 1),
    (-0.5, 0.5, 0, 0, 1),
    (-0.87, 0.8, 0, 0, 1),
    (1, 0.69, 1, 0, 1),
    (2, 5, -1, 0, 1),
    (0, 0.05, 0.3, 0, 2.5),
    (4, 0.8, 0, 1e-3, 1),
    (4, 0.8, 0.5, 1e-8, 1),
    (4, 1.2, -0.5, 0.3, 0.7),
    (4, 1.5, 0, 1e-1, 1),
    (-0.87, 0.8, 0, 1e-2, 1),
    (10, 2, -1, 1e-4, 1),
    (100, 0.5, 0.9, 1e-2, 1),
]


def averages(mu, sigma, gamma, rate, capacity, m, q, chi):
    """Return <x>, <x^2>, <dx/dw>, <(dx/dw)^2> and the place where w = 0."""
    v = 1 - gamma * sigma**2 * chi
    s = sigma * mp.sqrt(q)
    a = capacity - mu * m
    corner, width = -a / s, mp.sqrt(4 * v * rate) / s

    known = {}

    def each(z):
        if z not in known:
            known[z] = (*species(z), mp.npdf(z))
        return known[z]

    def species(z):
        w = a + s * z
        if rate == 0:
            return (w / v, 1 / v) if w > 0 else (mp.mpf(0), mp.mpf(0))
        r = mp.sqrt(w * w + 4 * v * rate)
        x = (w + r) / (2 * v) if w > 0 else 2 * rate / (r - w)
        return x, x / r

    breaks = {mp.mpf(k) for k in (-12, -6, -3, 0, 3, 6, 12)}
    near = [corner] if rate == 0 else [corner + k * width for k in (-100, -10, -3, -1, 0, 1, 3, 10, 100)]
    breaks |= {z for z in near if -12 < z < 12}
    edges = sorted(breaks)

    def mean(f):
        return mp.quad(lambda z: f(*each(z)[:2]) * each(z)[2], edges)

    parts = mean(lambda x, d: x), mean(lambda x, d: x * x), mean(lambda x, d: d), mean(lambda x, d: d * d)
    return (*parts, mp.ncdf(-(corner - (1 - v) * mp.sqrt(rate) / s)))


def begun(mu, sigma, gamma, rate, capacity):
    """Return m, sqrt(q) and chi to some digits, by damped iteration on a plain grid."""
    z = np.linspace(-9.0, 9.0, 2001)
    weights = np.exp(-0.5 * z**2)
    weights /= weights.sum()
    m, root, chi = 0.3 * capacity / (1.0 + max(mu, 0.0)), 0.3 * capacity, 0.5
    step = 0.5 / (1.0 + abs(mu))
    for _ in range(20000):
        v = 1.0 - gamma * sigma**2 * chi
        w = capacity - mu * m + sigma * root * z
        r = np.sqrt(w**2 + 4.0 * v * rate + 1e-12)
        x = (w + r) / (2.0 * v)
        new = weights @ x, np.sqrt(weights @ x**2), weights @ (x / r)
        m, root, chi = m + step * (new[0] - m), root + step * (new[1] - root), chi + step * (new[2] - chi)
    return tuple(map(float, (m, root, chi)))


def solved(case):
    mu, sigma, gamma, rate, capacity = map(mp.mpf, case)

    def left(m, root, chi):
        new = averages(mu, sigma, gamma, rate, capacity, m, root**2, chi)
        return [new[0] - m, new[1] - root**2, new[2] - chi]

    m, root, chi = mp.findroot(left, begun(*map(float, case)), tol=mp.mpf(10) ** -36, maxsteps=60)
    q = root**2
    found = averages(mu, sigma, gamma, rate, capacity, m, q, chi)
    assert max(abs(found[0] / m - 1), abs(found[1] / q - 1), abs(found[2] / chi - 1)) < mp.mpf(10) ** -16
    return {"mean": m, "square": q, "response": chi, "survival": found[4], "growth": sigma**2 * found[3]}


def main():
    names = ("mu", "sigma", "symmetry", "immigration", "capacity")
    rows = []
    for case in CASES:
        found = {name: mp.nstr(number, 17) for name, number in solved(case).items()}
        rows.append(dict(zip(names, map(float, case), strict=True)) | found)
        print(rows[-1], flush=True)
    TARGET.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
