"""The stable fixed points of a plastic network that dominate in number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.theories.plastic_couplings import plastic_bulk
from dmft.theories.solution import Solution, array, coordinate


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FixedPoints(Solution):
    """Stable fixed points of a plastic network, in the limit N -> infinity.

    The error in `convergence` is the absolute one of the complexity: what other nodes change.

    Attributes
    ----------
    complexity : Sigma, (1/N) log of the mean number of stable fixed points; negative: there are none; -inf: not even
        with exponentially small probability.
    q : <phi^2> of the most numerous ones; nan if there are none.
    theta, mu : multipliers of the constraints <phi^2> = q and g^2 <chi^2> <= 1.
    bulk : g^2 <chi^2>, the stability of the bulk of the spectrum: stable below 1, marginal at 1.
    order_parameter_mode : <phi chi (h/q + 2 k phi)>, stable below 1; at 1 it is the saddle-node of q.
    spinodal_h : a neuron has two stable states for |h| < spinodal_h; 0 if it never has.
    q_values, complexity_values : Sigma as a function of q, shape (n_q,).
    x, weights : stable states x > 0 of a neuron (the mirror image -x counts in the weight too), shape (n_node,).
    state : "stable fixed points" or "no stable fixed points".
    """

    complexity: float = array()
    q: float = array()
    theta: float
    mu: float
    bulk: float = array()
    order_parameter_mode: float = array()
    spinodal_h: float = array()
    q_values: FloatArray = coordinate("q_values", "1")
    complexity_values: FloatArray = array("q_values")
    x: FloatArray = coordinate("x", "1")
    weights: FloatArray = array("x")
    state: str

    references: ClassVar[tuple[str, ...]] = ("clark2024",)

    def bulk_function(self, eigenvalue: ArrayLike) -> Any:
        """Return S(l) = g^2 <phi'^2/|1 + l - kappa phi'/(1 + p l)|^2>; the bulk of the spectrum is where S(l) >= 1."""
        slope = np.asarray(self.reduction.nonlinearity.derivative(self.x), dtype=float)
        return plastic_bulk(self.reduction, self.q, slope, self.weights, eigenvalue)
