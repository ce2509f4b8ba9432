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
from validation.layered.units import Pass

Draw = Callable[[], list[FloatArray]]


@dataclass(eq=False)
class Chain:
    """Matrices B that carry signals down layer by layer.

    Attributes
    ----------
    matrices : weights of the network -> B of every layer, in its shape; asked once a batch.
    """

    matrices: Callable[[list[FloatArray]], list[FloatArray]] = field(repr=False)

    def signals(self, units: Any, seen: Pass, error: FloatArray) -> list[FloatArray]:
        """Return signals of all layers, the output's last, shape (n, N_l)."""
        found = [units.top(error)]
        carried = self.matrices(units.weights)
        for layer in range(len(seen.slopes), 0, -1):
            found.append(units.back(layer, found[-1], carried[layer]) * seen.slopes[layer - 1])
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
        carried = [(top @ f.T).reshape(s.shape) for f, s in zip(self.weights, seen.slopes, strict=True)]
        return [*(c * s for c, s in zip(carried, seen.slopes, strict=True)), top]


@singledispatch
def feedback_of(rule: Any, network: LayeredNetwork, units: Any, fresh: Draw, rng: np.random.Generator) -> Any:
    """Return the feedback of a rule.

    Parameters
    ----------
    rule, network : what learns.
    units : its layers, with their initial weights.
    fresh : draws weights like the initial ones.
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
    if rule.kind == "uniform":
        scales = [float(np.sqrt(np.mean(w * w))) for w in units.weights]
        return Chain(lambda weights: [s * np.sign(w) for s, w in zip(scales, weights, strict=True)])
    if rule.kind == "batch":
        return Chain(lambda weights: _signed(weights, fresh()))
    kept = [w.copy() for w in units.weights] if rule.sizes == "initial" else fresh()
    return Chain(lambda weights: _signed(weights, kept))


def _signed(weights: list[FloatArray], sizes: list[FloatArray]) -> list[FloatArray]:
    """Return matrices of the signs of one, and the sizes of another."""
    return [np.copysign(size, w) for w, size in zip(weights, sizes, strict=True)]
