"""Makes kinked_reference.json: C^x(0) and lambda of chaotic states of kinked and steep nonlinearities, undriven.

Averages at one covariance are the nested quadrature of `make_averages_reference.py`. With K(c) = <phi phi>:
* c_inf = g^2 K(c_inf) by a root in 0 <= c < C(0); C(0) from (C(0)^2 - c_inf^2)/2 = g^2 int K, the
  integral as E[Phi Phi], Phi' = phi by hand: a root in C(0), nothing is integrated over c.
* lambda: no lags at all. -psi'' + (1 - g^2 K'(C)) psi = E psi becomes a Riccati equation for w = psi'/psi, with C
  itself as the variable: dt = -dC/sqrt(U(C)), U the energy. Integrated from the tail, w = -sqrt(kappa^2 - E), to C(0),
  where w = 0 fixes E (Runge-Kutta of order 8, rtol 1e-11; K and K' as Chebyshev series in arcsinh of sqrt(C(0) - C)).

Each row holds the difference that a shorter series and an earlier start in the tail make to lambda.

Run: python tests/reference/make_kinked_reference.py (about a minute)
"""

import json
import math
from pathlib import Path

import numpy as np
from make_averages_reference import CASES, bivariate, log_cosh
from numpy.polynomial.chebyshev import Chebyshev
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

PLACES = CASES | {
    "tanh(x)**3": (
        lambda x: np.tanh(x) ** 3,
        lambda x: 3 * np.tanh(x) ** 2 * np.cosh(np.minimum(np.abs(x), 300)) ** -2,
        lambda x: log_cosh(x) - 0.5 * np.tanh(x) ** 2,
        [(0.0, 1.0)],
    )
}
# nonlinearity, g, bracket of C(0), scale of the bend in sqrt(C(0) - C)
STATES = [
    ("x/(1+abs(x))", 3.3, (2.0, 4.0), 0.5),
    ("tanh(Max(x,0))", 3.3, (2.5, 4.0), 0.5),
    ("Max(-1,Min(1,x))", 1.27, (0.4, 1.2), 0.3),
    ("Max(-1,Min(1,x))", 3.3, (5.0, 9.0), 0.5),
    ("tanh(20*(x-1))", 3.3, (7.0, 10.0), 0.05),
    ("tanh(x)**3", 4.0, (8.0, 10.0), 0.5),
]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
S, W = 0.5 * (NODES + 1), 0.5 * WEIGHTS


def asymptote(name, g, c0):
    phi, _, _, places = PLACES[name]

    def force(c):
        return g * g * bivariate([phi], places, c0, c)[0] - c

    if abs(force(0.0)) < 1e-13:
        return 0.0
    trial = np.linspace(0.0, 0.98, 50) * c0
    below = next((c for c in trial if force(c) < 0), None)
    return None if below is None else brentq(force, 0.0, below, xtol=1e-15)


def energy(name, g, c0):
    _, _, integral, places = PLACES[name]
    c_inf = asymptote(name, g, c0)
    if c_inf is None:
        return -1.0
    rise = np.subtract(*(bivariate([integral], places, c0, c)[0] for c in (c0, c_inf)))
    return 0.5 * (c0**2 - c_inf**2) - g * g * rise


def exponent(name, g, c0, bend, order, start):
    phi, slope, _, places = PLACES[name]
    c_inf = asymptote(name, g, c0)
    d0 = c0 - c_inf
    end = math.asinh(math.sqrt(d0) / bend)

    def series(index):
        def values(q):
            drops = (bend * np.sinh(q)) ** 2
            return np.array([bivariate([(phi, slope)[index]], places, c0, max(c0 - s, c_inf))[0] for s in drops])

        return Chebyshev.interpolate(values, order, domain=[0.0, end])

    k, k_slope = series(0), series(1)

    def well(drop):
        return 1 - g * g * k_slope(np.arcsinh(np.sqrt(drop) / bend))

    def from_tail(d):
        # U = 2 int_0^d (d - s)(1 - g^2 K'(c_inf + s)) ds
        return d * d * float(2 * W @ ((1 - S) * well(np.maximum(d0 - d * S, 0.0))))

    def over_square(u):
        # U / u^2 with U = 2 int (g^2 K - C) dC from the top, C = C(0) - (u s)^2
        q_end = math.asinh(u / bend)
        q = q_end * S
        p = bend * np.sinh(q)
        force = g * g * k(q) - (c0 - p * p)
        return float(4 * W @ (force * p * bend * np.cosh(q))) * q_end / (u * u) if u > 0 else 2 * (g * g * k(0.0) - c0)

    kappa2 = float(well(d0))

    def end_slope(e):
        def tail(y, w):
            d = math.exp(y)
            return -(well(d0 - d) - e - w * w) * d / math.sqrt(from_tail(d))

        def top(u, w):
            return (well(u * u) - e - w * w) * 2 / math.sqrt(over_square(u))

        half = 0.3 * d0
        setting = dict(method="DOP853", rtol=1e-11, atol=1e-12)
        first = solve_ivp(tail, (math.log(start * d0), math.log(half)), [-math.sqrt(kappa2 - e)], **setting).y[:, -1]
        return solve_ivp(top, (math.sqrt(d0 - half), 0.0), first, **setting).y[0, -1]

    # w(0) rises with E from below zero at the bottom of the well to infinity at E = 0, the odd level (C' itself).
    bottom = float(well(0.0))
    level = brentq(lambda e: math.atan(end_slope(e)), bottom, min(1e-6 * bottom, -1e-9), xtol=1e-12)
    return -1 + math.sqrt(1 - level)


def main():
    rows = []
    for name, g, bracket, bend in STATES:
        c0 = brentq(lambda c, name=name, g=g: energy(name, g, c), *bracket, xtol=1e-14, rtol=1e-14)
        best, other = (exponent(name, g, c0, bend, *how) for how in ((96, 1e-5), (72, 1e-4)))
        rows.append(dict(nonlinearity=name, g=g, variance=c0, exponent=best, uncertainty=abs(best - other)))
        print(rows[-1], flush=True)
    text = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_name("kinked_reference.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
