"""Estimators: what is measured while a network runs, nothing kept that grows with N times the duration.

A measure is a frozen value with settings; `start` makes the accumulator of one realization. The words of
``simulate(measure=...)`` are looked up here: an addition is one file and one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from validation.estimators.correlation import Correlations
from validation.estimators.dimension import Dimension
from validation.estimators.jacobian import Jacobian
from validation.estimators.lyapunov import Lyapunov
from validation.estimators.measure import Measure, Sampling
from validation.estimators.period import OverPeriod

__all__ = ["Measure", "Sampling", "checked_measures", "measure_of"]

_MEASURES: dict[str, Callable[..., Measure]] = {
    "correlation": Correlations,
    "lyapunov": Lyapunov,
    "jacobian": Jacobian,
    "period": OverPeriod,
    "dimension": Dimension,
}


def measure_of(mapping: dict[str, Any]) -> Measure:
    """Return the measure of a word and its settings, as a file states them.

    Raises
    ------
    ValueError, TypeError : for an unknown word or setting.
    """
    settings = dict(mapping)
    return _kind(settings.pop("word"))(**settings)


def _kind(word: str) -> Callable[..., Measure]:
    if word not in _MEASURES:
        raise ValueError(f"measure must be among {', '.join(map(repr, _MEASURES))}; got {word!r}")
    return _MEASURES[word]


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
            found.append(_kind(item)())
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
