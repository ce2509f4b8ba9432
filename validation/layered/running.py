"""`simulate` of a layered network: angles of many initial weights."""

from __future__ import annotations

from typing import Any

from dmft.models.checks import finite
from dmft.models.layered import LayeredNetwork, check_rule
from dmft.models.learning_rules import Backprop
from validation.ensemble import checked_count
from validation.layered.plan import Angles, Correlations, LayeredPlan
from validation.simulation import Simulation
from validation.static_running import simulated


def simulate_layered(
    network: LayeredNetwork,
    sizes: Any = None,
    *,
    rule: Any = None,
    correlation: float | None = None,
    inputs: int = 100,
    outputs: int | None = None,
    samples: int = 4,
    batch: int = 1,
    **runs: Any,
) -> Simulation:
    """Draw networks, and measure the angle between updates by a rule and by the gradient, or what becomes of inputs.

    Parameters
    ----------
    network : `dmft.LayeredNetwork`.
    sizes : left out, or the smallest width: the widths stand in the statement.
    rule : `dmft.GlobalErrorVector`, `SignFeedback`, ... .
    correlation : in place of a rule: of pairs of inputs, whose correlation in each layer is measured.
    inputs : number of independent Gaussian ones.
    outputs : number of classes, default 10; of vector units as many as they have components.
    samples : updates of each network that are averaged over.
    batch : inputs with random labels that each update is the sum of.
    runs : n_realizations, seed, executor, checkpoint, progress, as for networks.

    Returns
    -------
    Simulation : "angle_1" to "angle_L" in degrees, of the hidden layers, first to last, and "scale_1" to "scale_L",
        norms of updates over those of gradients; or "correlation_1" to "correlation_L".

    Raises
    ------
    ValueError, TypeError : for a rule that the network has no use for, arguments out of range.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    CheckpointError, OSError : as for networks.

    Cost
    ----
    Four layers of 512 vector units of 10 components, 4 samples: 0.1 s.
    """
    if (rule is None) == (correlation is None):
        raise ValueError("give either rule=, of which angles are measured, or correlation=, of two inputs")
    if rule is not None:
        check_rule(network, rule)
    elif not -1.0 <= finite("correlation", correlation) <= 1.0:
        raise ValueError(f"correlation must lie between -1 and 1, got {correlation!r}")
    if network.convolutional:
        raise ValueError("angles of convolutional networks are measured in training: validation.train(...)")
    smallest = max(2, min(network.widths))
    if sizes is not None and sizes != smallest:
        raise ValueError(f"sizes must be left out: the widths stand in the statement; got {sizes!r}")
    classes = network.vector_units or 10 if outputs is None else checked_count("outputs", outputs, least=2)
    if network.vector_units is not None and classes != network.vector_units:
        raise ValueError(
            f"outputs must be left out, or {network.vector_units}, as units have components; got {classes}"
        )
    plan = LayeredPlan(
        network,
        (Correlations(network.depth) if rule is None else Angles(network.depth),),
        rule,
        None if rule is None else Backprop(),
        checked_count("inputs", inputs, least=2),
        classes,
        checked_count("samples", samples),
        checked_count("batch", batch),
        None if correlation is None else float(correlation),
    )
    return simulated(
        plan,
        (smallest,),
        remedy="take fewer realizations or samples, or smaller widths",
        **runs,
    )
