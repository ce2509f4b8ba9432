"""Makes perceptron_sizes_reference.json: what neurons of 50 and 100 inputs do on average, drawn and solved here.

Patterns are drawn anew, with exactly round(p P) positive labels. Input margins and output margins are least-distance
programs, solved as non-negative least squares [Lawson & Hanson, Solving Least Squares Problems, ch. 23]:

    min |w| with A w >= b:  u = argmin |E u - f|, E = [A'; b'], f = (0, .., 0, 1), r = E u - f, w = -r_w/r_last,

infeasible where r = 0. kappa_in: rows y (x, -1) with threshold theta >= 0 that costs next to nothing, side 1, so that
kappa_in = 1/|W|. kappa_out: rows y x, side k + y, the largest k with |w| <= Gamma, by bisection. Capacities are the
first load of a sequence of patterns that linear programs cannot separate, fits are non-negative least squares with the
offset projected out. Nothing of the simulator is used: no cone solver, other draws.

Each entry: mean and standard error over the draws, and how many draws there were; none where one of them has no margin.
Run: python tests/reference/make_perceptron_sizes_reference.py (ten minutes of a core; what the file has is kept)
[--quick: four draws, printed]
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linprog, nnls

from dmft.models.perceptron import Perceptron

TARGET = Path(__file__).with_name("perceptron_sizes_reference.json")
DRAWS = {50: 100, 100: 50}
FIT_LOAD = 2.0
# name -> perceptron, load
CASES: dict[str, tuple[Perceptron, float]] = {
    "binary": (Perceptron.binary(0.8, (0.3, 0.15), positive=0.3), 0.25),
    "excitatory": (Perceptron(excitatory=0.8, cv=(2**0.5, 1.0), sd=(1.0, 2.0), positive=0.5), 0.5),
    "inhibitory": (Perceptron(excitatory=0.2, cv=(1.0, 1.0), positive=0.5), 0.3),
    "crowded": (Perceptron(excitatory=0.5, cv=(1.0, 1.0), positive=0.5), 0.8),
    "free": (Perceptron(positive=0.5), 0.8),
}


def patterns(perceptron: Perceptron, n: int, count: int, rng: Any) -> tuple[Any, Any, Any]:
    excitatory = n if perceptron.excitatory is None else round(perceptron.excitatory * n)
    signs = np.where(np.arange(n) < excitatory, 1.0, -1.0)
    kind = (signs < 0).astype(int)
    mean, sd = np.array(perceptron.means)[kind], np.array(perceptron.sd)[kind]
    if perceptron.inputs == "binary":
        x = 1.0 * (rng.random((count, n)) < mean)
    else:
        x = mean + sd * rng.standard_normal((count, n))
    y = -np.ones(count)
    y[rng.permutation(count)[: round(perceptron.positive * count)]] = 1.0
    return x, y, signs if perceptron.excitatory is not None else None


def least_distance(a: Any, b: Any) -> Any:
    """Return w of the least |w| with a w >= b, or None."""
    e = np.vstack([a.T, b])
    f = np.zeros(len(e))
    f[-1] = 1.0
    u, rest = nnls(e, f, maxiter=60 * len(b))
    r = e @ u - f
    return None if rest < 1e-9 else -r[:-1] / r[-1]


def with_signs(rows: Any, sides: Any, signs: Any) -> tuple[Any, Any]:
    if signs is None:
        return rows, sides
    n = len(signs)
    wider = np.zeros((n, rows.shape[1]))
    wider[:, :n] = np.diag(signs)
    return np.vstack([rows, wider]), np.concatenate([sides, np.zeros(n)])


def input_margin(x: Any, y: Any, signs: Any) -> tuple[float, Any]:
    cheap = 1e-4  # the threshold in units of which |(W, theta/unit)|^2 is |W|^2 but for 1e-8 theta^2
    rows = np.column_stack([y[:, None] * x, -y / cheap])
    rows, sides = with_signs(rows, np.ones(len(y)), signs)
    rows = np.vstack([rows, np.eye(rows.shape[1])[-1:]])
    w = least_distance(rows, np.append(sides, 0.0))
    return (math.nan, None) if w is None else (1.0 / float(np.linalg.norm(w[:-1])), w[:-1])


def output_margin(x: Any, y: Any, signs: Any, bound: float) -> tuple[float, Any]:
    def weights(k: float) -> Any:
        rows, sides = with_signs(y[:, None] * x, k + y, signs)
        if np.all(sides <= 0.0):
            return np.zeros(x.shape[1])
        return least_distance(rows, sides)

    low, high = -1.0, 1.0
    while (w := weights(high)) is not None and np.linalg.norm(w) <= bound:
        low, high = high, 2.0 * high
    for _ in range(24):
        middle = 0.5 * (low + high)
        w = weights(middle)
        low, high = (middle, high) if w is not None and np.linalg.norm(w) <= bound else (low, middle)
    return low, weights(low)


def capacity(perceptron: Perceptron, n: int, rng: Any) -> float:
    x, _, signs = patterns(perceptron, n, 5 * n, rng)
    sides = [(None, None)] * n if signs is None else [(0.0, None) if s > 0 else (None, 0.0) for s in signs]
    low, high = 0, 5 * n
    # labels are balanced in every beginning: +1 and -1 in turn
    y = np.where(np.arange(5 * n) % 2 == 0, 1.0, -1.0)
    while high - low > 1:
        middle = (low + high) // 2
        rows = -y[:middle, None] * np.column_stack([x[:middle], -np.ones(middle)])
        found = linprog(np.zeros(n + 1), A_ub=rows, b_ub=-np.ones(middle), bounds=[*sides, (0.0, None)])
        low, high = (middle, high) if found.status == 0 else (low, middle)
    return low / n


def fit(x: Any, signs: Any, rng: Any) -> tuple[float, float, float]:
    target = rng.standard_normal(len(x))
    rows, wanted = x - x.mean(axis=0), target - target.mean()
    w = np.linalg.lstsq(rows, wanted, rcond=None)[0] if signs is None else nnls(rows * signs, wanted)[0]
    rest = wanted - (rows if signs is None else rows * signs) @ w
    active = float(np.mean(np.abs(w) > 1e-9 * np.abs(w).max()))
    return float(rest @ rest / (wanted @ wanted)), float(np.linalg.norm(w)), active


def realization(perceptron: Perceptron, load: float, n: int, rng: Any) -> dict[str, float]:
    count = round(load * n)
    x, y, signs = patterns(perceptron, n, count, rng)
    found: dict[str, float] = {}
    margins = {"input": input_margin(x, y, signs), "output": output_margin(x, y, signs, perceptron.norm_bound)}
    for to, (margin, w) in margins.items():
        found[f"{to}_margin"] = margin
        if w is None:
            w = np.full(n, math.nan)
        found[f"{to}_imbalance"] = float(np.mean(x @ w) / np.mean(x @ np.abs(w)))
        if signs is not None:
            zero = np.where(np.isnan(w), math.nan, np.abs(w) < 1e-7 * np.linalg.norm(w))
            found[f"{to}_silent_E"] = float(np.mean(zero[signs > 0]))
            found[f"{to}_silent_I"] = float(np.mean(zero[signs < 0]))
    x, _, signs = patterns(perceptron, n, round(FIT_LOAD * n) + 1, rng)  # one more, for the offset
    parts = ("regression_residual", "regression_norm", "regression_active")
    found |= dict(zip(parts, fit(x, signs, rng), strict=True))
    if perceptron.positive == 0.5:
        found["capacity"] = capacity(perceptron, n, rng)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    entries: dict[str, dict[str, Any]] = {} if quick or not TARGET.exists() else json.loads(TARGET.read_text())
    for n, draws in DRAWS.items():
        for number, (name, (perceptron, load)) in enumerate(CASES.items()):
            entry = entries.setdefault(name, {"load": load, "fit_load": FIT_LOAD})
            if str(n) in entry:
                continue
            rng = np.random.default_rng([15, number, n])
            rows = [realization(perceptron, load, n, rng) for _ in range(4 if quick else draws)]
            entry[str(n)] = told = {}
            for quantity in rows[0]:
                values = np.array([row[quantity] for row in rows])
                if np.all(np.isfinite(values)):
                    told[quantity] = [float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(rows))), len(rows)]
            print(name, n, {quantity: (round(m, 4), round(e, 4)) for quantity, (m, e, _) in told.items()}, flush=True)
            if not quick:
                TARGET.write_text(json.dumps(entries, indent=1) + "\n")


if __name__ == "__main__":
    main()
