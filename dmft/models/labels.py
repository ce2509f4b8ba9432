"""Which classes a read-out is to tell from which: labels +1 and -1 of manifolds, given or drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import numbers

WORDS = ("balanced", "one-vs-rest")


@dataclass(frozen=True)
class Labels:
    """Labels of P manifolds.

    Attributes
    ----------
    word : "given", "balanced" or "one-vs-rest".
    rows : the labellings that are looked at one by one, P labels each; none where they are drawn.
    count : P.
    """

    word: str
    rows: tuple[tuple[float, ...], ...]
    count: int

    def row(self, index: int, generator: np.random.Generator) -> FloatArray:
        """Return one of the labellings; where they are drawn, another one each time, half of the labels +1."""
        if self.rows:
            return np.array(self.rows[index])
        half = self.count // 2 + (int(generator.integers(2)) if self.count % 2 else 0)
        signs = np.ones(self.count)
        signs[half:] = -1.0
        return generator.permutation(signs)


def labels_of(labels: Any, count: int) -> Labels:
    """Return checked labels of `count` manifolds.

    Parameters
    ----------
    labels : +1 or -1 for each manifold; "balanced": half of them +1, at random; "one-vs-rest": each one in turn.

    Raises
    ------
    ValueError, TypeError : for another word, another number of labels, or labels that are not +1 and -1.
    """
    if isinstance(labels, str):
        if labels not in WORDS:
            words = ", ".join(map(repr, WORDS))
            raise ValueError(f"labels must be +1 or -1 for each manifold, or one of {words}; got {labels!r}")
        if count < 2:
            raise ValueError(f"{labels} labels need at least two manifolds, got {count}")
        if labels == "balanced":
            return Labels(labels, (), count)
        return Labels(labels, tuple(map(tuple, 2.0 * np.eye(count) - 1.0)), count)
    given = numbers("labels", labels)
    if given.shape != (count,):
        raise ValueError(f"labels must be one for each of {count} manifolds, got an array of shape {given.shape}")
    if not np.all(np.abs(given) == 1.0):
        raise ValueError(f"labels must be +1 or -1, got {given.tolist()}")
    return Labels("given", (tuple(given.tolist()),), count)
