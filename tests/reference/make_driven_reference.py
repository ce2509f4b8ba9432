"""Makes driven_reference.json: balanced ReLU networks under a sinusoid, by Fourier series in two times.

h_i = m + x_i, m' = -m + sqrt(K) (I0 - J0 <relu>) + input, x Gaussian, (1 + d/dt)(1 + d/dt') c = g^2 <relu relu>.
With the lag on a circle of M periods and the first time on a circle of one period T,
    c(t, t + lag) = sum c_kl exp(i k W t + i l W lag/M),   W = 2 pi/T,
both derivatives are numbers, and the equation is c = [g^2 <relu relu>]_kl/((1 + i w)(1 + i w')), iterated with
Anderson's mixing. A locked state is M = 1 (x repeats itself); a chaotic one has forgotten at half the circle of M > 1.
Phases of one's own: the mean of h is m + A cos(theta), A = I1/sqrt(1 + W^2), the averages are taken over theta, and c
depends on the lag only. `gaussian` has a Gaussian of the covariance A^2/2 cos(W lag) in place of that cosine.
Averages at two times in closed form (Owen's T). The exponent is that lambda at which the largest eigenvalue of
g^2 <relu' relu'>/((1 + lambda + i w)(1 + lambda + i w')) is one. Steps h and h/2, extrapolated in h^2; `error` is the
difference of the finer and the extrapolated one. Critical amplitudes are the zeros of the exponent of the locked state
(the chaotic state ends there: test_the_exponent_changes_sign_there). numpy and scipy alone.

Run: python tests/reference/make_driven_reference.py (25 minutes of a core) [--missing: only what the
file does not have] [--quick (4 minutes): those which take seconds, beside the numbers of the file; writes nothing]
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.fft import fft2, ifft2
from scipy.optimize import brentq
from scipy.sparse.linalg import LinearOperator, eigs
from scipy.special import ndtr, owens_t

TARGET = Path(__file__).with_name("driven_reference.json")


def density(x: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def both_positive(a: np.ndarray, b: np.ndarray, r: np.ndarray) -> np.ndarray:
    """P(a + z > 0, b + z' > 0), standard normal of correlation r [Owen 1956]."""
    w = np.sqrt((1 - r) * (1 + r))
    a, b = (np.where(np.abs(x) < 1e-9, 1e-9, x) for x in (a, b))
    shared = owens_t(a, (b - r * a) / (a * w)) + owens_t(b, (a - r * b) / (b * w))
    return 0.5 * (ndtr(a) + ndtr(b)) - shared - 0.5 * (a * b < 0)


def relu_pair(m1, v1, m2, v2, c) -> tuple[np.ndarray, np.ndarray]:
    """<relu(x) relu(y)> and <relu'(x) relu'(y)>."""
    s1, s2 = np.sqrt(v1), np.sqrt(v2)
    a, b, r = m1 / s1, m2 / s2, np.clip(c / (s1 * s2), -1 + 1e-14, 1 - 1e-14)
    w2 = (1 - r) * (1 + r)
    w, p = np.sqrt(w2), both_positive(a, b, r)
    edges = a * density(b) * ndtr((a - r * b) / w) + b * density(a) * ndtr((b - r * a) / w)
    corner = w * np.exp(-0.5 * (a * a + b * b - 2 * a * b * r) / w2) / (2 * math.pi)
    return s1 * s2 * ((a * b + r) * p + edges + corner), p


@dataclass(frozen=True)
class Driven:
    """One network and drive: `phases` is common, random or gaussian; n points a period, a circle of M periods."""

    g: float
    size: float
    amplitude: float
    frequency: float
    phases: str
    n: int
    periods: int = 1

    def __post_init__(self) -> None:
        omega = 2 * math.pi * self.frequency
        k = omega * self.n * np.fft.fftfreq(self.n)
        w2 = (omega * self.n * np.fft.fftfreq(self.n * self.periods))[None, :]
        put = object.__setattr__
        put(self, "w", (k[:, None] - w2, w2) if self.phases == "common" else (-w2, w2))
        put(self, "root", math.sqrt(self.size))
        put(self, "later", (np.arange(self.n)[:, None] + np.arange(self.n * self.periods)[None, :]) % self.n)
        put(self, "cosine", np.cos(2 * math.pi * np.arange(self.n) / self.n))
        put(self, "sine", np.sin(2 * math.pi * np.arange(self.n) / self.n))
        put(self, "deflection", self.amplitude / math.hypot(1, omega))
        put(self, "diff", np.real(np.fft.ifft(1j * k[:, None] * np.fft.fft(np.eye(self.n), axis=0), axis=0)))

    def means(self, c: np.ndarray, m: np.ndarray) -> np.ndarray:
        """Mean of h at each time of the period (phase of the drive), by Newton's method at this variance."""
        v = self.variance(c)
        swing = self.deflection * self.cosine if self.phases == "random" else 0.0
        for _ in range(60):
            s = np.sqrt(v)
            rate, slope = m * ndtr(m / s) + s * density(m / s), ndtr(m / s)
            if self.phases == "common":
                excess = self.diff @ m + m - self.root * (1 - rate) - self.amplitude * self.sine
                step = np.linalg.solve(self.diff + np.diag(1 + self.root * slope), excess)
            else:
                base = np.mean(m)
                excess = base - self.root * (1 - np.mean(rate))
                step = excess / (1 + self.root * np.mean(slope))
                m = base + swing + 0 * m
            m = m - step * min(1.0, 0.5 * float(np.min(s)) / (1e-300 + float(np.max(np.abs(step)))))
            if np.max(np.abs(step)) < 1e-12 * np.max(s):
                break
        return m

    def variance(self, c: np.ndarray) -> np.ndarray:
        v = c[:, 0]
        return v + 0.5 * self.deflection**2 if self.phases == "gaussian" else v

    def pairs(self, c: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        v = self.variance(c)
        if self.phases == "gaussian":
            c = c + 0.5 * self.deflection**2 * self.cosine[self.later[:1]]
            return relu_pair(m[:1, None], v[:1, None], m[:1, None], v[:1, None], c[:1])
        q, p = relu_pair(m[:, None], v[:, None], m[self.later], v[self.later], c)
        if self.phases == "random":
            q, p = (np.mean(x, axis=0, keepdims=True) for x in (q, p))
        return q, p

    def filtered(self, values: np.ndarray, rate: float = 0.0) -> np.ndarray:
        return np.real(ifft2(fft2(values) / ((1 + rate + 1j * self.w[0]) * (1 + rate + 1j * self.w[1]))))

    def start(self) -> tuple[np.ndarray, np.ndarray]:
        """A frozen state (M = 1), or one that forgets within a few tau."""
        lag = np.arange(self.n * self.periods) / (self.n * self.frequency)
        lag = np.minimum(lag, lag[-1] + lag[1] - lag)
        shape = np.ones_like(lag) if self.periods == 1 else 0.75 + 0.25 / np.cosh(lag / 3)
        return np.broadcast_to(40.0 * shape, (self.n, len(lag))).copy(), np.full(self.n, -2.5)

    def solved(self, start=None, tol: float = 1e-10, depth: int = 10, most: int = 400):
        """Iterate to max |new - c| < tol c(0); return c and m."""
        c, m = start or self.start()
        xs: list[np.ndarray] = []
        fs: list[np.ndarray] = []
        for _ in range(most):
            m = self.means(c, m)
            new = np.broadcast_to(self.filtered(self.g**2 * self.pairs(c, m)[0]), c.shape)
            rest = new - c
            if np.max(np.abs(rest)) < tol * np.max(c):
                return c, m
            xs, fs = [*xs[-depth:], c], [*fs[-depth:], rest]
            c = c + rest
            if len(fs) > 2:
                df = np.array([(fs[i + 1] - fs[i]).ravel() for i in range(len(fs) - 1)])
                dx = np.array([(xs[i + 1] - xs[i]).ravel() for i in range(len(xs) - 1)])
                weights = np.linalg.lstsq(df @ df.T, df @ rest.ravel(), rcond=1e-13)[0]
                c = c - (weights @ (dx + df)).reshape(c.shape)
            if np.min(c[:, 0]) <= 0:
                raise ArithmeticError(f"variance below zero: {self}")
        raise ArithmeticError(f"no convergence, {np.max(np.abs(rest)) / np.max(c):.1e}: {self}")

    def exponent(self, c: np.ndarray, m: np.ndarray) -> float:
        weight = self.g**2 * self.pairs(c, m)[1]
        vector = np.where(weight > np.median(weight), 1.0, 0.5)

        def excess(rate: float) -> float:
            nonlocal vector

            def apply(x: np.ndarray) -> np.ndarray:
                return self.filtered(weight * x.reshape(weight.shape), rate).ravel()

            shape = (weight.size, weight.size)
            value, found = eigs(LinearOperator(shape, apply, dtype=float), k=1, v0=vector.ravel(), tol=1e-11)
            vector = np.abs(found[:, 0].real)
            return float(value[0].real) - 1.0

        return brentq(excess, -0.7, 0.6, xtol=1e-9)


def of(case: dict, amplitude: float, n: int, periods: int = 1, start=None):
    state = Driven(case["g"], case["size"], amplitude, case["frequency"], case["phases"], n, periods)
    c, m = state.solved(start)
    return state.exponent(c, m), (c, m)


def extrapolated(coarse: float, fine: float, ratio: float = 2.0) -> tuple[float, float]:
    value = fine + (fine - coarse) / (ratio**2 - 1)
    return value, abs(value - fine)


def points(case: dict) -> int:
    """Even number of points a period, steps of .16 or less."""
    return case.get("refined", 1) * max(24, 4 * math.ceil(1 / case["frequency"] / 0.16 / 4))


def exponent(case: dict) -> tuple[float, float]:
    periods = case.get("periods", 1)
    n = points(case)
    pair = case.get("points", (n, 2 * n))
    return extrapolated(*(of(case, case["amplitude"], k, periods)[0] for k in pair), pair[1] / pair[0])


def critical(case: dict) -> tuple[float, float]:
    """The zero of the locked exponent; from amplitudes above, where the iteration contracts."""
    n, roots = points(case), []
    for k in (n, 2 * n):
        last = None

        def value(amplitude: float, k: int = k) -> float:
            nonlocal last
            rate, last = of(case, amplitude, k, start=last)
            return rate

        low, high = (f * case["guess"] for f in (0.97, 1.05))
        roots.append(brentq(value, low, high, xtol=1e-5 * case["guess"]))
    return extrapolated(*roots)


def cases() -> dict[str, list[dict]]:
    base = dict(g=2.0, size=5000.0, frequency=0.2)
    root = math.sqrt(5000.0)
    common, random = dict(base, phases="common"), dict(base, phases="random")
    amplitudes = [
        dict(common, frequency=f, guess=x) for f, x in ((0.2, 64.94), (0.3, 64.52), (1.0, 67.87), (0.15, 65.9))
    ]
    amplitudes += [dict(common, g=1.6, guess=0.43629 * root)]
    amplitudes += [
        dict(common, size=s, guess=x * math.sqrt(s)) for s, x in ((1e3, 0.9496), (3e4, 0.906), (3e5, 0.9036))
    ]
    found = ((0.05, 2.962), (0.1, 2.7245), (0.2, 4.0006), (0.3, 5.6), (1.0, 17.6), (2.0, 34.9), (3.0, 52.3))
    amplitudes += [dict(random, frequency=f, guess=x) for f, x in found]
    amplitudes += [dict(random, g=1.6, guess=1.315), dict(base, phases="gaussian", guess=4.155)]
    amplitudes += [dict(random, size=s, guess=x) for s, x in ((1e3, 4.13), (3e4, 3.945), (3e5, 3.93))]
    amplitudes += [dict(random, g=2.7, size=2e4, frequency=0.03, guess=12.07)]
    amplitudes += [dict(common, g=2.7, size=2e4, frequency=0.13, guess=174.6, refined=2)]
    amplitudes += [
        dict(common, frequency=f, guess=x * root) for f, x in ((0.05, 1.0225), (0.03, 1.0337), (0.02, 1.0347))
    ]
    rates = [dict(random, amplitude=a, periods=12) for a in (1.0, 2.0, 3.0)]
    rates += [dict(random, amplitude=a) for a in (8.0, 15.0)] + [dict(random, size=1e3, amplitude=15.0)]
    rates += [dict(random, size=1e3, amplitude=15.0, phases="gaussian")]
    rates += [dict(common, amplitude=part * root, periods=12) for part in (0.3, 0.6, 0.8)]
    rates += [dict(common, amplitude=part * root, refined=4) for part in (0.8, 1.2)]
    rates += [dict(common, amplitude=1.5 * root, points=(256, 448))]  # steps are short from there on
    rates += [dict(common, amplitude=2.0 * root, points=(448, 640))]  # and from there on
    rates += [dict(common, g=1.6, frequency=1.0, amplitude=0.8 * root)]
    return {"exponent": rates, "critical amplitude": amplitudes}


def kept(quantity: str, case: dict) -> dict:
    """What the file says of a case."""
    state = "chaotic" if case.get("periods", 1) > 1 else "locked"
    stated = {k: v for k, v in case.items() if k not in ("guess", "periods", "refined", "points")}
    return {"quantity": quantity, **stated, "state": state}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--missing", action="store_true", help="only what the file does not have")
    asked = parser.parse_args()
    before = (
        {}
        if not TARGET.exists()
        else {json.dumps({**row, "value": 0, "error": 0}): row for row in json.loads(TARGET.read_text())}
    )
    rows = []
    for quantity, listed in cases().items():
        for case in listed:
            row = kept(quantity, case)
            old = before.get(json.dumps({**row, "value": 0, "error": 0}))
            if asked.missing and old:
                rows.append(old)
                continue
            if asked.quick and (case["frequency"] < 0.1 or ("periods" in case and case["phases"] == "common")):
                continue
            try:
                value, error = (critical if quantity == "critical amplitude" else exponent)(case)
            except (ArithmeticError, ValueError) as failure:
                print("NOT FOUND", case, failure, flush=True)
                continue
            rows.append({**row, "value": value, "error": error})
            print(json.dumps(rows[-1]), "guess:", case.get("guess"), "before:", old and old["value"], flush=True)
            if not asked.quick:
                TARGET.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
