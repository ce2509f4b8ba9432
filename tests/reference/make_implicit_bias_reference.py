"""Makes implicit_bias_reference.json: least norms of gated networks, in 20 digits.

Every network is written out: all features of all units and contexts as columns, the norm as a function of all of zeta.
Euclidean norms are least-distance programs (Lawson & Hanson: one non-negative least squares), those over joint contexts
by enumerating all C^H of them. Sums of group norms: a start by sequential quadratic programming on the primal (scipy,
SLSQP), of which the active units and the inputs at the margin are taken; then Newton's method (mpmath, 40 digits) on
the conditions of stationarity, whose inequalities are checked at the end.

Run: python tests/reference/make_implicit_bias_reference.py (a minute)
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
from scipy.optimize import minimize, nnls

TARGET = Path(__file__).with_name("implicit_bias_reference.json")
mp.mp.dps = 40


def drawn(seed: int, n: int, units: int, contexts: int, length: int) -> Any:
    """Inputs with a constant one, labels and contexts, to three decimals."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.standard_normal((n, length)).round(3), np.ones(n)])
    y = np.where(rng.random(n) < 0.5, 1, -1)
    return x, y, rng.integers(0, contexts, (n, units))


def written_out(x: Any, codes: Any, contexts: int) -> Any:
    """Features, shape (n, units, contexts, inputs)."""
    n, units = codes.shape
    psi = np.zeros((n, units, contexts, x.shape[1]))
    for i, h in itertools.product(range(n), range(units)):
        if codes[i, h] >= 0:
            psi[i, h, codes[i, h]] = x[i]
    return psi


def least_distance(b: Any) -> Any:
    """The shortest u with b u >= 1, and its square."""
    found = nnls(np.vstack([b.T, np.ones(len(b))]), np.append(np.zeros(b.shape[1]), 1.0), maxiter=10000)[0]
    residual = np.append(b.T @ found, found.sum() - 1.0)
    support = [i for i in range(len(b)) if found[i] > 1e-10]
    # On the support u = b^T v with b u = 1, in many digits.
    rows = mp.matrix(b[support].tolist())
    v = mp.lu_solve(rows * rows.T, mp.matrix([1] * len(support)))
    u = rows.T * v
    assert all(value > 0 for value in v)
    assert min(mp.matrix(b.tolist()) * u) > 1 - mp.mpf(10) ** -25
    assert abs(float(sum(value**2 for value in u)) * residual[-1] ** 2 / (residual[:-1] @ residual[:-1]) - 1) < 1e-7
    return [float(value) for value in u], sum(value**2 for value in u)


def least_sum(groups: list[Any]) -> Any:
    """The least sum of norms of groups, each a matrix of signed features, shape (n, size): the value, and its dual."""
    n, sizes = len(groups[0]), [group.shape[1] for group in groups]
    whole, ends = np.hstack(groups), np.cumsum([0, *sizes])

    def parts(z: Any) -> Any:
        return [z[a:b] for a, b in itertools.pairwise(ends)]

    def value(z: Any) -> float:
        return float(sum(np.sqrt(part @ part + 1e-14) for part in parts(z)))

    def slope(z: Any) -> Any:
        return np.concatenate([part / np.sqrt(part @ part + 1e-14) for part in parts(z)])

    start = np.array(least_distance(whole)[0])
    fits = {"type": "ineq", "fun": lambda z: whole @ z - 1.0, "jac": lambda z: whole}
    found = minimize(
        value, start, jac=slope, constraints=[fits], method="SLSQP", options={"maxiter": 4000, "ftol": 1e-15}
    )
    norms = np.array([np.linalg.norm(part) for part in parts(found.x)])
    active = [g for g in range(len(groups)) if norms[g] > 1e-4 * norms.max()]
    at_margin = [i for i in range(n) if whole[i] @ found.x < 1.0 + 1e-4]
    stacked = np.vstack([groups[g][at_margin].T for g in active])
    target = np.concatenate([parts(found.x)[g] / norms[g] for g in active])
    v = nnls(stacked, target, maxiter=10000)[0]
    at_margin, v = [i for i, x in zip(at_margin, v, strict=True) if x > 1e-6], v[v > 1e-6]
    k = [_exact(groups[g][at_margin]) for g in active]
    m, c = len(at_margin), len(active)

    def conditions(*unknown: Any) -> list[Any]:
        dual, weights = mp.matrix(unknown[:m]), unknown[m:]
        products = [kg * dual for kg in k]
        margins = sum((w * p for w, p in zip(weights, products, strict=True)), mp.zeros(m, 1))
        return [*(margin - 1 for margin in margins), *((dual.T * p)[0] - 1 for p in products)]

    root = mp.findroot(conditions, [*map(mp.mpf, v), *map(mp.mpf, norms[active])], tol=mp.mpf(10) ** -50, maxsteps=50)
    dual, weights = mp.zeros(n, 1), list(root)[m:]
    for i, value_ in zip(at_margin, list(root)[:m], strict=True):
        assert value_ > 0
        dual[i] = value_
    assert min(weights) > 0
    assert c == len(weights)
    margins = mp.zeros(n, 1)
    for g, group in enumerate(groups):
        kg = _exact(group)
        square = (dual.T * kg * dual)[0]
        assert square < 1 + mp.mpf(10) ** -25
        if g in active:
            margins += weights[active.index(g)] * (kg * dual)
    assert min(margins) > 1 - mp.mpf(10) ** -25
    assert abs(found.fun / float(sum(weights)) - 1.0) < 1e-5
    return sum(weights), [float(x) for x in dual]


def _exact(rows: Any) -> Any:
    exact = mp.matrix(rows.tolist())
    return exact * exact.T


def jointly(psi: Any, y: Any, closed: bool) -> Any:
    """Half the least mean square of the linear maps over all joint contexts, by enumeration."""
    n, units, contexts, length = psi.shape
    choices = [None, 0] if closed else range(contexts)
    joint = list(itertools.product(choices, repeat=units))
    form = np.zeros((units * contexts, units * contexts))
    for chosen in joint:
        row = np.zeros(units * contexts)
        for h, c in enumerate(chosen):
            if c is not None:
                row[h * contexts + c] = 1.0
        form += np.outer(row, row) / len(joint)
    values, vectors = np.linalg.eigh(form)
    kept = values > 1e-10
    root = vectors[:, kept] / np.sqrt(values[kept])
    seen = psi.reshape(n, units * contexts, length) * y[:, None, None]
    return least_distance(np.einsum("ika,kr->ira", seen, root).reshape(n, -1))[1] / 2


def rows() -> list[dict[str, Any]]:
    """All numbers."""
    made = []
    for seed, n, units, contexts, length in ((1, 14, 3, 2, 5), (2, 16, 4, 3, 4), (3, 12, 1, 2, 6), (4, 14, 6, 2, 4)):
        x, y, codes = drawn(seed, n, units, contexts, length)
        if seed == 4:  # rectifiers
            weights = np.random.default_rng(seed).standard_normal((units, length + 1)).round(3)
            codes = np.where(x @ weights.T > 0.0, 0, -1)
            contexts = 1
        psi = written_out(x, codes, contexts)
        signed = psi * y[:, None, None, None]
        flat = signed.reshape(n, -1)
        base: dict[str, Any] = {"inputs": x.tolist(), "labels": y.tolist(), "contexts": codes.tolist(), "of": contexts}
        if seed == 4:
            base["weights"] = weights.tolist()
        _, square = least_distance(flat)
        value, dual = least_sum([signed[:, h].reshape(n, -1) for h in range(units)])
        numbers = {
            "zeta": (square / 2, None),
            "function": (jointly(psi, y, seed == 4), None),
            "ungated": (value, dual),
        }
        if seed != 4:
            numbers["gated"] = least_sum([signed[:, h, c] for h in range(units) for c in range(contexts)])
        for name, (number, its) in numbers.items():
            made.append({**base, "norm": name, "value": mp.nstr(number, 20), "dual": its})
    return made


if __name__ == "__main__":
    TARGET.write_text(json.dumps(rows(), indent=1) + "\n")
