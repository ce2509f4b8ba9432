"""Estimators: what is measured while a network runs, nothing kept that grows with N times the duration.

A measure is a frozen value with settings; `start` makes the accumulator of one realization. The words of
``simulate(measure=...)`` are looked up here: an addition is one file and one line.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from validation.simulators.simulator import Simulator

# Word -> module and class.
_MEASURES: dict[str, tuple[str, str]] = {
    "correlation": ("validation.estimators.correlation", "Correlations"),
    "lyapunov": ("validation.estimators.lyapunov", "Lyapunov"),
    "jacobian": ("validation.estimators.jacobian", "Jacobian"),
    "period": ("validation.estimators.period", "OverPeriod"),
    "dimension": ("validation.estimators.dimension", "Dimension"),
}


@dataclass(frozen=True)
class Sampling:
    """When a run is looked at.

    Attributes
    ----------
    interval : time between two updates of the estimators, in units of tau; a multiple of the time step.
    n_burn, n_samples : updates during the burn-in, and after it.
    """

    interval: float
    n_burn: int
    n_samples: int


class Accumulator(Protocol):
    """The running estimate of one realization."""

    def burn(self, simulator: Simulator) -> None:
        """See the state once an interval during the burn-in."""
        ...

    def update(self, simulator: Simulator) -> None:
        """See the state once an interval after the burn-in."""
        ...

    def result(self) -> dict[str, Any]:
        """Return name -> number or array, averaged over time and over the states of the same couplings."""
        ...


class Measure(Protocol):
    """Settings of an estimator.

    Attributes
    ----------
    word : its word in `simulate(measure=...)`.
    variables : name of a result -> (dimensions, unit).
    """

    @property
    def word(self) -> str:
        """The word."""
        ...

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name -> (dimensions, unit)."""
        ...

    def n_tangents(self, n: int) -> int:
        """Return the number of tangent vectors needed; refuse what a network of n neurons cannot have."""
        ...

    def coordinates(self, sampling: Sampling) -> dict[str, np.ndarray]:
        """Return dimension -> its values, for the dimensions that have some."""
        ...

    def start(self, simulator: Simulator, sampling: Sampling) -> Accumulator:
        """Return the accumulator of one realization."""
        ...


def measure_of(mapping: dict[str, Any]) -> Measure:
    """Return the measure of a word and its settings, as a file states them.

    Raises
    ------
    ValueError, TypeError : for an unknown word or setting.
    """
    settings = dict(mapping)
    word = settings.pop("word")
    if word not in _MEASURES:
        raise ValueError(f"measure must be among {', '.join(map(repr, _MEASURES))}; got {word!r}")
    module, name = _MEASURES[word]
    return getattr(importlib.import_module(module), name)(**settings)


def checked_measures(measure: Any) -> tuple[Measure, ...]:
    """Return measures for words and measures, in the order given.

    Raises
    ------
    ValueError, TypeError : for an unknown word, none at all, one twice, or something that is not a measure.
    """
    listed = [measure] if isinstance(measure, str) or not isinstance(measure, Iterable) else list(measure)
    found: list[Measure] = []
    for item in listed:
        if isinstance(item, str):
            if item not in _MEASURES:
                raise ValueError(f"measure must be among {', '.join(map(repr, _MEASURES))}; got {item!r}")
            module, name = _MEASURES[item]
            try:
                found.append(getattr(importlib.import_module(module), name)())
            except ModuleNotFoundError as error:
                raise ValueError(f"measure {item!r} is not available in this version") from error
            except TypeError as error:
                raise TypeError(f"measure {item!r} needs settings: give the measure itself, {name}(...)") from error
        elif isinstance(item, type) or not hasattr(item, "start"):
            raise TypeError(f"measure must hold words or measures like validation.Lyapunov(k=4), got {item!r}")
        else:
            found.append(item)
    if not found:
        raise ValueError(f"measure must name at least one of {', '.join(map(repr, _MEASURES))}; got none")
    words = [m.word for m in found]
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"measure must name each estimator once, got {word!r} {words.count(word)} times")
    return tuple(found)
