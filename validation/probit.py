"""The load at which a read-out exists with probability one half, from the fractions of draws that had one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, cast

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.value import Value
from validation.simulation import Simulation

_STEPS = 60
_FLAT = 1e-3  # slope, in standard deviations over the range of loads, below which nothing falls


def half_load(simulations: Simulation | Iterable[Simulation]) -> Value:
    """Return the load P/N at which half of the draws are separable.

    P(separable) = H((load - half)/width), a probit whose two parameters have the largest likelihood; the error is that
    of the information matrix.

    Parameters
    ----------
    simulations : of ``measure="separable"``, several loads at one size; or one of manifolds with labels, at several
        sizes: its loads are their number over the size.

    Raises
    ------
    ValueError : for fewer than two loads, for sizes that differ though there is no law between them, or where draws
        are all separable or none is, or do not become fewer: take loads on both sides.

    Accuracy
    --------
    The error covers: `tests/statistical/test_manifold_networks.py`.
    """
    several = [simulations] if isinstance(simulations, Simulation) else list(simulations)
    loads, held, draws, sizes = [], [], [], set()
    for simulation in several:
        stated, network = getattr(simulation.plan, "load", None), cast(Any, simulation.network)
        for size in simulation.sizes:
            values = simulation.values("separable", size)
            loads.append(stated if stated is not None else len(network.manifolds) / size)
            held.append(float(np.sum(values)))
            draws.append(float(len(values)))
            sizes |= {size} if stated is not None else set()
    if len(sizes) > 1:
        raise ValueError(f"loads must be of one size, got N = {', '.join(map(str, sorted(sizes)))}")
    x, k, n = (np.array(values) for values in (loads, held, draws))
    if len(set(loads)) < 2 or not 0.0 < k.sum() < n.sum():
        raise ValueError(
            f"draws must be separable at some of the loads and not at others, got {k.astype(int).tolist()} of "
            f"{n.astype(int).tolist()} at {np.round(x, 6).tolist()}; take loads on both sides"
        )
    return _fitted(x, k, n)


def _fitted(x: FloatArray, k: FloatArray, n: FloatArray) -> Value:
    """Fisher scoring for P = H(a + b x), x in units of its own spread."""
    from scipy.special import ndtr

    middle, spread = float(np.average(x, weights=n)), float(np.ptp(x))
    rows = np.column_stack([np.ones_like(x), (x - middle) / spread])
    beta = np.array([0.0, 2.0])
    information = np.eye(2)
    for _ in range(_STEPS):
        score = rows @ beta
        p = np.clip(ndtr(-score), 1e-10, 1.0 - 1e-10)
        slope = -np.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
        weight = n * slope * slope / (p * (1.0 - p))
        information = rows.T @ (weight[:, None] * rows) + 1e-9 * np.eye(2)
        step = np.linalg.solve(information, rows.T @ ((k - n * p) * slope / (p * (1.0 - p))))
        beta = beta + step * min(1.0, 2.0 / max(float(np.max(np.abs(step))), 1e-300))
        if np.max(np.abs(step)) < 1e-10:
            break
    if beta[1] < _FLAT:
        raise ValueError("the fraction of separable draws does not fall with the load; take more draws, or more loads")
    half = -beta[0] / beta[1]
    covariance = np.linalg.inv(information)
    gradient = np.array([-1.0, -half]) / beta[1]
    error = math.sqrt(float(gradient @ covariance @ gradient))
    return Value(middle + spread * half, spread * error, "probit")
