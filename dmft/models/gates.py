"""Gates that no weight moves: which context each unit is in, at each input.

A gate splits the space of inputs into contexts, and a unit has weights of its own in each. Gates know nothing of the
network's weights: that is what makes a gated network linear in them where it is not in its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import non_negative, numbers, one_of, whole
from dmft.models.spelt import Spelt

IntArray = NDArray[np.int64]

CLOSED = -1  # the context of a gate that lets nothing through
_MOST_HALF_SPACES = 40  # contexts are counted by integers
_SECONDS, _STREAM = 1.5e-5, 600.0  # to draw the half-spaces of a unit; bytes of its stream of random numbers


@dataclass(frozen=True, eq=False)
class Hyperplanes:
    """Gates at their places: bits by the side of hyperplanes on which an input lies.

    Attributes
    ----------
    normals : shape (n_unit, n_plane, n_input).
    offsets : shape (n_unit, n_plane); bit s of unit h is normals[h, s].x + offsets[h, s] > 0.
    closing : whether a unit whose bits are all zero is closed, and has no weights there (a rectifier's gate).
    """

    normals: FloatArray = field(repr=False)
    offsets: FloatArray = field(repr=False)
    closing: bool = False

    def contexts(self, inputs: FloatArray) -> IntArray:
        """Return the context of every unit, shape (n, n_unit): its bits as a number; -1 where it is closed.

        Raises
        ------
        ValueError : for inputs of another length.
        """
        units, planes, length = self.normals.shape
        if inputs.shape[1] != length:
            raise ValueError(
                f"inputs must have {length} components, as those the gates were placed for; got {inputs.shape[1]}"
            )
        sides = inputs @ self.normals.reshape(units * planes, length).T + self.offsets.ravel() > 0.0
        codes = sides.reshape(len(inputs), units, planes).astype(np.int64) @ (1 << np.arange(planes, dtype=np.int64))
        return np.asarray(codes - 1 if self.closing else codes, dtype=np.int64)


@dataclass(frozen=True)
class HalfSpaces(Spelt):
    """Contexts by random half-spaces: 2^per_unit of them a unit.

    Normals are standard normal in all inputs that vary over the training set: offsets are those of the gates, not of a
    constant input. The unit h draws from its own stream of `seed`: with more units or half-spaces the first ones stay.

    Parameters
    ----------
    n_units : units with a gate of their own; 1: one gate for all units.
    per_unit : half-spaces that split the inputs of each unit; 0: none, one context.
    seed : of normals and offsets, integer >= 0.
    offsets : "normal", or "median": each half-space holds half of the training inputs.
    offset_sd : standard deviation of normal offsets, in units of a normal's component [9/36 in the experiments of
        Lippl, Abbott & Chung (2022)].

    Raises
    ------
    ValueError, TypeError : for counts that are not whole or out of range, an unknown kind of offsets.
    """

    n_units: int = field(metadata={"unit": "1", "meaning": "units with a gate of their own"})
    per_unit: int = field(default=1, metadata={"unit": "1", "meaning": "half-spaces a unit"})
    seed: int = field(default=0, metadata={"unit": "1", "meaning": "seed of the half-spaces"})
    offsets: Literal["normal", "median"] = "normal"
    offset_sd: float = field(default=0.25, metadata={"unit": "normal", "meaning": "sd of the offsets"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_units", whole("n_units", self.n_units, least=1))
        object.__setattr__(self, "per_unit", whole("per_unit", self.per_unit, least=0, most=_MOST_HALF_SPACES))
        object.__setattr__(self, "seed", whole("seed", self.seed, least=0))
        one_of("offsets", self.offsets, ("normal", "median"))
        object.__setattr__(self, "offset_sd", non_negative("offset_sd", self.offset_sd))

    @property
    def n_contexts(self) -> int:
        """Contexts a unit, 2^per_unit."""
        return int(2**self.per_unit)

    def placed(self, inputs: FloatArray) -> Hyperplanes:
        """Return the gates for networks that are trained on these inputs, shape (n, n_input).

        Raises
        ------
        TooCostlyError : a ValueError, for more units than memory holds.
        """
        count, length = inputs.shape
        planes = self.n_units * self.per_unit
        check_cost(
            f"the gates of {self.n_units} units",
            seconds=_SECONDS * self.n_units,
            memory=8.0 * (3.0 * planes * length + 2.0 * count * max(planes, self.n_units)) + _STREAM * self.n_units,
            remedy="take fewer units, or one gate for all of them",
        )
        normals = np.empty((self.n_units, self.per_unit, length))
        offsets = np.empty((self.n_units, self.per_unit))
        for unit, own in enumerate(np.random.SeedSequence(self.seed).spawn(self.n_units)):
            drawn = np.random.default_rng(own).standard_normal((self.per_unit, length + 1))
            normals[unit], offsets[unit] = drawn[:, :length], self.offset_sd * drawn[:, length]
        normals[:, :, np.ptp(inputs, axis=0) == 0.0] = 0.0
        if self.offsets == "median":
            offsets = -np.median(inputs @ normals.reshape(-1, length).T, axis=0).reshape(offsets.shape)
        return Hyperplanes(normals, offsets)


@dataclass(frozen=True)
class RectifierGates(Spelt):
    """Gates of rectified units, frozen: unit h is open where w_h.x > 0, and has one context there.

    Parameters
    ----------
    weights : w, rows of shape (n_unit, n_input); a matrix or nested tuples.

    Raises
    ------
    ValueError, TypeError : for what is no finite matrix.
    """

    weights: tuple[tuple[float, ...], ...] = field(repr=False)

    def __post_init__(self) -> None:
        rows = numbers("weights", self.weights)
        if rows.ndim != 2 or rows.size == 0 or not np.all(np.isfinite(rows)):
            raise ValueError(f"weights must be a finite matrix of shape (n_unit, n_input), got shape {rows.shape}")
        object.__setattr__(self, "weights", tuple(map(tuple, rows.tolist())))

    @classmethod
    def drawn(cls, n_units: int, n_inputs: int, seed: int) -> RectifierGates:
        """Return gates of standard normal weights, as those of a network before training."""
        size = whole("n_units", n_units, least=1), whole("n_inputs", n_inputs, least=1)
        rows = np.random.default_rng(whole("seed", seed, least=0)).standard_normal(size)
        return cls(tuple(map(tuple, rows.tolist())))

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.weights)

    @property
    def n_contexts(self) -> int:
        """1: where a unit is closed it has no weights."""
        return 1

    def placed(self, inputs: FloatArray) -> Hyperplanes:
        """Return the gates; they do not depend on the inputs."""
        rows = np.array(self.weights)[:, None, :]
        return Hyperplanes(rows, np.zeros(rows.shape[:2]), closing=True)

    def __repr__(self) -> str:
        return f"RectifierGates({self.n_units} units of {len(self.weights[0])} inputs)"


@dataclass(frozen=True)
class Contexts(Spelt):
    """Contexts that come with the inputs: whoever solves, trains or predicts gives them beside the inputs.

    Parameters
    ----------
    n_units : units with contexts of their own; 1: one context for all units.
    n_contexts : contexts a unit, 0 to n_contexts - 1.

    Raises
    ------
    ValueError, TypeError : for counts that are not whole and at least 1.
    """

    n_units: int = field(metadata={"unit": "1", "meaning": "units with contexts of their own"})
    n_contexts: int = field(metadata={"unit": "1", "meaning": "contexts a unit"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_units", whole("n_units", self.n_units, least=1))
        object.__setattr__(self, "n_contexts", whole("n_contexts", self.n_contexts, least=1, most=2**_MOST_HALF_SPACES))

    def placed(self, inputs: FloatArray) -> None:
        """Return None: there is nothing that could tell the contexts of other inputs."""
        return None


KINDS = (HalfSpaces, RectifierGates, Contexts)


def contexts_of(gates: Any, placed: Hyperplanes | None, inputs: FloatArray, given: Any) -> IntArray:
    """Return the context of every unit at every input, shape (n, n_unit), -1 where a unit is closed.

    Parameters
    ----------
    gates, placed : of the network, and at their places.
    given : contexts that come with the inputs: numbers of shape (n, n_unit) (or (n,) for one unit), or one-hot, of
        shape (n, n_unit, n_contexts).

    Raises
    ------
    ValueError, TypeError : where they are missing, not wanted, not one-hot or out of range.
    """
    if placed is not None:
        if given is not None:
            raise ValueError(
                f"contexts must be left out: they are those of {gates!r}; state dmft.Contexts to give them"
            )
        return placed.contexts(inputs)
    shape = (len(inputs), gates.n_units)
    if given is None:
        raise ValueError(f"contexts must be given beside the inputs, of shape {shape}: the gates are dmft.Contexts")
    array = numbers("contexts", given)
    if array.ndim == 3:
        if array.shape != (*shape, gates.n_contexts):
            raise ValueError(f"one-hot contexts must be of shape {(*shape, gates.n_contexts)}, got {array.shape}")
        if not (np.all((array == 0.0) | (array == 1.0)) and np.all(array.sum(axis=2) == 1.0)):
            worst = np.unravel_index(np.argmax(np.abs(array.sum(axis=2) - 1.0)), shape)
            raise ValueError(
                "contexts must be one-hot, a single 1 among zeros for every unit and input; those of input "
                f"{worst[0]}, unit {worst[1]} sum to {array[worst].sum():g}"
            )
        return np.asarray(np.argmax(array, axis=2), dtype=np.int64)
    if array.ndim == 1 and gates.n_units == 1:
        array = array[:, None]
    if array.shape != shape:
        raise ValueError(
            f"contexts must be of shape {shape}, or one-hot {(*shape, gates.n_contexts)}; got {array.shape}"
        )
    if not np.all((array == np.floor(array)) & (array >= 0) & (array < gates.n_contexts)):
        raise ValueError(
            f"contexts must be whole numbers from 0 to {gates.n_contexts - 1}, got {array.min():g} to {array.max():g}"
        )
    return array.astype(np.int64)
