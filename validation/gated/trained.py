"""What gradient descent came to in a gated or rectified network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.models.brief import brief
from dmft.models.gated_linear import GatedLinear
from dmft.models.gates import Hyperplanes, RectifierGates, contexts_of
from dmft.models.labelled import checked_inputs
from validation.shown import Shown


@dataclass(frozen=True, eq=False)
class Path:
    """A path of gradient descent, at the steps where it was looked at.

    Attributes
    ----------
    steps : numbers of steps, shape (n_look,).
    margins : least margin min_i y_i f(x_i).
    squares : |theta|^2, of all weights.
    values : (|theta|^2/2)/margin^(2/L), what it takes to reach margin one in this direction; inf where an input is
        still on the wrong side. Never below the least norm of the theory.
    """

    steps: NDArray[np.int64] = field(repr=False)
    margins: FloatArray = field(repr=False)
    squares: FloatArray = field(repr=False)
    values: FloatArray = field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Trained(Shown, ABC):
    """A trained network.

    Attributes
    ----------
    network : its statement.
    path : margins and norms along time.
    """

    network: Any
    path: Path

    def said(self) -> str:
        """Return what was trained, and where it came."""
        reached = f"least margin {self.margin:.4g} after {self.path.steps[-1]} steps"
        return f"{type(self).__name__}: {reached}; {brief(self.network)}"

    @property
    def margin(self) -> float:
        """Least margin at the end."""
        return float(self.path.margins[-1])

    @property
    def value(self) -> float:
        """(|theta|^2/2)/margin^(2/L) at the end."""
        return float(self.path.values[-1])

    @abstractmethod
    def predict(self, inputs: Any, *, contexts: Any = None) -> FloatArray:
        """Return f(x), shape (n,).

        Raises
        ------
        ValueError, TypeError : for inputs of another length, contexts that are missing or not wanted.
        """


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TrainedGated(Trained):
    """A trained gated or rectified network.

    Attributes
    ----------
    weights : w of every context of every unit that training inputs are in, shape (n_column, n_input); of rectified
        units, a row each.
    readout : product of the read-out weights of each column, shape (n_column,).
    unit, context : of which unit (of the network) and context, shape (n_column,).
    """

    weights: FloatArray = field(repr=False)
    readout: FloatArray = field(repr=False)
    unit: NDArray[np.int64] = field(repr=False)
    context: NDArray[np.int64] = field(repr=False)
    places: Hyperplanes | None = field(default=None, repr=False)

    @property
    def gates(self) -> Any:
        """Gates of the network; of rectified units, those of the trained weights."""
        return _gates_of(self.network, self.weights)

    @property
    def maps(self) -> FloatArray:
        """Linear map of each column, its weights times its read-out, shape (n_column, n_input)."""
        return np.asarray(self.weights * self.readout[:, None])

    def frozen(self) -> GatedLinear:
        """Return the network with the gates that it has now; one whose gates no weight moves is that already."""
        return GatedLinear(self.gates) if getattr(self.network, "gates", None) is None else self.network

    def hidden(self, inputs: Any, *, contexts: Any = None) -> FloatArray:
        """Return what the units say, w_h.x in the context of each, shape (n, n_unit); 0 where one is closed."""
        x = self._checked(inputs)
        found = (x @ self.weights.T) * self._inside(x, contexts)
        said = np.zeros((len(x), self.network.units or self.network.n_units))
        np.add.at(said.T, self.unit, found.T)
        return said

    def predict(self, inputs: Any, *, contexts: Any = None) -> FloatArray:
        """Return f(x), shape (n,); 0 from contexts of a unit that no training input is in.

        Raises
        ------
        ValueError, TypeError : for inputs of another length, contexts that are missing or not wanted.
        """
        x = self._checked(inputs)
        return np.asarray(((x @ self.weights.T) * self._inside(x, contexts)) @ self.readout)

    def _checked(self, inputs: Any) -> FloatArray:
        x, length = checked_inputs(inputs), self.weights.shape[1]
        if x.shape[1] != length:
            raise ValueError(f"inputs must have {length} components, as the training set; got {x.shape[1]}")
        return x

    def _inside(self, x: FloatArray, contexts: Any) -> FloatArray:
        places = self.gates.placed(x) if self.places is None else self.places
        codes = contexts_of(self.gates, places, x, contexts)
        own = np.zeros_like(self.unit) if codes.shape[1] == 1 else self.unit
        return np.asarray(codes[:, own] == self.context, dtype=float)


def _gates_of(network: Any, weights: FloatArray) -> Any:
    gates = getattr(network, "gates", None)
    return RectifierGates(tuple(map(tuple, weights.tolist()))) if gates is None else gates
