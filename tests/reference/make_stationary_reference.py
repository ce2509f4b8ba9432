"""Makes stationary_reference.json: chaotic states of tanh and erf networks by methods that share nothing with dmft.

* C^x(0): c0^2 = 2 g^2 Var[Phi(x)], Phi' = phi, x ~ N(0, c0) [Sompolinsky, Crisanti & Sommers 1988], with mpmath at 30
  digits (trapezoidal rule, secant root).
* C^x(lag): Hermite (Mehler) series of phi; C = c0 sech u, u' = sqrt(h), h a series of positive terms, integrated by an
  adaptive Runge-Kutta method of order 8 (rtol 1e-13).
* lambda: even-sector sinc collocation of -d^2 + 1 - g^2 <phi' phi'>, dense symmetric eigenproblem.

Run: python tests/reference/make_stationary_reference.py (about a minute)
"""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import eigh
from scipy.special import erf

GAINS = (1.05, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
LAGS = (0.5, 2.0, 5.0, 10.0, 20.0)
DIGITS = 30


def mp_average(function, variance):
    scale = mpmath.sqrt(variance)
    previous = None
    for level in range(3, 12):
        h = mpmath.mpf(1) / 2**level
        n = int(13 / h)
        value = h * mpmath.fsum(mpmath.exp(-((k * h) ** 2) / 2) * function(scale * k * h) for k in range(-n, n + 1))
        if previous is not None and abs(value - previous) < mpmath.mpf(10) ** -28 * abs(value):
            return value / mpmath.sqrt(2 * mpmath.pi)
        previous = value
    raise ArithmeticError("no agreement")


def mp_log_cosh(x):
    return mpmath.log(mpmath.cosh(x))


def mp_erf_integral(x):
    a = mpmath.sqrt(mpmath.pi) / 2
    return x * mpmath.erf(a * x) + (mpmath.exp(-((a * x) ** 2)) - 1) / (a * mpmath.sqrt(mpmath.pi))


def mp_variance(integral, gain, start):
    def energy(c0):
        mean = mp_average(integral, c0)
        return 1 - 2 * gain**2 * (mp_average(lambda x: integral(x) ** 2, c0) - mean**2) / c0**2

    return mpmath.findroot(energy, (start, start * mpmath.mpf("1.001")), solver="secant", tol=1e-25, verify=False)


def hermite_squares(phi, c0, n_terms):
    """Squared Hermite coefficients of phi(sqrt(c0) z), odd orders up to n_terms."""
    step = min(0.2 / math.sqrt(c0), 0.9 / math.sqrt(n_terms))
    z = np.arange(-13.0, 13.0 + step, step)
    weight = np.exp(-(z**2) / 4) / math.sqrt(2 * math.pi) * step
    values = phi(math.sqrt(c0) * z) * weight
    low, high = np.exp(-(z**2) / 4), z * np.exp(-(z**2) / 4)
    out = np.zeros(n_terms + 1)
    out[1] = values @ high
    for n in range(1, n_terms):
        low, high = high, (z * high - math.sqrt(n) * low) / math.sqrt(n + 1)
        out[n + 1] = values @ high
    return out**2


def time_course(squares, gain, c0, lags):
    n = np.arange(len(squares))
    b = (2 * gain**2 / c0) * squares / (n + 1)
    b /= b.sum()
    odd = b[1::2]  # orders 1, 3, 5, ...
    tails = np.cumsum(odd[::-1])[::-1]
    coefficients = tails[1:][::-1]  # B_k, highest power of r^2 first

    def rate(_, u):
        r2 = 1 / np.cosh(u) ** 2
        return np.sqrt(np.polyval(coefficients, r2))

    answer = solve_ivp(rate, (0, lags[-1]), [0.0], t_eval=lags, method="DOP853", rtol=1e-13, atol=1e-14)
    return c0 / np.cosh(answer.y[0])


def exponent(squares, gain, c0):
    n = np.arange(len(squares))
    slope_squares = (n * squares)[1:] / c0  # of <phi' phi'>, even powers of r
    at_infinity = slope_squares[0]
    kappa = math.sqrt(1 - gain**2 * at_infinity)
    step = min(0.18 / kappa, 0.4 / gain, 0.5)
    count = int(34 / kappa / step)
    t = step * np.arange(count + 1)
    r = time_course(squares, gain, c0, t) / c0
    potential = 1 - gain**2 * np.polyval(slope_squares[::2][::-1], r**2)
    i = np.arange(count + 1)

    def second_derivative(k):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(k == 0, -(math.pi**2) / 3, -2.0 * (-1.0) ** k / k.astype(float) ** 2) / step**2

    d2 = second_derivative(np.abs(i[:, None] - i)) + second_derivative(i[:, None] + i)
    d2[:, 0] /= 2
    scale = np.ones(count + 1)
    scale[0] = math.sqrt(2)  # makes the even sector symmetric
    matrix = -d2 / scale[:, None] * scale[None, :] + np.diag(potential)
    level = eigh((matrix + matrix.T) / 2, eigvals_only=True, subset_by_index=[0, 0])[0]
    return -1 + math.sqrt(1 - level)


def main():
    mpmath.mp.dps = DIGITS + 10
    rows = []
    for name, phi, integral in (
        ("Tanh", np.tanh, mp_log_cosh),
        ("Erf", lambda x: erf(math.sqrt(math.pi) / 2 * x), mp_erf_integral),
    ):
        for gain in GAINS if name == "Tanh" else (1.2, 2.0, 5.0):
            g = mpmath.mpf(str(gain))
            start = g - 1 if gain < 1.6 else g**2 * (2 * (1 - 2 / mpmath.pi)) * (1 - 1 / g)
            c0 = mp_variance(integral, g, start)
            n_terms = 4001 if gain > 6 else 2001 if gain > 2.5 else 601
            squares = hermite_squares(phi, float(c0), n_terms)
            rows.append(
                {
                    "nonlinearity": name,
                    "g": gain,
                    "variance": mpmath.nstr(c0, 22),
                    "lags": LAGS,
                    "corr_x": [float(v) for v in time_course(squares, gain, float(c0), np.array(LAGS))],
                    "lyapunov_exponent": exponent(squares, gain, float(c0)),
                }
            )
            print(rows[-1], flush=True)
    Path(__file__).with_name("stationary_reference.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
