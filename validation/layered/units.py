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
        """Return updates of weights and of biases, means over the samples."""


class Dense:
    """What dense layers share: signals are carried by a product."""

    def back(self, layer: int, signal: FloatArray, matrix: FloatArray) -> FloatArray:
        """Return signal times matrix."""
        return signal @ matrix


class ScalarUnits(Dense):
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
            a = activity[-1] @ w.T + bias
            slopes.append(a > 0.0 if self._rectified else np.asarray(self._phi.derivative(a)))
            activity.append(np.asarray(self._phi(a)))
        return Pass(activity[-1] @ self.weights[-1].T + self.biases[-1], slopes, activity)

    def top(self, error: FloatArray) -> FloatArray:
        """Return the error."""
        return error

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        n = len(error)
        weights = [s.T @ h / n for s, h in zip(signals, seen.activity, strict=True)]
        return weights, [s.mean(axis=0) for s in signals]


class VectorUnits(Dense):
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
        """Return the pass of inputs, shape (n, n_input); activity is of shape (n, N_l, K)."""
        components = self.signs[0].shape[1]
        activity, slopes = [x], []
        first = self.weights[0].reshape(len(self.weights[0]) * components, x.shape[1])
        a = (x @ first.T).reshape(len(x), -1, components)
        for layer, (t, bias) in enumerate(zip(self.signs, self.biases[:-1], strict=True)):
            if layer:
                a = np.matmul(self.weights[layer], activity[-1])
            a = a + bias
            open_ = (np.einsum("nik,ik->ni", a, t) > 0.0).astype(float)
            slopes.append(open_)
            activity.append(a * open_[:, :, None])
        logits = np.matmul(self.weights[-1], activity[-1])[:, 0] + self.biases[-1]
        return Pass(logits, slopes, activity)

    def top(self, error: FloatArray) -> FloatArray:
        """Return one: the output has the error itself."""
        return np.ones((len(error), 1))

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        n = len(error)
        came = [np.einsum("nk,nm->nkm", error, seen.activity[0]).reshape(n, -1)]
        came += [np.matmul(h, error[:, :, None])[:, :, 0] for h in seen.activity[1:]]
        weights = [s.T @ h / n for s, h in zip(signals, came, strict=True)]
        return weights, [s.T @ error / n for s in signals]
