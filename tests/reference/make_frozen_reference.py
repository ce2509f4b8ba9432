"""Makes frozen_reference.json: plastic networks (tanh, p = 2.5) that are halted: a march of sampled paths in two times.

Before the halt dx/dt = -x + eta + A phi, with A = k int du e^{-u/p}/p phi(t - u) phi(t - u)^T/M over the M paths, and A
as it is then after it; <eta eta> = g^2 <phi phi> across the halt. The rates met so far span a basis b_r (Gram-Schmidt
in the space of paths, b_r b_s/M = delta), phi = sum alpha_r b_r, and eta = g sum alpha_r z_r has that covariance by
construction, with z_r normal, orthogonal to one another and to the b_s with s <= r; A = sum b_r K_rs b_s^T/M.
Exponential Adams-Bashforth of order 2; K by exact weights for rates that are linear over a step.
* a state after the halt: s = g^2 <phi'^2>, velocity, overlap with the rates at the halt, each averaged over its last
  quarter;
* freezing point: s(k) = 1, by a line through states that have come to rest on both sides of the threshold; the overlap
  there likewise;
* semi-freezing threshold: largest real eigenvalue of <phi'> b_r (J + A) b_s/M is 1, J b_s = g z_s, <phi'> that of the
  network without plasticity: a line in k.
`error` is the scatter of the mean over sets of paths, and .005 for step and length. numpy alone.

Found so far (4000 paths, one set): g = 2, k = 1.25: s = .831, overlap .913; roots -.018, .015, .053 at k = .6, .7, .8.
With 3000 paths in two sets the semi-freezing threshold is .493(6), .57(4), 1.14(2): too few paths to judge by.

Run: python tests/reference/make_frozen_reference.py [--paths 3000] [--sets 2] (half an hour of a core; 16000 paths
in four sets: hours; the file says which they were) [--quick: one set of 2000 paths, four minutes; writes no file]
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import mpmath
import numpy as np
from make_two_site_reference import State

TARGET = Path(__file__).with_name("frozen_reference.json")
P, STEP = 2.5, 0.2
STATES = [(2.0, 1.25), (2.0, 0.85), (2.0, 0.3)]
FREEZING = {1.5: (0.66, 0.7, 0.76), 2.0: (1.07, 1.12, 1.2), 3.0: (1.9, 1.98, 2.08)}
SEMI = {1.5: (0.44, 0.54), 2.0: (0.6, 0.74), 3.0: (1.0, 1.16)}


class March:
    """M paths, their basis and their memory."""

    def __init__(self, g: float, k: float, paths: int, most: int, seed: int) -> None:
        self.g, self.k, self.rng = g, k, np.random.default_rng(seed)
        self.paths, self.rank = paths, 0
        self.b, self.z = (np.zeros((most, paths), dtype=np.float32) for _ in range(2))
        self.memory = np.zeros((most, most))
        self.x = self.rng.standard_normal(paths).astype(np.float32)
        self.force = None
        self.learning, self.tolerance = True, 1e-5
        decay, mean = math.exp(-STEP / P), (1 - math.exp(-STEP / P)) / (STEP / P)
        self.decay, self.old_weight, self.new_weight = decay, mean - decay, 1 - mean
        self.alpha = self.coordinates(np.tanh(self.x))

    def coordinates(self, phi: np.ndarray) -> np.ndarray:
        """Expand rates in the basis, which grows where they leave it."""
        r, most = self.rank, len(self.memory)
        alpha = np.zeros(most)
        alpha[:r] = self.b[:r] @ phi / self.paths
        rest = phi - alpha[:r].astype(np.float32) @ self.b[:r]
        again = self.b[:r] @ rest / self.paths
        rest -= again @ self.b[:r]
        size = float(np.mean(rest**2))
        if size > self.tolerance * float(np.mean(phi**2)):
            if r == most:
                raise ArithmeticError("the basis is full")
            alpha[r] = math.sqrt(size)
            self.b[r] = rest / alpha[r]
            z = self.rng.standard_normal(self.paths).astype(np.float32)
            for _ in range(2):
                # neither set is orthogonal to the other: alternate
                z -= (self.z[:r] @ z / self.paths) @ self.z[:r]
                z -= (self.b[: r + 1] @ z / self.paths) @ self.b[: r + 1]
            z -= (self.z[:r] @ z / self.paths) @ self.z[:r]
            self.z[r] = z / math.sqrt(float(np.mean(z**2)))
            self.rank += 1
        return alpha

    def advance(self) -> float:
        """One step; return the rms velocity."""
        r = self.rank
        alpha = self.alpha[:r].astype(np.float32)
        force = self.g * (alpha @ self.z[:r])
        force += (self.memory[:r, :r] @ self.alpha[:r]).astype(np.float32) @ self.b[:r]
        last = force if self.force is None else self.force
        e, w0 = math.exp(-STEP), 1 - math.exp(-STEP)
        velocity = math.sqrt(float(np.mean((force - self.x) ** 2)))
        self.x = np.float32(e) * self.x + np.float32(w0) * force + np.float32(1 - w0 / STEP) * (force - last)
        self.force, old = force, self.alpha
        self.alpha = self.coordinates(np.tanh(self.x))
        if self.learning:
            r = self.rank
            self.memory *= self.decay
            for a, weight in ((old[:r], self.old_weight), (self.alpha[:r], self.new_weight)):
                self.memory[:r, :r] += self.k * weight * np.outer(a, a)
        return velocity


def before(g: float, k: float, paths: int, seed: int, most: int = 1600, epoch: float = 100.0) -> March:
    march = March(g, k, paths, most, seed)
    for _ in range(round(epoch / STEP)):
        march.advance()
    return march


def halted(g: float, k: float, paths: int, seed: int, after: float) -> dict[str, float]:
    march = before(g, k, paths, seed)
    start = np.tanh(march.x)
    march.learning, march.tolerance = False, 1e-6
    rows = []
    for _ in range(round(after / STEP)):
        velocity = march.advance()
        phi = np.tanh(march.x)
        overlap = float(np.mean(phi * start) / math.sqrt(np.mean(phi**2) * np.mean(start**2)))
        rows.append((g * g * float(np.mean((1 - phi**2) ** 2)), float(np.mean(phi**2)), overlap, velocity))
        if velocity < 1e-4:
            break
    last = rows[-1:] if rows[-1][3] < 1e-2 else rows[-len(rows) // 4 :]
    return dict(zip(("slope", "square", "overlap", "velocity"), np.mean(last, axis=0).tolist(), strict=True))


def semi_root(g: float, k: float, paths: int, seed: int, slope: float) -> float:
    march = before(g, k, paths, seed, 600)
    r = march.rank
    inside = march.g * (march.b[:r] @ march.z[:r].T) / paths + march.memory[:r, :r]
    values = np.linalg.eigvals(slope * inside)
    return float(np.max(values[np.abs(values.imag) < 1e-6].real)) - 1.0


def crossing(k: np.ndarray, values: np.ndarray, level: float) -> float:
    slope, offset = np.polyfit(k, values, 1)
    return (level - offset) / slope


def with_error(samples: list[float]) -> dict[str, float]:
    scatter = float(np.std(samples, ddof=1) / math.sqrt(len(samples))) if len(samples) > 1 else math.nan
    return {"value": round(float(np.mean(samples)), 4), "error": round(math.hypot(scatter, 0.005), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--paths", type=int, default=3000)
    parser.add_argument("--sets", type=int, default=2)
    asked = parser.parse_args()
    paths, sets = (2000, 1) if asked.quick else (asked.paths, asked.sets)
    mpmath.mp.dps = 40
    rows = []

    def keep(**row) -> None:
        rows.append({**row, "paths": paths, "sets": sets})
        print(json.dumps(rows[-1]), flush=True)

    for g, gains in SEMI.items():
        slope = State("tanh", g, 0.0).slope
        roots = [[semi_root(g, k, paths, seed, slope) for k in gains] for seed in range(sets)]
        found = [crossing(np.array(gains), np.array(one), 0.0) for one in roots]
        keep(quantity="semi-freezing threshold", g=g, **with_error(found))
    for g, k in STATES:
        found = [halted(g, k, paths, seed, 100.0 if k < 1 else 300.0) for seed in range(sets)]
        for name in ("slope", "square", "overlap", "velocity"):
            keep(quantity=name, g=g, k=k, **with_error([one[name] for one in found]))
    for g, gains in FREEZING.items():
        thresholds, overlaps = [], []
        for seed in range(sets):
            ends = [halted(g, k, paths, seed, 300.0) for k in gains]
            still = [(k, end) for k, end in zip(gains, ends, strict=True) if end["velocity"] < 0.03]
            k = np.array([k for k, _ in still])
            thresholds.append(crossing(k, np.array([end["slope"] for _, end in still]), 1.0))
            overlaps.append(float(np.polyval(np.polyfit(k, [end["overlap"] for _, end in still], 1), thresholds[-1])))
        keep(quantity="freezing point", g=g, **with_error(thresholds))
        keep(quantity="overlap at the freezing point", g=g, **with_error(overlaps))
    if not asked.quick:
        TARGET.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
