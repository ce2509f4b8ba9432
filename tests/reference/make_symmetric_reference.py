"""Makes symmetric_reference.json: networks (tanh) with partially symmetric couplings, by sampling on a circle of time.

    x' = -x + eta + rho g^2 int R(t - s) phi(x(s)) ds,  <eta eta> = g^2 C,  C = <phi phi>,  R(t - s) = <dphi(t)/deta(s)>
Paths are periodic, x = F (eta + rho g^2 S phi(x)) in Fourier space, F = 1/(1 + i w), by Picard's iteration; the normal
numbers stay the same, each Fourier column of unit power. S = <phi eta*>/<eta eta*> (Novikov) is <phi'> F + a rest of
which only 0 <= lag < 16 is kept (tapered from 8 on; beyond it is noise, which grows with the length of the circle).
1 - g |S(0)| is small where chaos is weak and C then relaxes with a factor g^2 |S|^2 an iteration: hundreds of undamped
iterations, from a start that is small and one that is large, until both agree and nothing drifts. `drift` is the
difference of the two, `error` the scatter of the mean over sets of numbers.

Found so far, circle of 102.4, step .2 (C^x(0), C^x(4)):
    g = 3.3, rho = -.6: .3599, .0747 and .3611, .076 (2048 paths, two sets, 600 iterations, both starts); .3585, .0897
    (8192 paths, 500 iterations, still to the third digit over the last hundred).
    g = 4, rho = -.4: 2.8429 (2048 paths) and 2.871 (8192 paths, one set, 140 iterations); known as 2.867(5).

Run: python tests/reference/make_symmetric_reference.py [--paths 2048] [--sets 4] (an hour of a core)
[--quick: one set of 512 paths, five minutes; writes no file]
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from make_plastic_reference import noise
from scipy.fft import irfft, rfft

TARGET = Path(__file__).with_name("symmetric_reference.json")
CASES = [(4.0, -0.4, 200), (3.3, -0.6, 600)]
PERIOD, STEP, KEPT = 102.4, 0.2, 8.0


def stationary(g: float, rho: float, z: np.ndarray, factor: float, iterations: int) -> np.ndarray:
    """C^x at lags 0 and 4, C^phi at both, <phi'> and g |S(0)|, after each iteration."""
    n, at = 2 * (z.shape[1] - 1), round(4.0 / STEP)
    leak = 1 / (1 + 2j * math.pi * np.arange(n // 2 + 1) / PERIOD)
    lags = STEP * np.minimum(np.arange(n), n - np.arange(n))
    taper = np.cos(0.5 * math.pi * np.clip(lags / KEPT - 1, 0, 1)) ** 2
    taper[n // 2 :] = 0
    power = n * np.maximum(rfft(0.3 * factor * np.exp(-lags / 3)).real, 0)
    slope, rest, x, rows = 0.7, 0.0, None, []
    part = 0.5 if rho < 0 else 0.2
    for step in range(iterations):
        eta = (g * np.sqrt(power)).astype(np.complex64) * z
        feedback = rho * g * g * (slope * leak + rest)
        damped = (leak / (1 - part * feedback * leak)).astype(np.complex64)
        feedback = feedback.astype(np.complex64)
        x = leak.astype(np.complex64) * eta if x is None else x
        for _ in range(12 if step < 10 else 4):
            phi = rfft(np.tanh(irfft(x, n, axis=1)), axis=1)
            new = damped * (eta + feedback * (phi - np.complex64(part) * x))
            moved = np.linalg.norm(new - x) / np.linalg.norm(new)
            x = new
            if moved < 3e-5:
                break
        rates = np.tanh(irfft(x, n, axis=1))
        phi = rfft(rates, axis=1)
        power = np.mean(np.abs(phi) ** 2, axis=0, dtype=float)
        slope = 1 - float(np.mean(rates.astype(float) ** 2))
        cross = np.mean(phi * np.conj(eta), axis=0, dtype=complex)
        of_eta = np.mean(np.abs(eta) ** 2, axis=0, dtype=float)
        rest = rfft(taper * irfft(cross / np.maximum(of_eta, 1e-30) - slope * leak, n))
        corr_x = irfft(np.mean(np.abs(x) ** 2, axis=0, dtype=float), n) / n
        corr_phi = irfft(power, n) / n
        response = g * abs(slope + rest[0])
        rows.append((corr_x[0], corr_x[at], corr_phi[0], corr_phi[at], slope, response))
    return np.array(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--paths", type=int, default=2048)
    parser.add_argument("--sets", type=int, default=4)
    asked = parser.parse_args()
    paths, sets = (512, 1) if asked.quick else (asked.paths, asked.sets)
    rows = []
    for g, rho, iterations in CASES:
        ends = []
        for seed in range(sets):
            z = noise(paths, round(PERIOD / STEP), seed)
            ends.append([stationary(g, rho, z, factor, iterations)[-1] for factor in (1.0, 2.0)])
            print(g, rho, seed, np.round(ends[-1], 5).tolist(), flush=True)
        found = np.array(ends)
        drift = np.max(np.abs(found[:, 0] - found[:, 1]), axis=0)
        value = found.mean(axis=(0, 1))
        error = found.mean(axis=1).std(axis=0, ddof=1) / math.sqrt(sets) if sets > 1 else np.full(6, math.nan)
        row = {"g": g, "symmetry": rho, "paths": paths, "sets": sets}
        for i, name in enumerate(("corr_x[0]", "corr_x[4]", "corr_phi[0]", "corr_phi[4]", "mean_slope", "g |S(0)|")):
            row[name] = {k: round(float(v[i]), 5) for k, v in (("value", value), ("error", error), ("drift", drift))}
        rows.append(row)
        print(json.dumps(row), flush=True)
    if not asked.quick:
        TARGET.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
