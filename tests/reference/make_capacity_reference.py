"""Makes capacity_reference.json: capacities, margins and residuals of sign-constrained neurons, in 40 digits.

Scalar functions of the comparison theory, saddles and constrained optima as roots of gradients that are taken by
numerical differentiation in 40 digits (mpmath `diff` and `findroot`): no derivative by hand, no duality gap closed by
hand, no substitution of an optimal shift or angle.

    log alpha = 2 log( sqrt(a f_E G2(eta c_E)) + sqrt((1-a) f_I G2(-eta c_I)) + eta th ) - log J(k, Delta),
    J = p G2(Delta - k) + (1 - p) G2(-Delta - k)

is least in eta, largest in Delta and a. Margins: the same at a given alpha, by Lagrange multipliers. Starting points
come from a coarse grid. Residuals: the saddle of -beta^2 + beta sqrt(alpha)(tau + 1/tau) + E min_v [...], the average
piece by piece, norm^2 as the derivative with respect to the ridge.

Run: python tests/reference/make_capacity_reference.py (five minutes of a core) [--quick: prints the first of each kind]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

TARGET = Path(__file__).with_name("capacity_reference.json")
mp.mp.dps = 40

# (excitatory, cv, sd, positive)
PERCEPTRONS = [
    (0.8, (2**0.5, 1.0), (1.0, 2.0), 0.1),
    (0.3, (1.0, 1.0), (1.0, 1.0), 0.5),
    (0.2, (1.0, 0.5**0.5), (1.0, 3.0), 0.1),
    (0.8, ((0.7 / 0.3) ** 0.5, (0.85 / 0.15) ** 0.5), (0.21**0.5, 0.1275**0.5), 0.3),
    (0.55, (0.7, 1.9), (0.4, 1.1), 0.85),
]


def excess(x: Any, m: Any = mp) -> Any:
    """G2; m = mp.fp computes in plain floats, for grids of starting points."""
    return (1 + x * x) * m.erfc(x / m.sqrt(2)) / 2 - x * m.exp(-x * x / 2) / m.sqrt(2 * m.pi)


def cost(p: Any, k: Any, shift: Any, m: Any = mp) -> Any:
    """J."""
    return p * excess(shift - k, m) + (1 - p) * excess(-shift - k, m)


def bracket(perceptron: Any, a: Any, eta: Any, th: Any, m: Any = mp) -> Any:
    """The square root of C before it is least in eta."""
    f, cv, _, _ = perceptron
    e = m.sqrt(a * f * excess(eta / cv[0], m))
    return e + m.sqrt((1 - a) * (1 - f) * excess(-eta / cv[1], m)) + eta * th


def scale(perceptron: Any, a: Any, m: Any = mp) -> Any:
    """|w|/sqrt(q)."""
    sd = perceptron[2]
    return m.sqrt(a / m.mpf(sd[0]) ** 2 + (1 - a) / m.mpf(sd[1]) ** 2)


def gradient(function: Any, point: Any, index: int) -> Any:
    """One component of a gradient, by differences in 40 digits."""
    order = tuple(int(i == index) for i in range(len(point)))
    return mp.diff(function, tuple(point), order)


def capacity(perceptron: Any, margin: float, *, free: bool) -> Any:
    """Return alpha; `free` sets eta = 0, else th = 0."""

    def log_alpha(a: Any, shift: Any, eta: Any, m: Any = mp) -> Any:
        k = margin * scale(perceptron, a, m)
        return 2 * m.log(bracket(perceptron, a, eta, 0, m)) - m.log(cost(perceptron[3], k, shift, m))

    etas = [0.0] if free else [n / 10 for n in range(-30, 31)]
    share = max(_SHARES, key=lambda a: min(bracket(perceptron, a, eta, 0, mp.fp) for eta in etas))
    shift = min(_SHIFTS, key=lambda s: cost(perceptron[3], margin * scale(perceptron, share, mp.fp), s, mp.fp))
    eta = min(etas, key=lambda eta: bracket(perceptron, share, eta, 0, mp.fp))
    if free:
        x = mp.findroot(
            lambda a, s: [gradient(lambda *q: log_alpha(*q, mp.mpf(0)), (a, s), i) for i in (0, 1)], (share, shift)
        )
        return mp.exp(log_alpha(x[0], x[1], mp.mpf(0)))
    x = mp.findroot(lambda *q: [gradient(log_alpha, q, i) for i in range(3)], (share, shift, eta))
    return mp.exp(log_alpha(*x))


def input_margin(perceptron: Any, load: float, *, free: bool) -> Any:
    """Return kappa_in at a load, where alpha(kappa) = load, by a root of `capacity`."""
    return mp.findroot(lambda k: capacity(perceptron, k, free=free) - load, (0.2, 0.3), solver="secant", tol=1e-20)


def scaled_margin(perceptron: Any, load: float) -> Any:
    """Return kappa_0 = max k/th on sqrt(C(th)) = sqrt(load J): unknown a, shift, eta, k, th."""

    def gap(a: Any, shift: Any, eta: Any, k: Any, th: Any) -> Any:
        return bracket(perceptron, a, eta, th) - mp.sqrt(load * cost(perceptron[3], k, shift))

    def equations(*q: Any) -> Any:
        k, th = q[3:]
        by = [gradient(gap, q, i) for i in range(5)]
        return [gap(*q), by[0], by[1], by[2], -by[4] / by[3] - k / th]  # dk/dth = k/th

    x = mp.findroot(equations, (mp.mpf("0.6"), mp.mpf("-0.8"), mp.mpf("0.2"), mp.mpf("0.05"), mp.mpf("0.1")))
    return x[3] / x[4]


def finite_margin(perceptron: Any, load: float, size: int, bound: float) -> Any:
    """Return kappa_out at N with |w| = bound: the largest k/r with th = (r/bound + shift)/sqrt(N)."""

    def gap(a: Any, shift: Any, eta: Any, k: Any) -> Any:
        th = (scale(perceptron, a) / bound + shift) / mp.sqrt(size)
        return bracket(perceptron, a, eta, th) - mp.sqrt(load * cost(perceptron[3], k, shift))

    def equations(*q: Any) -> Any:
        a, _, _, k = q
        by = [gradient(gap, q, i) for i in range(4)]
        slope = mp.diff(lambda a: scale(perceptron, a), a) / scale(perceptron, a)
        return [gap(*q), by[1], by[2], -by[0] / by[3] - k * slope]

    x = mp.findroot(equations, (mp.mpf("0.7"), mp.mpf("-0.4"), mp.mpf("0.5"), mp.mpf("1.0")))
    return bound * x[3] / scale(perceptron, x[0])


def finite_capacity(perceptron: Any, size: int) -> Any:
    """Return the largest load at N with the threshold negligible: th = shift/sqrt(N)."""

    def log_alpha(a: Any, shift: Any, eta: Any) -> Any:
        th = shift / mp.sqrt(size)
        return 2 * mp.log(bracket(perceptron, a, eta, th)) - mp.log(cost(perceptron[3], 0, shift))

    x = mp.findroot(
        lambda *q: [gradient(log_alpha, q, i) for i in range(3)], (mp.mpf("0.5"), mp.mpf("-0.9"), mp.mpf("-0.4"))
    )
    return mp.exp(log_alpha(*x))


def regression(kinds: Any, load: float, low: float, high: float, ridge: float) -> tuple[Any, Any]:
    """Return the residual and the norm; kinds are (fraction, sd)."""

    def saddle(beta: Any, tau: Any, ridge: Any) -> Any:
        value = -beta * beta + beta * mp.sqrt(load) * (tau + 1 / tau)
        for fraction, sd in kinds:
            bend = beta * mp.sqrt(load) / tau + ridge / mp.mpf(sd) ** 2
            value += fraction * _average_of_least(beta, bend, low * sd, high * sd)
        return value

    ridge_ = mp.mpf(ridge)
    beta, tau = mp.findroot(
        lambda b, t: [gradient(lambda b, t: saddle(b, t, ridge_), (b, t), i) for i in (0, 1)],
        (mp.sqrt(load) * mp.mpf("0.8"), mp.mpf("1.1")),
        tol=1e-30,
    )
    square = mp.diff(lambda r: saddle(beta, tau, r), ridge_)
    return beta**2 / load, mp.sqrt(square)


def _average_of_least(beta: Any, bend: Any, low: float, high: float) -> Any:
    """Return E min_v (bend v^2 - 2 beta g v) over low <= v <= high, g standard normal, piece by piece."""

    def moments(a: Any, b: Any) -> tuple[Any, Any, Any]:
        """Integrals of 1, g, g^2 over (a, b)."""
        bell = [mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) if mp.isfinite(x) else mp.mpf(0) for x in (a, b)]
        edge = [x * y if mp.isfinite(x) else mp.mpf(0) for x, y in zip((a, b), bell, strict=True)]
        mass = (mp.erfc(a / mp.sqrt(2)) - mp.erfc(b / mp.sqrt(2))) / 2
        return mass, bell[0] - bell[1], mass + edge[0] - edge[1]

    infinite = mp.mpf("inf")
    a = low * bend / beta if np.isfinite(low) else -infinite
    b = high * bend / beta if np.isfinite(high) else infinite
    value = -(beta**2) / bend * moments(a, b)[2]
    for bound, (start, end) in ((low, (-infinite, a)), (high, (b, infinite))):
        if np.isfinite(bound):
            mass, first, _ = moments(start, end)
            value += bend * bound**2 * mass - 2 * beta * bound * first
    return value


_SHARES = [n / 40 for n in range(1, 40)]
_SHIFTS = [n / 20 for n in range(-50, 51)]


def numbers(quick: bool) -> list[dict[str, Any]]:
    """Return every number with what it is of."""
    rows: list[dict[str, Any]] = []

    def add(quantity: str, value: Any, **of: Any) -> None:
        rows.append({"quantity": quantity, "value": float(value), **of})
        print(rows[-1], flush=True)

    for perceptron in PERCEPTRONS[: 1 if quick else None]:
        for margin in (0.0, 0.25):
            for free in (True, False):
                name = "free capacity" if free else "balanced capacity"
                add(name, capacity(perceptron, margin, free=free), perceptron=perceptron, margin=margin)
    first, binary = PERCEPTRONS[0], PERCEPTRONS[3]
    for load in (0.6, 1.5):
        add("free input margin", input_margin(first, load, free=True), perceptron=first, load=load)
        add("balanced input margin", input_margin(first, load, free=False), perceptron=first, load=load)
        if quick:
            return rows
    for load in (1.7, 1.9):
        add("scaled output margin", scaled_margin(first, load), perceptron=first, load=load)
    for size in (60, 120):
        value = finite_margin(binary, 0.25, size, 1.0)
        add("finite output margin", value, perceptron=binary, load=0.25, size=size, bound=1.0)
    sheet = (0.2, (1.0, 0.5**0.5), (1.0, 1.0), 0.1)
    for size in (100, 200):
        add("finite capacity", finite_capacity(sheet, size), perceptron=sheet, size=size)
    fits = [
        ([(1.0, 1.0)], 1.0, 0.0, np.inf, 0.0),
        ([(0.6, 1.0), (0.4, 2.0)], 1.3, 0.0, 0.7, 0.0),
        ([(0.6, 1.0), (0.4, 2.0)], 0.4, 0.1, 0.9, 0.2),
        ([(1.0, 1.5)], 0.8, -np.inf, np.inf, 0.5),
    ]
    for kinds, load, low, high, ridge in fits:
        residual, norm = regression(kinds, load, low, high, ridge)
        of = {"kinds": kinds, "load": load, "low": _plain(low), "high": _plain(high), "ridge": ridge}
        add("regression residual", residual, **of)
        add("regression norm", norm, **of)
    return rows


def _plain(bound: float) -> Any:
    return None if np.isinf(bound) else bound


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    found = numbers(quick)
    if not quick:
        text = json.dumps(found, indent=1)
        Path(__file__).with_name("capacity_reference.json").write_text(text + "\n", encoding="utf-8")
