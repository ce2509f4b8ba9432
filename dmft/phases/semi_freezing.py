"""The plasticity strength at which a halted plastic network begins to keep a memory of the halt."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.blas import one_blas_thread
from dmft.numerics.gaussian import averages
from dmft.numerics.value import Value
from dmft.phases.halted import BEFORE, MAX_RANK, STEP, check_halted, mean_of_sets, root_of_line, rough_root
from dmft.theories.frozen.march import March
from dmft.theories.reduction import reduced
from dmft.theories.stationary.plastic import solve_plastic


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
    check_halted(network, samples)
    classic = solve_plastic(network.replaced(k=0.0), samples=16, noise_seeds=2)
    mean_slope = averages(network.nonlinearity, float(classic.corr_x[0])).mean_slope

    def rate(k: float, n_paths: int, child: np.random.SeedSequence) -> float:
        march = March(network.replaced(k=k), n_paths, STEP, min(MAX_RANK, n_paths // 4), np.random.default_rng(child))
        for _ in range(round(BEFORE / STEP)):
            march.advance()
        n = len(march.memory)
        basis, noise = march.basis[:n], march.noise[:n]
        seen = network.g / n_paths * (basis @ noise.T).astype(float) + march.memory
        eigenvalues = np.linalg.eigvals(mean_slope * seen)
        return float(np.max(eigenvalues.real)) - 1.0

    rough, *sets = np.random.SeedSequence(seed).spawn(noise_seeds + 1)
    centre = rough_root(lambda k: -rate(k, min(samples, 4000), rough), 0.25 * network.g, k_max)
    thresholds = []
    for child in sets:
        k_values = centre * np.array([0.8, 1.0, 1.2])
        thresholds.append(root_of_line(k_values, [rate(float(k), samples, child) for k in k_values]))
    return mean_of_sets(thresholds, "line through the rate at which an overlap grows")
