"""Makes plastic_reference.json: plastic networks (tanh) by sampling their single-site process on a circle of time.

    x' = -x + eta + k int_0^inf du exp(-u/p)/p C(u) phi(x(t - u)),  <eta eta> = g^2 C,  C = <phi phi>.
Paths are periodic, x = F (eta + K phi(x)) in Fourier space with F = 1/(1 + i w) and K the transform of the memory, its
jump at u = 0 taken out in closed form; solved by Picard's iteration from the last paths. The normal numbers stay the
same over the iteration, each Fourier column scaled to unit power; C is that of the paths, without damping, until it has
stopped moving. Sets of 512 and of 2048 paths, extrapolated in 1/paths (a finite set of paths makes C(0) larger);
`error` is the scatter of the sets, carried through, and a quarter of the extrapolation. With k >= 0 a set is corrected
by what its numbers deviate at k = 0, where C(0) = .5131780660 is known. Steps of .2 and .1 give the same to 1e-6.
The oscillation is pi over the lag of the minimum of C; the rightmost point of the bulk has the largest real part of
g^2 < phi'^2/|1 + l - k C(0) phi'/(1 + p l)|^2 > = 1.

Found so far: C(0) = .3654(6) at k = -2, .5912(14) at .5, .6927(18) at 1, p = 2.5; the point .153(2) + .65 i at k = -2.

Run: python tests/reference/make_plastic_reference.py (ten minutes of a core) [--quick: fewer sets, no file]
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from scipy.fft import irfft, rfft
from scipy.optimize import brentq

TARGET = Path(__file__).with_name("plastic_reference.json")
CASES = [(2.0, -2.0, 2.5), (2.0, 0.5, 2.5), (2.0, 1.0, 2.5), (2.0, -2.0, 1.0), (2.0, 1.0, 1.0), (2.0, -2.0, 10.0)]
EXACT = 0.5131780660  # C(0) at g = 2, k = 0, by the energy [Sompolinsky, Crisanti & Sommers 1988]


def noise(paths: int, n: int, seed: int) -> np.ndarray:
    """Complex normal numbers for the frequencies of n times, of unit power in each."""
    rng = np.random.default_rng(seed)
    shape = (paths, n // 2 + 1)
    z = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)
    z[:, 0], z[:, -1] = z[:, 0].real, z[:, -1].real
    return z / np.sqrt(np.mean(np.abs(z) ** 2, axis=0))


def stationary(g: float, k: float, p: float, z: np.ndarray, period: float, most: int = 150, tol: float = 3e-5):
    """C on the lags of the circle, and the paths."""
    n = 2 * (z.shape[1] - 1)
    h = period / n
    w = 2 * math.pi * np.arange(n // 2 + 1) / period
    leak = 1 / (1 + 1j * w)
    lags = h * np.minimum(np.arange(n), n - np.arange(n))
    forget = np.exp(-h * np.arange(n) / p) / p
    forget[n // 2 :] = 0
    corr = 0.5 / np.cosh(lags / 6)
    x = None
    for step in range(most):
        eta = (g * np.sqrt(np.maximum(rfft(corr).real * n, 0))).astype(np.complex64) * z
        memory = k * (corr[0] / (1 + 1j * w * p) + rfft(h * forget * (corr - corr[0])))
        part = 0.5 if k < 0 else 0.0
        damped = (leak / (1 - part * memory * leak)).astype(np.complex64)
        kernel, part = memory.astype(np.complex64), np.complex64(part)
        x = leak.astype(np.complex64) * eta if x is None else x
        for _ in range(40):
            new = damped * (eta + kernel * (rfft(np.tanh(irfft(x, n, axis=1)), axis=1) - part * x))
            moved = np.linalg.norm(new - x) / np.linalg.norm(new)
            x = new
            if moved < (1e-3 if step < 20 else 1e-5):
                break
        power = np.mean(np.abs(rfft(np.tanh(irfft(x, n, axis=1)), axis=1)) ** 2, axis=0, dtype=float)
        last, corr = corr, irfft(power, n) / n
        if step > 25 and np.max(np.abs(corr - last)) < tol:
            break
    return corr, irfft(x, n, axis=1)


def oscillation(corr: np.ndarray, h: float) -> float:
    """pi over the lag of the first minimum, by the parabola through three points."""
    i = int(np.argmax(np.diff(corr) > 0))
    a, b, c = corr[i - 1 : i + 2]
    return math.pi / (h * (i + 0.5 * (a - c) / (a - 2 * b + c)))


def rightmost(g: float, k: float, p: float, corr: np.ndarray, x: np.ndarray) -> complex:
    """Point of the edge of the bulk with the largest real part."""
    slope = (1 / np.cosh(x[:, ::20].ravel()) ** 2).astype(float)
    slope = np.interp((np.arange(4000) + 0.5) / 4000, (np.arange(len(slope)) + 0.5) / len(slope), np.sort(slope))

    def excess(real: float, imag: float) -> float:
        s = complex(real, imag)
        return g**2 * float(np.mean(slope**2 / np.abs(1 + s - k * corr[0] * slope / (1 + p * s)) ** 2)) - 1

    points = []
    for imag in np.linspace(0, 1.5, 151):
        trial = np.linspace(2.0, -0.3, 93)
        signs = [excess(t, imag) > 0 for t in trial]
        if any(signs):
            i = signs.index(True)
            points.append((brentq(excess, trial[i], trial[i - 1], args=(imag,)), imag))
    return complex(*max(points))


def one_set(g: float, k: float, p: float, seed: int, paths: int, period: float) -> np.ndarray:
    """C(0), the oscillation, and the rightmost point of the bulk, by one set of numbers."""
    z = noise(paths, round(period / 0.2), seed)
    corr, x = stationary(g, k, p, z, period)
    if k < 0:
        right = rightmost(g, k, p, corr, x)
        return np.array([corr[0], oscillation(corr, period / len(corr)), right.real, right.imag])
    known = stationary(g, 0.0, p, z, period)[0][0]
    return np.array([corr[0] - (known - EXACT), 0.0, 0.0, 0.0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    rows = []
    for g, k, p in CASES:
        means, errors = [], []
        for paths, sets in ((512, 3 if quick else 8), (2048, 2 if quick else 4)):
            found = np.array([one_set(g, k, p, seed, paths, 102.4) for seed in range(sets)])
            means.append(found.mean(axis=0))
            errors.append(found.std(axis=0, ddof=1) / math.sqrt(sets))
        shift = (means[1] - means[0]) / 3
        value = means[1] + shift
        error = np.sqrt((4 / 3 * errors[1]) ** 2 + (errors[0] / 3) ** 2 + (shift / 4) ** 2)
        row = {"g": g, "k": k, "p": p, "corr_phi": round(value[0], 5), "error": round(error[0], 5)}
        if k < 0:
            row |= {"oscillation": round(value[1], 4), "oscillation_error": round(error[1], 4)}
            row |= {"rightmost": value[2:].round(4).tolist(), "rightmost_error": error[2:].round(4).tolist()}
        rows.append(row)
        print(json.dumps(row), "by paths", [float(m[0]) for m in means], flush=True)
    if not quick:
        TARGET.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
