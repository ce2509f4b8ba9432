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
from validation.layered.elementwise import gate_vectors, rectify, times
from validation.layered.room import FRESH, Room


@dataclass(frozen=True, eq=False)
class Pass:
    """What a forward pass leaves.

    Attributes
    ----------
    logits : shape (n, n_outputs).
    slopes : phi'(a), or gates, of each hidden layer, shape (n, N_l).
    activity : what each layer sends on, the inputs first.
    room : where it stands, and what is made of it.
    """

    logits: FloatArray
    slopes: list[FloatArray] = field(repr=False)
    activity: list[FloatArray] = field(repr=False)
    room: Room = FRESH


class Units(Protocol):
    """A kind of layers."""

    weights: list[FloatArray]
    biases: list[FloatArray]

    def forward(self, x: FloatArray, room: Room = FRESH) -> Pass:
        """Return the pass of inputs, shape (n, n_input)."""

    def top(self, error: FloatArray) -> FloatArray:
        """Return the signal at the output, shape (n, n_last)."""

    def back(self, layer: int, signal: FloatArray, matrix: FloatArray, seen: Pass) -> FloatArray:
        """Return the signals of the layer below: those of a layer carried through the matrix into it, times slopes."""

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

    def back(self, layer: int, signal: FloatArray, matrix: FloatArray, seen: Pass) -> FloatArray:
        """Return signal times matrix, times the slopes below."""
        carried = seen.room.empty("signal", layer - 1, (len(signal), matrix.shape[1]))
        np.dot(signal, matrix, carried)
        times(carried, seen.slopes[layer - 1])
        return np.asarray(carried)

    def products(self, signals: list[FloatArray], came: list[FloatArray], room: Room) -> list[FloatArray]:
        """Return the updates of weights, sums over the samples of signals times what came in."""
        parts = enumerate(zip(signals, came, strict=True))
        return [np.dot(s.T, h, room.empty("update", i, (s.shape[1], h.shape[1]))) for i, (s, h) in parts]


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

    def forward(self, x: FloatArray, room: Room = FRESH) -> Pass:
        """Return the pass of inputs, shape (n, n_input)."""
        activity: list[FloatArray] = [x]
        slopes: list[Any] = []
        for layer, (w, bias) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True)):
            a = room.empty("activity", layer, (len(x), len(w)))
            np.dot(activity[-1], w.T, a)
            if self._rectified:  # in place: a is needed no more
                opened = room.empty("slopes", layer, a.shape, bool)
                rectify(a, bias, opened)
                slopes.append(opened)
                activity.append(a)
            else:
                a += bias
                slopes.append(np.asarray(self._phi.derivative(a)))
                activity.append(np.asarray(self._phi(a)))
        logits = np.dot(activity[-1], self.weights[-1].T)
        logits += self.biases[-1]
        return Pass(logits, slopes, activity, room)

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        return self.products(signals, seen.activity, seen.room), [np.add.reduce(s, axis=0) for s in signals]


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

    def forward(self, x: FloatArray, room: Room = FRESH) -> Pass:
        """Return the pass of inputs, shape (n, n_input); activity is of shape (n, K, N_l).

        Components stand before units, so that all of them, of all samples, are rows of one product with the weights.
        """
        n, components = len(x), self.signs[0].shape[1]
        activity, slopes = [x], []
        first = self.weights[0].reshape(len(self.weights[0]) * components, x.shape[1])
        flat = np.dot(x, first.T, room.empty("first", 0, (n, len(first))))
        a = room.empty("activity", 0, (n, components, len(self.weights[0])))
        a[...] = flat.reshape(n, -1, components).swapaxes(1, 2)
        for layer, (t, bias) in enumerate(zip(self.signs, self.biases[:-1], strict=True)):
            if layer:
                a = self._through(layer, activity[-1], room)
            opened = room.empty("slopes", layer, (n, len(t)))
            gate_vectors(a, np.ascontiguousarray(bias.T), np.ascontiguousarray(t.T), opened)
            slopes.append(opened)
            activity.append(a)
        logits = self._through(len(self.signs), activity[-1], room)[:, :, 0]
        return Pass(logits + self.biases[-1][0], slopes, activity, room)

    def _through(self, layer: int, activity: FloatArray, room: Room) -> FloatArray:
        """Return activity, shape (n, K, N), times the weights of a layer."""
        n, components, below = activity.shape
        w = self.weights[layer]
        found = room.empty("activity", layer, (n, components, len(w)))
        np.dot(activity.reshape(n * components, below), w.T, found.reshape(n * components, len(w)))
        return np.asarray(found)

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        n = len(error)
        came = [(error[:, :, None] * seen.activity[0][:, None, :]).reshape(n, -1)]
        came += [np.matmul(error[:, None, :], h)[:, 0] for h in seen.activity[1:]]
        return self.products(signals, came, seen.room), [s.T @ error for s in signals]
