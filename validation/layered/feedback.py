"""What carries the error back, rule by rule: matrices that stand for W, or weights straight from the output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.layered import LayeredNetwork
from dmft.models.learning_rules import (
    Backprop,
    DirectFeedback,
    FeedbackAlignment,
    GlobalErrorVector,
    SignFeedback,
)
from validation.layered.elementwise import times
from validation.layered.units import Pass

Draw = Callable[[], list[FloatArray]]
_TINY = 1e-300


@dataclass(eq=False)
class Chain:
    """Matrices B that carry signals down layer by layer.

    Attributes
    ----------
    matrices : weights of the layers above the first -> B of each, in its shape; asked once a batch.
    """

    matrices: Callable[[list[FloatArray]], list[FloatArray]] = field(repr=False)

    def signals(self, units: Any, seen: Pass, error: FloatArray) -> list[FloatArray]:
        """Return signals of all layers, the output's last, shape (n, N_l)."""
        found = [units.top(error)]
        carried = self.matrices(units.weights[1:])
        for layer in range(len(seen.slopes), 0, -1):
            found.append(units.back(layer, found[-1], carried[layer - 1], seen))
        return found[::-1]


@dataclass(eq=False)
class Straight:
    """Weights F of each hidden layer, shape (N_l, n_last), or None for ones."""

    weights: list[FloatArray] | None = field(repr=False)

    def signals(self, units: Any, seen: Pass, error: FloatArray) -> list[FloatArray]:
        """Return signals of all layers, the output's last, shape (n, N_l)."""
        top = units.top(error)
        if self.weights is None:
            return [*seen.slopes, top]
        found = []
        for layer, (f, slopes) in enumerate(zip(self.weights, seen.slopes, strict=True)):
            signal = np.dot(top, f.T, seen.room.empty("signal", layer, (len(top), len(f))))
            times(signal, slopes.reshape(signal.shape))
            found.append(signal.reshape(slopes.shape))
        return [*found, top]


@singledispatch
def feedback_of(rule: Any, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Any:
    """Return the feedback of a rule.

    Parameters
    ----------
    rule, network : what learns.
    units : its layers, with their initial weights.
    fresh : draws weights like the initial ones, of the layers above the first.
    rng : draws direct feedback.
    """
    raise TypeError(f"no feedback is known of the rule {rule!r}")


@feedback_of.register
def _(rule: Backprop, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Chain:
    return Chain(lambda weights: weights)


@feedback_of.register
def _(rule: GlobalErrorVector, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Straight:
    return Straight(None)


@feedback_of.register
def _(rule: FeedbackAlignment, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Chain:
    drawn = fresh()
    return Chain(lambda weights: drawn)


@feedback_of.register
def _(rule: DirectFeedback, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Straight:
    outputs = 1 if network.vector_units is not None else len(units.weights[-1])
    parts = list(getattr(units, "spots", network.widths))  # of convolutional layers, channels and places
    if rule.weights is None:
        return Straight([np.sqrt(network.gain / n) * network.law.drawn(rng, (n, outputs)) for n in parts])
    given = np.asarray(rule.weights, dtype=float).reshape(sum(parts), -1)
    if given.shape[1] != outputs:
        raise ValueError(f"weights of direct feedback must have {outputs} columns, one an output; got {given.shape[1]}")
    return Straight(np.split(given, np.cumsum(parts)[:-1]))


@feedback_of.register
def _(rule: SignFeedback, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Chain:
    above = units.weights[1:]
    sizes: Callable[[], list[Any]]
    if rule.kind == "uniform":
        scales = [float(np.sqrt(np.mean(w * w))) for w in above]
        sizes = lambda: scales  # noqa: E731
    elif rule.kind == "batch":
        sizes = fresh
    else:
        kept = [w.copy() for w in above] if rule.sizes == "initial" else fresh()
        sizes = lambda: kept  # noqa: E731
    normal, held = _NORMS[rule.norm], [np.empty_like(w) for w in above]  # a batch's B lasts until the next

    def matrices(weights: list[FloatArray]) -> list[FloatArray]:
        parts = zip(sizes(), weights, held, strict=True)
        return [normal(np.copysign(s, w, out=b), w) for s, w, b in parts]

    return Chain(matrices)


def _as_drawn(matrix: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a matrix as it is."""
    return matrix


def _of_layer(matrix: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a matrix, scaled to the norm of the weights; weights of no size are followed by nothing."""
    matrix *= np.linalg.norm(weights) / max(float(np.linalg.norm(matrix)), _TINY)
    return matrix


def _of_units(matrix: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a matrix, its rows scaled to the norms of those of the weights: of each unit, or filter."""
    squares = [np.einsum("ij,ij->i", m, m) for m in (weights, matrix)]
    matrix *= np.sqrt(squares[0] / np.maximum(squares[1], _TINY))[:, None]
    return matrix


_NORMS = {"drawn": _as_drawn, "layer": _of_layer, "unit": _of_units}
