"""`solve_kernel`: what layers of vector units make of the correlation between two inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import finite
from dmft.models.layered import LayeredNetwork, checked_layers
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.solution import Solution, array, coordinate


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class KernelSolution(Solution):
    """Correlations of two inputs, layer by layer, in the limit of wide layers.

    Attributes
    ----------
    layer : 0 (the inputs) to L; shape (n_layer + 1,).
    correlations : normalised products of the activity of the two, summed over units and components.
    gates : correlation of gates, P(both open)/P(open), of layers 1 to L, and 1 at 0.
    """

    layer: FloatArray = coordinate("layer", "1")
    correlations: FloatArray = array("layer")
    gates: FloatArray = array("layer")

    references: ClassVar[tuple[str, ...]] = ("clark2021", "cho2009")

    @property
    def state(self) -> str:
        """Whether layers bring the inputs "together" or "apart", or leave them the "same"."""
        change = float(self.correlations[-1] - self.correlations[0])
        return "same" if abs(change) < 1e-12 else "together" if change > 0.0 else "apart"


def solve_kernel(network: LayeredNetwork, correlation: float) -> KernelSolution:
    """Return the correlation of two inputs in each hidden layer of a wide network with its initial weights.

    A layer of units with K components maps [derived after Clark, Abbott & Chung (2021)]

        c' = (1 - 1/K) c (1 - arccos(c)/pi) + (1/K) [sqrt(1 - c^2) + (pi - arccos c) c]/pi:

    the part across t sees the gates alone, the part along t is rectified. K = 1 is the map of rectified units [Cho &
    Saul (2009)]; many components pull inputs apart.

    Parameters
    ----------
    network : `dmft.LayeredNetwork` of vector units, nonnegative or not, or of rectified scalar ones.
    correlation : c of the inputs, from -1 to 1.

    Raises
    ------
    ValueError, TypeError : for a correlation out of range; units that are not rectified; convolutional networks.

    Accuracy
    --------
    The limit of wide layers; N = 1500 within the error of the mean (tests/statistical/test_learning_signals.py).

    Cost
    ----
    Below 1 ms.
    """
    checked_layers(network)
    c = finite("correlation", correlation)
    if not -1.0 <= c <= 1.0:
        raise ValueError(f"correlation must lie between -1 and 1, got {c:g}")
    if not network.rectified or network.convolutional:
        raise ValueError("the kernel is known of dense layers of vector units, or of rectified ones")
    components = network.vector_units or 1
    found, gates = [c], [1.0]
    for _ in range(network.depth):
        gates.append(both_open(found[-1]))
        found.append(next_correlation(found[-1], components))
    return KernelSolution(
        network=network,
        convergence=Convergence(Status.CONVERGED, 0.0, network.depth),
        settings={"correlation": c},
        layer=np.arange(network.depth + 1.0),
        correlations=np.array(found),
        gates=np.array(gates),
    )


def both_open(c: Any) -> Any:
    """Return the probability that a gate is open for both inputs, over that for one; of a number, or of an array."""
    return 1.0 - np.arccos(np.clip(c, -1.0, 1.0)) / math.pi


def next_correlation(c: Any, components: int) -> Any:
    """Return the correlation one layer on; of a number, or of an array."""
    c = np.clip(c, -1.0, 1.0)
    gate = both_open(c)
    rectified = np.sqrt(1.0 - c * c) / math.pi + gate * c
    return (1.0 - 1.0 / components) * c * gate + rectified / components
