"""`train` of gated and rectified networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.models.checks import positive
from dmft.models.labelled import labelled
from validation.ensemble import checked_count, root_seed
from validation.gated.begun import begun
from validation.gated.price import check_descent
from validation.gated.trained import Trained

RATE, SCALE, STEPS = 10.0, 0.01, 6000
_LOOKS = 60


def train_gated(
    network: Any,
    *,
    data: Any,
    contexts: Any = None,
    seed: Any,
    steps: int = STEPS,
    rate: float = RATE,
    scale: float = SCALE,
) -> Trained:
    """Train a network by full-batch gradient descent towards infinite time (`Descent`).

    Parameters
    ----------
    network : `dmft.GatedLinear`, `dmft.RectifiedNetwork` or `dmft.LinearConvolution`.
    data : (inputs, labels), shapes (n, n_input) and (n,), labels +1 and -1.
    contexts : of the inputs, where the gates are `dmft.Contexts`.
    steps : of gradient descent.
    rate : first step, in units of 1/R^2, R the longest input; it finds the largest stable one by itself.
    scale : standard deviation of the first weights.
    seed : integer >= 0, or a `numpy.random.SeedSequence`, of the first weights.

    Returns
    -------
    Trained : `TrainedGated`, or `TrainedConvolution`.

    Raises
    ------
    ValueError, TypeError : for arguments out of range, data that are not (inputs, labels).
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.

    Accuracy
    --------
    The value falls towards the least norm as 1/steps where all units share a gate, and lingers up to 15 % above it
    where they have their own: tests/statistical/test_gradient_descent.py.

    Cost
    ----
    4 n n_column n_input operations a step: 200 digits x 20 units x 2 contexts 0.25 ms.
    """
    x, y = pair_of("data", data, network)
    steps, rate, scale = checked_count("steps", steps), positive("rate", rate), positive("scale", scale)
    check_descent(network, x, contexts, steps)
    descent = begun(network, x, y, contexts, rate=rate, scale=scale, rng=root_seed(seed).generators(1)[0])
    with one_blas_thread():
        for look in np.unique(np.geomspace(1, steps, _LOOKS).astype(int)).tolist():
            descent.advance(look - descent.step)
            descent.look()
    return descent.trained()


def pair_of(name: str, data: Any, network: Any) -> tuple[FloatArray, FloatArray]:
    """Return inputs and labels, checked.

    Raises
    ------
    ValueError, TypeError : for what is no such pair.
    """
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{name} must be a pair (inputs, labels), got {type(data).__name__}")
    return labelled(*data, biased=network.biased)
