"""What simulations without time have in common: plans, and measures of one drawn problem."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dmft.models.serialization import network_from_mapping, network_to_mapping


class Measure:
    """One thing to measure in a realization.

    Attributes
    ----------
    word : its word in `simulate(measure=...)`.
    needs_load : whether it is measured at a load.
    """

    word: ClassVar[str]
    needs_load: ClassVar[bool] = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        raise NotImplementedError

    def coordinates(self, _: Any) -> dict[str, NDArray[np.float64]]:
        """Return no coordinates: all results are numbers."""
        return {}

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Return name -> number for one realization."""
        raise NotImplementedError

    def seconds(self, size: int, count: int) -> float:
        """Return about how long it takes, from below, in seconds of one core."""
        return 2e-9 * size * count * min(size, count)


def checked_measures(measure: Any, known: Mapping[str, type[Measure]]) -> tuple[Measure, ...]:
    """Return the measures of one or several words.

    Parameters
    ----------
    known : word -> kind of measure.

    Raises
    ------
    ValueError, TypeError : for another word, none, or one given twice.
    """
    words = [measure] if isinstance(measure, str) else list(measure) if isinstance(measure, Iterable) else None
    if words is None or not all(isinstance(word, str) for word in words):
        raise TypeError(f"measure must be a word or several, of {', '.join(map(repr, known))}; got {measure!r}")
    if not words or len(set(words)) < len(words):
        raise ValueError(f"measure must name each of what is to be measured once, got {measure!r}")
    for word in words:
        if word not in known:
            raise ValueError(f"measure must be among {', '.join(map(repr, known))}; got {word!r}")
    return tuple(known[word]() for word in words)


@dataclass(frozen=True)
class StaticPlan:
    """How a realization is made; equal plans are the same experiment, whatever the sizes and seeds.

    Attributes
    ----------
    network : the statement that is simulated.
    measures : what is measured.
    """

    network: Any
    measures: tuple[Measure, ...]

    dtype: ClassVar[str] = "float64"
    sampling: ClassVar[None] = None
    known: ClassVar[Mapping[str, type[Measure]]]  # word -> kind of measure

    def to_mapping(self) -> dict[str, Any]:
        """Return the experiment as what JSON can hold."""
        mapping = self.same()
        mapping["network"] = network_to_mapping(self.network)
        mapping["measures"] = [measure.word for measure in self.measures]
        return mapping

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Return the experiment that `to_mapping` described."""
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in mapping.items()}
        fields["network"] = network_from_mapping(mapping["network"])
        fields["measures"] = checked_measures(mapping["measures"], cls.known)
        return cls(**fields)

    def same(self) -> dict[str, Any]:
        """Return what must agree for simulations to be pooled."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def told(self) -> dict[str, Any]:
        """Return the settings, for the attributes of a dataset."""
        told = {name: value for name, value in self.same().items() if name not in ("network", "measures")}
        return {name: "none" if value is None else value for name, value in told.items()}

    def caution(self, n: int) -> None:
        """Warn of nothing: no size is known at which theory is off by more than its law says."""

    def step_bias(self) -> float:
        """Return 0: there are no time steps."""
        return 0.0

    def check_size(self, size: int, workers: int) -> None:
        """Refuse a size that does not fit in memory."""
        raise NotImplementedError

    def seconds(self, size: int) -> float:
        """Return about how long a realization takes, from below, in seconds of one core."""
        raise NotImplementedError


@dataclass(frozen=True)
class LoadPlan(StaticPlan):
    """A plan of what can be held at a load.

    Attributes
    ----------
    load : P/N; None where nothing is measured at a load.
    """

    load: float | None = None

    things: ClassVar[str]  # what P counts
    unloaded: ClassVar[str]  # how many they are without a load

    @property
    def extent(self) -> str:
        """How many things there are."""
        return self.unloaded if self.load is None else f"{self.load:g} N {self.things}"

    @property
    def sentence(self) -> str:
        """The settings in a line."""
        words = ", ".join(measure.word for measure in self.measures)
        return words if self.load is None else f"load {self.load:g}; {words}"
