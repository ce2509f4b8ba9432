"""Which weights a network has: a column for each unit and context that some training input is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.models.convolution import LinearConvolution
from dmft.models.gated_linear import GatedLinear, RectifiedNetwork
from dmft.models.gates import Hyperplanes, contexts_of


@dataclass(frozen=True, eq=False)
class Layout:
    """Which weights there are.

    Attributes
    ----------
    unit, context : of each column, shape (n_column,).
    members : 1 where an input is in a column, shape (n, n_column); None where the weights say themselves.
    owner : to which read-out weight a column belongs, shape (n_column,).
    depth : layers.
    places : of the gates; None where contexts are given, or follow from the weights.
    """

    unit: NDArray[np.int64]
    context: NDArray[np.int64]
    members: FloatArray | None
    owner: NDArray[np.int64]
    depth: int
    places: Hyperplanes | None


@singledispatch
def layout_of(network: Any, x: FloatArray, contexts: Any) -> Layout:
    """Return the columns of a network for its training inputs, shape (n, n_input).

    Raises
    ------
    ValueError, TypeError : for another network, contexts that are missing or not wanted.
    """
    raise TypeError(f"network must be a dmft.GatedLinear or a dmft.RectifiedNetwork, got {network!r}")


@layout_of.register
def _(network: GatedLinear, x: FloatArray, contexts: Any) -> Layout:
    places = network.gates.placed(x)
    codes = contexts_of(network.gates, places, x, contexts)
    units, their, inside = [], [], []
    for number in range(network.n_units):
        row = codes[:, 0 if network.shared else number]
        there = np.unique(np.maximum(row, 0))
        units.append(np.full(len(there), number))
        their.append(there)
        inside.append((row[:, None] == there).astype(float))
    unit = np.concatenate(units)
    owner = np.arange(len(unit)) if network.readout == "gated" else unit
    return Layout(unit, np.concatenate(their), np.hstack(inside), owner, network.layers, places)


@layout_of.register
def _(network: LinearConvolution, x: FloatArray, contexts: Any) -> Layout:
    one = np.zeros(1, dtype=np.int64)  # what it costs is one map
    return Layout(one, one, np.ones((len(x), 1)), one, network.layers, None)


@layout_of.register
def _(network: RectifiedNetwork, x: FloatArray, contexts: Any) -> Layout:
    if contexts is not None:
        raise ValueError("contexts must be left out: those of rectified units are where their weights put them")
    unit = np.arange(network.units)
    return Layout(unit, np.zeros_like(unit), None, unit, 2, None)
