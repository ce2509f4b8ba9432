"""`simulate` of a gated network: gradient descent from many first weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.errors import spelling
from dmft.models.checks import numbers, positive
from dmft.models.gates import contexts_of
from validation.ensemble import RealizationSeed, checked_sizes
from validation.gated.kinds import descent_of
from validation.gated.plan import Data, GatedPlan, Limit
from validation.gated.training import RATE, SCALE, STEPS, pair_of
from validation.simulation import Simulation
from validation.static_running import Repeated, simulated


@spelling
def simulate_gated(
    network: Any,
    sizes: Any = None,
    *,
    data: Any,
    test: Any = None,
    beside: Mapping[str, Any] | None = None,
    contexts: Any = None,
    test_contexts: Any = None,
    rate: float = RATE,
    scale: float = SCALE,
    **repeated: Unpack[Repeated],
) -> Simulation:
    """Train a gated network from several first weights, and measure what it has come to.

    Parameters
    ----------
    network : `dmft.GatedLinear` or `dmft.LinearConvolution`.
    sizes : numbers of steps of gradient descent; default 6000.
    data, test : (inputs, labels) to train and to test with; without a test set only the norm is measured.
    beside : name -> what another predictor says of the test inputs, f(x) or its sign: the network's agreement with it.
    contexts, test_contexts : of the inputs, where the gates are `dmft.Contexts`.
    rate, scale : of gradient descent, as in `train`.
    repeated : n_realizations, seed, executor, checkpoint, progress, as for networks; seeds are of the first weights.

    Returns
    -------
    Simulation : "norm", (|theta|^2/2)/margin^(2/L), inf where the training set is not fitted; "accuracy" on the test
        set, and "agreement_NAME"; each with `*_halfway`, at half of the steps. Its sizes are numbers of steps.

    Raises
    ------
    ValueError, TypeError : for arguments out of range.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    CheckpointError, OSError : as for networks.

    Cost
    ----
    That of `train`: 200 digits, 20 units, 6000 steps 1.5 s.
    """
    stated = _data(network, data, test, beside, contexts, test_contexts)
    if stated.test_inputs is not None:
        # What the test set lacks is said before the first step.
        contexts_of(network.gates, network.gates.placed(stated.inputs), stated.test_inputs, test_contexts)
    limit = Limit(stated.test_labels is not None, tuple(stated.beside))
    plan = GatedPlan(network, limit, stated.digest(), positive("rate", rate), positive("scale", scale), stated)
    checked = checked_sizes(STEPS if sizes is None else sizes)
    remedy = "take fewer realizations, steps, units or inputs"
    return simulated(plan, checked, remedy=remedy, run=descended, doing="train", **repeated)


def descended(plan: GatedPlan, steps: int, seed: RealizationSeed) -> dict[str, float]:
    """Return name -> number of one realization, at the end and halfway."""
    data = plan.trained_on()
    rng = seed.generators(1)[0]
    begin = descent_of(plan.network)
    descent = begin(plan.network, data.inputs, data.labels, data.contexts, rate=plan.rate, scale=plan.scale, rng=rng)
    with one_blas_thread():
        descent.advance(steps // 2)
        halfway = {f"{name}_halfway": value for name, value in plan.limit.of(descent, data).items()}
        descent.advance(steps - steps // 2)
        return plan.limit.of(descent, data) | halfway


def _data(
    network: Any, data: Any, test: Any, beside: Mapping[str, Any] | None, contexts: Any, test_contexts: Any
) -> Data:
    x, y = pair_of("data", data, network)
    if test is None:
        if beside:
            raise ValueError("beside compares what is said of test inputs: give test=(inputs, labels)")
        return Data(x, y, contexts=contexts)
    test_x, test_y = pair_of("test", test, network)
    signs: dict[str, FloatArray] = {}
    if beside is not None and not isinstance(beside, Mapping):
        raise TypeError(f"beside must map words to what they say of the test inputs, got {type(beside).__name__}")
    for name, said in (beside or {}).items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"beside must map words to what they say of the test inputs, got the name {name!r}")
        signs[name] = np.sign(numbers(f"beside[{name!r}]", said))
        if signs[name].shape != test_y.shape or not math.isfinite(float(np.sum(signs[name]))):
            raise ValueError(f"beside[{name!r}] must be finite, one number for each of the {len(test_y)} test inputs")
    return Data(x, y, test_x, test_y, signs, contexts, test_contexts)
