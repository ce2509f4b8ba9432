"""The plasticity strength at which a halted plastic network begins to come to rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.blas import one_blas_thread
from dmft.numerics.value import Value
from dmft.phases.halted import BEFORE, MAX_RANK, STEP, check_halted, mean_of_sets, root_of_line, rough_root
from dmft.theories.frozen.halt import Epochs, Run, halted_run
from dmft.theories.reduction import reduced

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
    k_max: float = 8.0,
    after: float = 150.0,
    seed: int = 0,
    samples: int = 8000,
    noise_seeds: int = 4,
) -> FreezingPoint:
    """Return the least k at which the network comes to rest when its synapses are halted, and the memory kept there.

    That is where the bulk of the halted network's Jacobian becomes stable, g^2 <phi'(x*)^2> = 1: no mode of the
    overlaps with past states becomes unstable before. A straight line is fitted to g^2 <phi'^2> against k about 1, and
    another to the overlap, for each set of random numbers.

    Parameters
    ----------
    network : its k is not used.
    k_max : largest k tried.
    after : time followed after the halt, in units of tau.
    seed : of the random numbers.
    samples, noise_seeds : paths per set, and number of sets.

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
    check_halted(network, samples)

    def excess(k: float, n_paths: int, child: np.random.SeedSequence, time: float) -> tuple[Run, float]:
        epochs = Epochs(n_paths, BEFORE, time, STEP, min(MAX_RANK, n_paths // 4))
        run = halted_run(network.replaced(k=k), np.random.default_rng(child), epochs)
        return run, run.level("slope") - 1.0

    rough, *sets = np.random.SeedSequence(seed).spawn(noise_seeds + 1)
    centre = rough_root(lambda k: excess(k, min(samples, 4000), rough, 60.0)[1], 0.4 * network.g, k_max)
    thresholds, overlaps = [], []
    for child in sets:
        k_values = centre * (1.0 + _SPREAD)
        runs = [excess(float(k), samples, child, after) for k in k_values]
        thresholds.append(root_of_line(k_values, [value for _, value in runs]))
        line = np.polyfit(k_values, [abs(run.level("overlap")) for run, _ in runs], 1)
        overlaps.append(float(np.polyval(line, thresholds[-1])))
    return FreezingPoint(
        mean_of_sets(thresholds, "line through g^2 <phi'^2> = 1"),
        mean_of_sets(overlaps, "line through the overlaps, at the threshold"),
    )
