"""`simulate` of a layered network: angles of many initial weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.errors import spelling
from dmft.models.checks import finite, numbers
from dmft.models.layered import LayeredNetwork, check_rule
from dmft.models.learning_rules import Backprop
from validation.ensemble import checked_count
from validation.layered.plan import Angles, Correlations, LayeredPlan
from validation.simulation import Simulation
from validation.static_running import simulated

_LARGEST = 1e50  # a pixel
_HALVINGS = 6  # beyond which an image is larger than one takes without saying so


@spelling
def simulate_layered(
    network: LayeredNetwork,
    sizes: Any = None,
    *,
    rule: Any = None,
    correlation: float | None = None,
    inputs: int | None = None,
    image: Any = None,
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
    inputs : number of independent Gaussian ones, default 100; of convolutions those of a square image, default 64.
    image : in their place, an input that all samples are of, shape (n_input,) or (side, side).
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
    pixels = _pixels(network, inputs, image, correlation)
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
        pixels if isinstance(pixels, int) else len(pixels),
        classes,
        checked_count("samples", samples),
        checked_count("batch", batch),
        None if correlation is None else float(correlation),
        None if isinstance(pixels, int) else pixels,
    )
    return simulated(
        plan,
        (smallest,),
        remedy="take fewer realizations or samples, or smaller widths",
        **runs,
    )


def _pixels(network: LayeredNetwork, inputs: int | None, image: Any, correlation: Any) -> int | tuple[float, ...]:
    """Return the number of inputs, or the image."""
    if correlation is not None and (network.convolutional or image is not None):
        raise ValueError("correlation is of two inputs of a dense network: leave image and convolutional out")
    if image is None:
        if network.convolutional and inputs is None and network.depth > _HALVINGS:
            raise ValueError(f"inputs must be given for {network.depth} convolutions: a multiple of {4**network.depth}")
        usual = max(64, 4**network.depth) if network.convolutional else 100
        count = checked_count("inputs", usual if inputs is None else inputs, least=2)
    else:
        given = numbers("image", image).ravel()
        if inputs is not None or not np.all(np.abs(given) <= _LARGEST) or not np.any(given):
            raise ValueError(
                f"image must be finite numbers of at most {_LARGEST:g} in size, not all zero, and given without inputs"
            )
        count = len(given)
    if network.convolutional:
        network.image_side(count)
    return count if image is None else tuple(given.tolist())
