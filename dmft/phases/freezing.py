"""Plasticity strengths at which a halted plastic network begins to keep a memory of the halt, and to come to rest
there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.models.checks import positive
from dmft.numerics.gaussian import averages
from dmft.numerics.value import Value
from dmft.theories.frozen.march import March
from dmft.theories.frozen.solve import Run, halted_run
from dmft.theories.plastic_couplings import refuse_other_couplings
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.stationary.plastic import solve_plastic
from dmft.theories.stationary.plastic.process import standard_error

_BEFORE, _STEP, _MAX_RANK = 100.0, 0.2, 1200
_SPREAD = np.array([-0.04, 0.0, 0.05, 0.1, 0.15])  # of k about the rough threshold, relative


@dataclass(frozen=True)
class FreezingPoint:
    """Where a halted plastic network begins to come to rest.

    Attributes
    ----------
    threshold : plasticity strength k.
    overlap : cosine between the rates at rest and those at the halt, there.
    """

    threshold: Value
    overlap: Value


def freezing_threshold(network: Any, **settings: Any) -> Value:
    """Return the least k at which the network comes to rest when its synapses are halted.

    It is the threshold of `freezing_point`, which has the equation, the settings, errors, accuracy and cost.
    """
    return freezing_point(network, **settings).threshold


@one_blas_thread()
def freezing_point(
    network: Any,
    *,
    seed: int = 0,
    samples: int = 8000,
    noise_seeds: int = 4,
    after: float = 150.0,
    k_max: float = 8.0,
) -> FreezingPoint:
    """Return the least k at which the network comes to rest when its synapses are halted, and the memory kept there.

    That is where the bulk of the halted network's Jacobian becomes stable, g^2 <phi'(x*)^2> = 1: no mode of the
    overlaps with past states becomes unstable before. A straight line is fitted to g^2 <phi'^2> against k about 1, and
    another to the overlap, for each set of random numbers.

    Parameters
    ----------
    network : its k is not used.
    seed : of the random numbers.
    samples, noise_seeds : paths per set, and number of sets.
    after : time followed after the halt, in units of tau.
    k_max : largest k tried.

    Returns
    -------
    FreezingPoint : threshold and overlap with their standard errors over the sets; `.history` are the values of each.

    Raises
    ------
    ValueError : for g <= 1 (nothing moves at small k), or if the network does not come to rest up to `k_max`.

    Notes
    -----
    Accuracy: time step, basis and length of the plastic epoch add about .005 to the standard error
    (`tests/reference/test_frozen_numbers.py`, marked long). Cost: 1 to 3 minutes of CPU; 10 s with samples=4000,
    noise_seeds=2.
    """
    network = reduced(network)
    _check(network, samples)

    def excess(k: float, n_paths: int, child: np.random.SeedSequence, time: float) -> tuple[Run, float]:
        run = halted_run(
            network.replaced(k=k),
            np.random.default_rng(child),
            samples=n_paths,
            before=_BEFORE,
            after=time,
            step=_STEP,
            max_rank=min(_MAX_RANK, n_paths // 4),
        )
        return run, run.level("slope") - 1.0

    rough, *sets = np.random.SeedSequence(seed).spawn(noise_seeds + 1)
    centre = _rough_root(lambda k: excess(k, min(samples, 4000), rough, 60.0)[1], 0.4 * network.g, k_max)
    thresholds, overlaps = [], []
    for child in sets:
        k_values = centre * (1.0 + _SPREAD)
        runs = [excess(float(k), samples, child, after) for k in k_values]
        thresholds.append(_root_of_line(k_values, [value for _, value in runs]))
        line = np.polyfit(k_values, [abs(run.level("overlap")) for run, _ in runs], 1)
        overlaps.append(float(np.polyval(line, thresholds[-1])))
    return FreezingPoint(
        _mean(thresholds, "line through g^2 <phi'^2> = 1"),
        _mean(overlaps, "line through the overlaps, at the threshold"),
    )


@one_blas_thread()
def semi_freezing_threshold(
    network: Any, *, seed: int = 0, samples: int = 8000, noise_seeds: int = 4, k_max: float = 8.0
) -> Value:
    """Return the least k at which the halted network keeps an overlap with the state at the halt, moving or not.

    Below, the halted network forgets that state and moves as without plasticity. That state of no overlap loses
    stability where the largest real eigenvalue of (1 + l) c = <phi'> c [Sigma^-1 <(eta + A phi) Phi^T>] crosses l = 0,
    with <phi'> of the network without plasticity, and Phi the rates before the halt.

    Parameters
    ----------
    network : its k is not used.
    seed, samples, noise_seeds, k_max : as in `freezing_point`.

    Returns
    -------
    Value : with the standard error over the sets; `.history` are their thresholds.

    Raises
    ------
    ValueError : as in `freezing_point`.

    Notes
    -----
    Accuracy: `tests/reference/test_frozen_numbers.py`. Cost: 2 to 4 s of CPU a set.
    """
    network = reduced(network)
    _check(network, samples)
    classic = solve_plastic(network.replaced(k=0.0), samples=16, noise_seeds=2)
    mean_slope = averages(network.nonlinearity, float(classic.corr_x[0])).mean_slope

    def rate(k: float, n_paths: int, child: np.random.SeedSequence) -> float:
        march = March(network.replaced(k=k), n_paths, _STEP, min(_MAX_RANK, n_paths // 4), np.random.default_rng(child))
        for _ in range(round(_BEFORE / _STEP)):
            march.advance()
        n = len(march.memory)
        basis, noise = march.basis[:n], march.noise[:n]
        seen = network.g / n_paths * (basis @ noise.T).astype(float) + march.memory
        eigenvalues = np.linalg.eigvals(mean_slope * seen)
        return float(np.max(eigenvalues.real)) - 1.0

    rough, *sets = np.random.SeedSequence(seed).spawn(noise_seeds + 1)
    centre = _rough_root(lambda k: -rate(k, min(samples, 4000), rough), 0.25 * network.g, k_max)
    thresholds = []
    for child in sets:
        k_values = centre * np.array([0.8, 1.0, 1.2])
        thresholds.append(_root_of_line(k_values, [rate(float(k), samples, child) for k in k_values]))
    return _mean(thresholds, "line through the rate at which an overlap grows")


def _root_of_line(k_values: FloatArray, values: list[float]) -> float:
    slope, level = np.polyfit(k_values, values, 1)
    return float(-level / slope)


def _mean(values: list[float], method: str) -> Value:
    return Value(float(np.mean(values)), standard_error(np.array(values)), method, tuple(values))


def _check(network: Reduction, samples: int) -> None:
    refuse_other_couplings(network)
    if positive("g", network.g) <= 1:
        raise ValueError(f"g must be above 1: below, nothing moves at small k; got {network.g:g}")
    if samples < 1000:
        raise ValueError(f"samples must be at least 1000, got {samples}")


def _rough_root(excess: Callable[[float], float], start: float, k_max: float) -> float:
    """Return k where a falling function of k crosses 0, to about 3 %: bracketing, then false position."""
    low, high = 0.0, start
    above: float | None = None
    below = excess(high)
    while below > 0:
        low, above, high = high, below, 1.5 * high
        if high > k_max:
            raise ValueError(f"there is no threshold up to k_max = {k_max:g}")
        below = excess(high)
    for _ in range(6):
        if high - low < 0.05 * high:
            break
        fraction = 0.5 if above is None else min(max(above / (above - below), 0.15), 0.85)
        middle = low + fraction * (high - low)
        value = excess(middle)
        if value > 0:
            low, above = middle, value
        else:
            high, below = middle, value
    if above is None or not math.isfinite(above):
        return 0.5 * (low + high)
    return low + above / (above - below) * (high - low)
