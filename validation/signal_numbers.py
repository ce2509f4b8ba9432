"""The numbers of the theories of learning signals that networks show too."""

from __future__ import annotations

import math
from typing import Any

from dmft.numerics.value import Value


def alignment_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return angles and scales, layer by layer.

    Raises
    ------
    ValueError : for another network or rule; updates that are sums over several inputs.
    """
    plan = simulation.plan
    if (theory.network, theory.rule) != (plan.network, getattr(plan, "rule", None)):
        raise ValueError(
            f"theory and simulation must be of the same network and rule, got {theory.network!r}, {theory.rule!r} and "
            f"{plan.network!r}, {getattr(plan, 'rule', None)!r}"
        )
    if plan.batch != 1:
        raise ValueError(f"the theory is of updates of one sample, the simulation of batches of {plan.batch}")
    numbers: dict[str, float] = {}
    for name, values in (("angle", theory.angles), ("scale", theory.scale)):
        for layer, value in enumerate(values.tolist(), 1):
            if math.isfinite(value):
                numbers[f"{name}_{layer}"] = Value(value)
    return numbers
