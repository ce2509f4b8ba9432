"""What gradient descent costs, before it is run."""

from __future__ import annotations

from typing import Any

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from validation.gated.layout import layout_of

_FLOPS = 2e9
_STEP = 3e-5  # seconds of a step, whatever its arrays


def descent_seconds(network: Any, x: FloatArray, contexts: Any, steps: int) -> float:
    """Return about how long it takes, in seconds of one core."""
    columns = len(layout_of(network, x, contexts).unit)
    return float(steps * (_STEP + 4.0 * len(x) * columns * x.shape[1] / _FLOPS))


def check_descent(network: Any, x: FloatArray, contexts: Any, steps: int) -> None:
    """Refuse what does not fit in memory, or would take weeks."""
    columns = len(layout_of(network, x, contexts).unit)
    check_cost(
        f"{steps} steps of {columns} columns on {len(x)} inputs",
        seconds=descent_seconds(network, x, contexts, steps),
        memory=8.0 * (4.0 * len(x) * columns + 4.0 * columns * x.shape[1]),
        remedy="take fewer steps, units or inputs",
    )
