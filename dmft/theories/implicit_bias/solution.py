"""What the theory of implicit bias returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.gates import Hyperplanes, contexts_of
from dmft.models.labelled import checked_inputs
from dmft.theories.implicit_bias.features import membership
from dmft.theories.solution import Solution, array

_ACTIVE = 1e-6  # part of the largest unit's norm above which a unit counts


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ImplicitBiasSolution(Solution):
    """The predictor in whose direction gradient descent ends, with the proof that its norm is the least.

    Predictors have the least margin 1 on the training set. `convergence.error` bounds the relative error of `norm`
    (nan of a LOCAL one, which need not be the least). Of points that cannot be separated (NO_SOLUTION) `dual` is the
    proof, and all else is nan.

    Attributes
    ----------
    norm : what was minimised: rho(zeta) = (L/2) sum_g |zeta_g|^(2/L), or |zeta|^2/2, or half the mean square over joint
        contexts, as asked.
    gap : (norm - lower bound)/norm, the bound that of the dual.
    certificate : largest dual norm max_g |sum_i v_i y_i Psi_ig| over the groups, for v that sums to the norm of the
        predictor; 1 at the optimum, never less.
    margin : least margin over norm^(L/2), of a predictor of norm one.
    dual : v, shape (n,): weights of the training inputs, zero but for those at the margin; of what cannot be separated,
        v >= 0 that sums to one and whose mean of signed features is the origin.
    unit_norms : |zeta_h| of each unit (of each gate), of its `maps`, shape (n_unit,); of a gated read-out, summed over
        contexts; of a convolution, of each frequency, of 0, 1, ... cycles: (n_input)^(-(L-1)/2) |(F beta)_k|, twice
        for k and n_input - k, to the power that adds up.
    maps : zeta of every context that training inputs are in, shape (n_column, n_input).
    map_unit, map_context : of which unit and context, shape (n_column,).
    base : vector that all inputs see beside, shape (n_input,); zero but for the norm over joint contexts.
    stationary_norms : norms of all stationary points that were gone to (`starts`), increasing, shape (n_start,).
    minimised : "parameters", "zeta" or "function".
    places : where the gates are; None where contexts are given with the inputs.
    """

    norm: float = array()
    gap: float = array()
    certificate: float = array()
    margin: float = array()
    dual: FloatArray = array("sample")
    unit_norms: FloatArray = array("unit")
    maps: FloatArray = array("column", "component")
    map_unit: Any = array("column")
    map_context: Any = array("column")
    base: FloatArray = array("component")
    stationary_norms: FloatArray = array("start")
    minimised: str = "parameters"
    places: Hyperplanes | None = None

    references: ClassVar[tuple[str, ...]] = ("lippl2022", "lyu2020")
    labels: ClassVar[tuple[str, ...]] = ("minimised", "state")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "references", (*type(self).references, *self.network.references))

    @property
    def state(self) -> str:
        """ "optimum", "stationary" (a point of a norm that is not convex), "unfinished", or "none"."""
        words = {"CONVERGED": "optimum", "LOCAL": "stationary", "NO_SOLUTION": "none"}
        return words.get(self.convergence.status.name, "unfinished")

    @property
    def norm_error(self) -> float:
        """Bound on the error of `norm`."""
        return self.norm * self.convergence.error

    @property
    def active(self) -> Any:
        """Whether each unit has weights, shape (n_unit,)."""
        return self.unit_norms > _ACTIVE * np.max(self.unit_norms)

    @property
    def n_active(self) -> int:
        """Number of units that have weights."""
        return int(np.sum(self.active))

    @property
    def support(self) -> Any:
        """Whether each training input is at the margin with a weight of its own, shape (n,)."""
        return self.dual > _ACTIVE * np.max(self.dual)

    def predict(self, inputs: Any, *, contexts: Any = None) -> FloatArray:
        """Return f(x), whose sign is the label, shape (n,).

        Parameters
        ----------
        inputs : shape (n, n_input).
        contexts : where the gates are `dmft.Contexts`, those of the inputs.

        Raises
        ------
        ValueError, TypeError : for inputs of another length, contexts that are missing or not wanted.
        """
        x = checked_inputs(inputs)
        if x.shape[1] != len(self.base):
            raise ValueError(f"inputs must have {len(self.base)} components, as the training set; got {x.shape[1]}")
        codes = contexts_of(self.network.gates, self.places, x, contexts)
        inside = membership(codes, np.asarray(self.map_unit), np.asarray(self.map_context))
        return np.asarray(np.sum((x @ self.maps.T) * inside, axis=1) + x @ self.base)

    @property
    def zeta(self) -> FloatArray:
        """zeta of every unit and context, shape (n_unit, n_context, n_input).

        Raises
        ------
        TooCostlyError : a ValueError, for more than fits in memory; `maps` holds those that are not zero.
        """
        gates = self.network.gates
        shape = (gates.n_units, gates.n_contexts, len(self.base))
        check_cost(f"zeta of shape {shape}", memory=8.0 * math.prod(shape), remedy="take maps, which are not zero")
        full = np.zeros(shape)
        full += self.base / gates.n_units
        np.add.at(full, (np.asarray(self.map_unit), np.asarray(self.map_context)), self.maps)
        return full
