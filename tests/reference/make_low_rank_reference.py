"""Makes low_rank_reference.json: states of random plus low-rank couplings, phi = tanh, by plain numpy.

Averages are sums of Hermite coefficients (trapezoid in z), q(c) = sum a_n^2 r^n. Rank one: roots of 1/lam = <phi'> and
of the energy. Rank two: the map c <- (1 - d^2)^-1 [g^2 q(c) + (1 + omega^2) rho2 cos] on a Fourier grid of one period,
or of a window of ten. Exponents: lowest even level of -d^2 + 1 - g^2 <phi' phi'> by finite differences of fourth order.
With means: the three equations by fsolve.

Run: python tests/reference/make_low_rank_reference.py (two minutes of a core)
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq, fsolve

Z = np.linspace(-12.0, 12.0, 2401)
W = np.exp(-0.5 * Z * Z) / math.sqrt(2.0 * math.pi) * (Z[1] - Z[0])
TERMS = 1500
TARGET = Path(__file__).with_name("low_rank_reference.json")


def slope(x):
    return 1.0 / np.cosh(np.clip(x, -300.0, 300.0)) ** 2


class Averages:
    def __init__(self, c0, mean=0.0):
        x = mean + math.sqrt(c0) * Z
        f, d = np.tanh(x), slope(x)
        self.c0 = c0
        self.f, self.d = float(f @ W), float(d @ W)
        self.ff, self.dd = float(f**2 @ W), float(d**2 @ W)
        below, here = np.zeros_like(Z), np.exp(-0.25 * Z * Z)
        weight = W * np.exp(0.25 * Z * Z)
        self.a, self.b = np.empty(TERMS), np.empty(TERMS)
        for n in range(TERMS):
            self.a[n], self.b[n] = (f * weight) @ here, (d * weight) @ here
            below, here = here, (Z * here - math.sqrt(n) * below) / math.sqrt(n + 1.0)
        self.a, self.b = self.a**2, self.b**2

    def q(self, c):
        return np.polynomial.polynomial.polyval(np.asarray(c) / self.c0, self.a)

    def p(self, c):
        return np.polynomial.polynomial.polyval(np.asarray(c) / self.c0, self.b)

    def integral(self, c):
        r = np.asarray(c) / self.c0
        return self.c0 * r * np.polynomial.polynomial.polyval(r, self.a / np.arange(1, TERMS + 1))


def variance(slope_wanted):
    return brentq(lambda c0: Averages(c0).d - slope_wanted, 1e-6, 200.0, xtol=1e-15, rtol=1e-15)


def energy(av, g, c_inf):
    """2 [V(c0) - V(c_inf)]/d^2 with s = c_inf - g^2 q(c_inf)."""
    d = av.c0 - c_inf
    s = c_inf - g * g * av.q(c_inf)
    v = -0.5 * (av.c0**2 - c_inf**2) + g * g * (av.integral(av.c0) - av.integral(c_inf)) + s * d
    return 2.0 * v / d**2


def swing(av, g):
    return brentq(lambda c: energy(av, g, c), 1e-9 * av.c0, av.c0 * 0.995, xtol=1e-15, rtol=1e-15)


def level(potential, length, n):
    """Lowest even level of -d^2 + U on [0, length], cells of equal size, no slope at the ends; error h^2."""
    h = length / n
    t = (np.arange(n) + 0.5) * h
    diagonal = potential(t) + 2.0 / h**2
    diagonal[[0, -1]] -= 1.0 / h**2
    return float(eigh_tridiagonal(diagonal, np.full(n - 1, -1.0 / h**2), select="i", select_range=(0, 0))[0][0])


def exponent(potential, length):
    one, two, four = (level(potential, length, n) for n in (4000, 8000, 16000))
    better = [(4.0 * two - one) / 3.0, (4.0 * four - two) / 3.0]
    return math.sqrt(1.0 - (16.0 * better[1] - better[0]) / 15.0) - 1.0


def decaying(av, g, c_inf):
    """c(t) from the first integral, on its unstable direction: integrate backward from the tail."""
    kappa = math.sqrt(1.0 - g * g * float(av.p(c_inf)))
    s = c_inf - g * g * float(av.q(c_inf))
    eps, d0 = 1e-7, av.c0 - c_inf

    def rhs(_, y):
        return [y[1], -(y[0] - g * g * float(av.q(min(y[0], av.c0))) - s) * -1.0]

    end = 60.0 / kappa
    run = solve_ivp(
        rhs,
        (0.0, end),
        [c_inf + eps * d0, kappa * eps * d0],
        rtol=1e-12,
        atol=1e-14,
        dense_output=True,
        events=lambda _, y: y[1],
    )
    turn = next(t for t in run.t_events[0] if t > 1.0)

    def at(t):
        back = turn - np.asarray(t)
        return np.where(
            back > 0, run.sol(np.maximum(back, 0.0))[0], c_inf + eps * d0 * np.exp(kappa * np.minimum(back, 0))
        )

    return at, kappa


def structured(g, lam):
    av = Averages(variance(1.0 / lam))
    c_inf = swing(av, g)
    at, kappa = decaying(av, g, c_inf)
    return {
        "c0": av.c0,
        "c_inf": c_inf,
        "kappa": math.sqrt(c_inf - g * g * float(av.q(c_inf))),
        "lyapunov": exponent(lambda t: 1.0 - g * g * av.p(np.minimum(at(t), av.c0)), 40.0 / kappa),
    }


def rotating(g, a, b, periods, chaos):
    av, omega = Averages(variance(1.0 / a)), b / a
    n = 512 * periods
    t = np.arange(n) * (2.0 * math.pi / omega / 512)
    length = 2.0 * math.pi / omega * periods
    w = 2.0 * math.pi * np.fft.rfftfreq(n, t[1])
    wave = np.cos(omega * t)
    distance = np.minimum(t, length - t)
    c = av.c0 * (0.6 * wave + 0.4 * np.exp(-distance / 3.0)) if chaos else av.c0 * wave
    for _ in range(6000):
        held = np.fft.irfft(np.fft.rfft(g * g * av.q(np.clip(c, -av.c0, av.c0))) / (1.0 + w * w), n)
        rho2 = av.c0 - held[0]
        new = held + rho2 * wave
        change = float(np.max(np.abs(new - c)))
        c = 0.5 * (c + new)
        if change < 1e-14 * av.c0:
            break
    out = {"c0": av.c0, "omega": omega, "rho2": float(rho2), "kappa": math.sqrt((1.0 + omega**2) * rho2)}
    out["c_eighth_period"] = float(np.fft.irfft(np.fft.rfft(c) * np.exp(1j * w * 2.0 * math.pi / omega / 8.0), n)[0])
    if chaos:
        half = n // 2
        fine = np.fft.rfft(c)

        def potential(x):
            values = np.interp(x, np.arange(16 * half + 1) * t[1] / 16, dense[: 16 * half + 1])
            return 1.0 - g * g * av.p(np.clip(values, -av.c0, av.c0))

        dense = np.fft.irfft(np.append(fine, np.zeros(15 * half)), 16 * n) * 16
        out["lyapunov"] = exponent(potential, half * t[1])
    return out


def with_means(g, mm, mn, sm):
    def lacks(u):
        mean, c0, c_inf = u
        av = Averages(c0, mean)
        d = c0 - c_inf
        s = sm * (mn * av.f) ** 2
        v = -0.5 * (c0**2 - c_inf**2) + g * g * (av.integral(c0) - av.integral(c_inf)) + s * d
        return [mean - mm * mn * av.f, c_inf - g * g * float(av.q(c_inf)) - s, v / d**2]

    mean, c0, c_inf = fsolve(lacks, [1.58, 8.5, 8.0], xtol=1e-13)
    av = Averages(c0, mean)
    at, kappa = decaying(av, g, c_inf)
    return {
        "mu": mean,
        "c0": c0,
        "c_inf": c_inf,
        "lyapunov": exponent(lambda t: 1.0 - g * g * av.p(np.minimum(at(t), c0)), 40.0 / kappa),
    }


def with_input(g, lam, snn, alpha):
    def lacks(u):
        kappa, c0 = u
        av = Averages(c0)
        return [
            kappa - (lam * kappa + alpha * snn) * av.d,
            c0 - g * g * av.ff - kappa**2 - 2.0 * kappa * alpha * lam - alpha**2 * snn,
        ]

    kappa, c0 = fsolve(lacks, [0.5, 2.5], xtol=1e-13)
    return {"c0": c0, "kappa": kappa, "square": Averages(c0).ff}


def static(g, lam):
    av = Averages(variance(1.0 / lam))
    kappa = math.sqrt(av.c0 - g * g * av.ff)
    d = slope(math.sqrt(av.c0) * Z)
    third = float((d * (Z * Z - 1.0)) @ W) / av.c0
    spread = float((np.tanh(math.sqrt(av.c0) * Z) ** 2 * (Z * Z - 1.0)) @ W) / (2.0 * av.c0)
    a = np.array([[lam * (av.d + kappa**2 * third), lam * kappa * third], [g * g * spread * kappa, g * g * spread]])
    value = np.linalg.eigvals(a)[0]
    return {"c0": av.c0, "kappa": kappa, "radius": g * math.sqrt(av.dd), "outlier": [value.real, abs(value.imag)]}


def main():
    corrected = math.sqrt(4.0 * 0.8)
    cases = {
        "R-static-g0.8-l1.5": static(0.8, 1.5),
        "R-chaos-g2-l2.3": structured(2.0, 2.3),
        "R-chaos-g2.5-l3": structured(2.5, 3.0),
        "R-rot-g0.5-a1.5-b0.8": rotating(0.5, 1.5, 0.8, 1, False),
        "R-rot-g1.5-a2.5-b1.5": rotating(1.5, 2.5, 1.5, 1, False),
        "R-rotchaos": rotating(2.5, 3.0, 0.6, 8, True),
        "R-corrX": {"lam_out": corrected, **static(0.8, corrected)},
        "R-means": with_means(2.8, 1.0, 4.0, 1.0),
        "R-input": with_input(1.0, 0.8, 0.89, 1.0),
    }
    TARGET.write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
