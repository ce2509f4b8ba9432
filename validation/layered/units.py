"""Scalar and vector units in dense layers: forward, and what an update needs of it.

A gradient is a signal times what came in. The signal of a unit is one number in both kinds: of scalar units its part of
the error, of vector units what multiplies the error vector e, and what came in is then e.h_j. So both kinds share
everything that is behind: `Pass.signals_from` and the products of updates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from dmft.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Pass:
    """What a forward pass leaves.

    Attributes
    ----------
    logits : shape (n, n_outputs).
    slopes : phi'(a), or gates, of each hidden layer, shape (n, N_l).
    activity : what each layer sends on, the inputs first.
    """

    logits: FloatArray
    slopes: list[FloatArray] = field(repr=False)
    activity: list[FloatArray] = field(repr=False)


class Units(Protocol):
    """A kind of layers."""

    weights: list[FloatArray]
    biases: list[FloatArray]

    def forward(self, x: FloatArray) -> Pass:
        """Return the pass of inputs, shape (n, n_input)."""

    def top(self, error: FloatArray) -> FloatArray:
        """Return the signal at the output, shape (n, n_last)."""

    def back(self, layer: int, signal: FloatArray, matrix: FloatArray) -> FloatArray:
        """Return signals of a layer carried through the matrix into it, to the activity below."""

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return updates of weights and of biases, sums over the samples."""


class ScalarOutput:
    """An output layer of scalar units: its signal is the error."""

    def top(self, error: FloatArray) -> FloatArray:
        """Return the error."""
        return error


class VectorOutput:
    """One vector unit for an output: it has the error itself, and its signal is one."""

    def top(self, error: FloatArray) -> FloatArray:
        """Return ones, shape (n, 1)."""
        return np.ones((len(error), 1))


class Dense:
    """What dense layers share: signals are carried by a product."""

    def back(self, layer: int, signal: FloatArray, matrix: FloatArray) -> FloatArray:
        """Return signal times matrix."""
        return signal @ matrix


class ScalarUnits(ScalarOutput, Dense):
    """Layers h = phi(W h + bias).

    Attributes
    ----------
    weights : of each layer, shape (N_l, N_(l-1)); the last is the read-out.
    biases : shape (N_l,).
    """

    def __init__(self, weights: list[FloatArray], nonlinearity: Any, rectified: bool) -> None:
        self.weights, self._phi, self._rectified = weights, nonlinearity, rectified
        self.biases = [np.zeros(len(w)) for w in weights]

    def forward(self, x: FloatArray) -> Pass:
        """Return the pass of inputs, shape (n, n_input)."""
        activity: list[FloatArray] = [x]
        slopes: list[Any] = []  # booleans multiply as fast, and come for less
        for w, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            a = activity[-1] @ w.T
            a += bias
            if self._rectified:  # in place: a is needed no more
                activity.append(np.maximum(a, 0.0, out=a))
                slopes.append(a > 0.0)
            else:
                slopes.append(np.asarray(self._phi.derivative(a)))
                activity.append(np.asarray(self._phi(a)))
        logits = activity[-1] @ self.weights[-1].T
        logits += self.biases[-1]
        return Pass(logits, slopes, activity)

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        weights = [s.T @ h for s, h in zip(signals, seen.activity, strict=True)]
        return weights, [np.add.reduce(s, axis=0) for s in signals]


class VectorUnits(VectorOutput, Dense):
    """Layers of units with K components and gates, h = a Theta(t.a).

    Attributes
    ----------
    weights : of the first layer, shape (N_1, K n_input); of others (N_l, N_(l-1)); of the read-out (1, N_L).
    biases : shape (N_l, K).
    signs : t of each hidden layer, shape (N_l, K).
    """

    def __init__(self, weights: list[FloatArray], signs: list[FloatArray]) -> None:
        self.weights, self.signs = weights, signs
        components = signs[0].shape[1]
        self.biases = [np.zeros((len(w), components)) for w in weights]

    def forward(self, x: FloatArray) -> Pass:
        """Return the pass of inputs, shape (n, n_input); activity is of shape (n, K, N_l).

        Components stand before units, so that all of them, of all samples, are rows of one product with the weights.
        """
        n, components = len(x), self.signs[0].shape[1]
        activity, slopes = [x], []
        first = self.weights[0].reshape(len(self.weights[0]) * components, x.shape[1])
        a = np.ascontiguousarray((x @ first.T).reshape(n, -1, components).swapaxes(1, 2))
        for layer, (t, bias) in enumerate(zip(self.signs, self.biases[:-1], strict=True)):
            if layer:
                a = self._through(layer, activity[-1])
            a += bias.T
            open_ = (np.einsum("nki,ki->ni", a, np.ascontiguousarray(t.T)) > 0.0).astype(float)
            a *= open_[:, None, :]
            slopes.append(open_)
            activity.append(a)
        logits = self._through(-1, activity[-1])[:, :, 0]
        return Pass(logits + self.biases[-1][0], slopes, activity)

    def _through(self, layer: int, activity: FloatArray) -> FloatArray:
        """Return activity, shape (n, K, N), times the weights of a layer."""
        n, components, below = activity.shape
        return (activity.reshape(n * components, below) @ self.weights[layer].T).reshape(n, components, -1)

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        n = len(error)
        came = [(error[:, :, None] * seen.activity[0][:, None, :]).reshape(n, -1)]
        came += [np.matmul(error[:, None, :], h)[:, 0] for h in seen.activity[1:]]
        weights = [s.T @ h for s, h in zip(signals, came, strict=True)]
        return weights, [s.T @ error for s in signals]
