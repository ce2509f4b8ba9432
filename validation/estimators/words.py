"""The words of ``simulate(measure=...)``, in calls and in files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from validation.estimators import Measure
from validation.estimators.correlation import Correlations
from validation.estimators.dimension import Dimension
from validation.estimators.jacobian import Jacobian
from validation.estimators.low_rank import OrderParameters, Outlier
from validation.estimators.lyapunov import Lyapunov
from validation.estimators.period import OverPeriod
from validation.estimators.survival import Survival
from validation.estimators.transient import Transient

_MEASURES: dict[str, type[Measure]] = {
    kind.word: kind
    for kind in (Correlations, Lyapunov, Jacobian, OverPeriod, Dimension, OrderParameters, Outlier, Survival, Transient)
}


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
    return _MEASURES[word](**settings)


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
            try:
                found.append(_MEASURES[item]())
            except TypeError as error:
                name = _MEASURES[item].__name__
                raise TypeError(f"measure {item!r} needs settings: give the measure itself, {name}(...)") from error
        elif not isinstance(item, Measure):
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
