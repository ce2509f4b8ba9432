"""Gradient descent on labelled inputs, by steps that fit the curvature and go on for ever.

theta <- theta - rate/(R^2 max(1, |theta|^(2L - 2))) d/dtheta log sum_i exp(-y_i f(x_i)), R the longest input. The
gradient of the logarithm does not vanish as the loss does, and the curvature of a margin grows as |theta|^(2L - 2): so
|theta|^L goes on growing, linearly in the number of steps, and the least margins alone are left to pull. The rate rises
by 2 % a step as long as the loss falls, and is halved where it does not.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from itertools import permutations
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from validation.gated.layout import layout_of
from validation.gated.trained import Path, Trained, TrainedGated

_FASTER, _SLOWER = 1.02, 0.5


class Descent(ABC):
    """A network on its way; kinds of networks know their output, and how their weights move.

    Parameters
    ----------
    network : what is trained.
    x, y : training set, shapes (n, n_input) and (n,).
    contexts : of the inputs, where the gates are `dmft.Contexts`.
    rate : first step, in units of 1/R^2.
    scale : standard deviation of the first weights.
    rng : draws them.
    """

    def __init__(
        self,
        network: Any,
        x: FloatArray,
        y: FloatArray,
        contexts: Any,
        *,
        rate: float,
        scale: float,
        rng: np.random.Generator,
    ) -> None:
        self.network, self._x, self._y = network, x, y
        self._depth = self.begin(contexts, scale, rng)
        longest = float(np.max(np.sum(x * x, axis=1)))
        if longest == 0.0:
            raise ValueError("inputs must not all be zero: no weight makes a difference to them")
        self._rate = rate / longest
        self._seen: list[tuple[int, float, float, float]] = []
        self._loss = math.inf
        self.step = 0

    @abstractmethod
    def begin(self, contexts: Any, scale: float, rng: np.random.Generator) -> int:
        """Draw the first weights, and return the number of layers."""

    @property
    @abstractmethod
    def square(self) -> float:
        """|theta|^2."""

    @abstractmethod
    def output(self) -> FloatArray:
        """Return f at the training inputs, shape (n,)."""

    @abstractmethod
    def move(self, pull: FloatArray, eta: float) -> None:
        """Add eta d/dtheta sum_i pull_i f(x_i) to the weights, those of the last `output`."""

    @abstractmethod
    def trained(self) -> Trained:
        """Return the network as it is now, with what was seen of its path."""

    def advance(self, steps: int) -> None:
        """Make steps."""
        for _ in range(steps):
            margins = self._y * self.output()
            least = float(margins.min())
            pull = np.exp(least - margins)
            loss = math.log(float(pull.sum())) - least
            self._rate *= _FASTER if loss <= self._loss else _SLOWER
            self._loss = loss
            pull *= self._y / pull.sum()
            self.move(pull, self._rate / max(1.0, self.square ** (self._depth - 1)))
            self.step += 1

    def look(self) -> None:
        """Keep the margin and the norm of this moment."""
        least, square = float(np.min(self._y * self.output())), self.square
        value = 0.5 * square / least ** (2.0 / self._depth) if least > 0.0 else math.inf
        self._seen.append((self.step, least, square, value))

    @property
    def path(self) -> Path:
        """What was seen."""
        return Path(*(np.array(column) for column in zip(*self._seen, strict=True)))


class ChainDescent(Descent):
    """A gated or rectified network on its way: `dmft.GatedLinear`, `dmft.RectifiedNetwork`."""

    def begin(self, contexts: Any, scale: float, rng: np.random.Generator) -> int:
        """Draw the weights of all columns and the read-out weights."""
        self._layout = layout_of(self.network, self._x, contexts)
        self.w = scale * rng.standard_normal((len(self._layout.unit), self._x.shape[1]))
        self.v = scale * rng.standard_normal((self._layout.depth - 1, int(self._layout.owner.max()) + 1))
        self._readout = self._product()
        return self._layout.depth

    @property
    def readout(self) -> FloatArray:
        """Product of the read-out weights of each column, shape (n_column,)."""
        return self._readout

    def _product(self) -> FloatArray:
        """Return that product at the weights as they are; it is asked for once a step."""
        return np.asarray(np.multiply.reduce(self.v, axis=0)[self._layout.owner])

    @property
    def square(self) -> float:
        """|theta|^2."""
        return float(np.vdot(self.w, self.w) + np.vdot(self.v, self.v))

    def output(self) -> FloatArray:
        """Return f; who is open, and w.x where it is, both of shape (n, n_column), are kept for the move."""
        fields = self._x @ self.w.T
        self._inside = (fields > 0.0).astype(float) if self._layout.members is None else self._layout.members
        self._fields = fields * self._inside
        return np.asarray(self._fields @ self.readout)

    def move(self, pull: FloatArray, eta: float) -> None:
        """Add eta d/dtheta sum_i pull_i f(x_i) to the weights."""
        depth = self._layout.depth
        of_w = (self._inside.T @ (self._x * pull[:, None])) * (eta * self._readout)[:, None]
        if depth > 1:
            of_product = eta * np.bincount(self._layout.owner, pull @ self._fields, minlength=self.v.shape[1])
            others = np.ones_like(self.v)
            for layer, other in permutations(range(depth - 1), 2):
                others[layer] *= self.v[other]
            self.v = self.v + others * of_product
            self._readout = self._product()
        self.w = self.w + of_w

    def trained(self) -> TrainedGated:
        """Return the network as it is now, with what was seen of its path."""
        of = self._layout
        return TrainedGated(
            network=self.network,
            path=self.path,
            weights=self.w.copy(),
            readout=self.readout,
            unit=of.unit,
            context=of.context,
            places=of.places,
        )
