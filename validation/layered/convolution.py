"""Layers of convolutions, 3 x 3 with zeros beyond the border, then means over 2 x 2 pixels; a dense read-out.

Maps have shape (n, side, side, channels); of vector units a fifth axis holds the components, and gates are those of
each place. Signals stand before the means, one for each unit and place; the rest is as in `validation.layered.units`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from validation.layered.room import FRESH, Room
from validation.layered.units import Pass, ScalarOutput, VectorOutput

_WIDTH = 3


def patches(maps: FloatArray) -> FloatArray:
    """Return what each place sees, shape (n, side, side, 9 channels)."""
    n, side, _, channels = maps.shape
    padded = np.zeros((n, side + 2, side + 2, channels))
    padded[:, 1:-1, 1:-1] = maps
    seen = [padded[:, y : y + side, x : x + side] for y in range(_WIDTH) for x in range(_WIDTH)]
    return np.concatenate(seen, axis=3)


def spread(seen: FloatArray) -> FloatArray:
    """Return the adjoint of `patches`: what each place gets from all that see it."""
    n, side, _, many = seen.shape
    channels = many // _WIDTH**2
    padded = np.zeros((n, side + 2, side + 2, channels))
    for index in range(_WIDTH**2):
        y, x = divmod(index, _WIDTH)
        padded[:, y : y + side, x : x + side] += seen[..., index * channels : (index + 1) * channels]
    return padded[:, 1:-1, 1:-1]


def pooled(maps: FloatArray) -> FloatArray:
    """Return means over 2 x 2 pixels."""
    n, side = maps.shape[:2]
    return np.asarray(maps.reshape(n, side // 2, 2, side // 2, 2, *maps.shape[3:]).mean(axis=(2, 4)))


def unpooled(maps: FloatArray) -> FloatArray:
    """Return the adjoint of `pooled`."""
    return np.repeat(np.repeat(maps, 2, axis=1), 2, axis=2) / 4.0


class Maps:
    """What scalar and vector maps share.

    Attributes
    ----------
    weights : of each layer, shape (channels, 9 channels below), of the read-out (n_last, places channels).
    spots : units of each hidden layer at all places.
    """

    def __init__(self, weights: list[FloatArray], side: int) -> None:
        self.weights, self.side = weights, side
        self.spots = [len(w) * (side // 2**layer) ** 2 for layer, w in enumerate(weights[:-1])]

    def back(self, layer: int, signal: FloatArray, matrix: FloatArray, seen: Pass) -> FloatArray:
        """Return signals of a layer carried through the matrix into it, to the places below before their means."""
        carried = signal @ matrix
        if layer < len(self.weights) - 1:
            carried = spread(carried)
        else:
            side = self.side // 2**layer
            carried = carried.reshape(len(carried), side, side, -1)
        return np.asarray(unpooled(carried) * seen.slopes[layer - 1])


class ScalarMaps(ScalarOutput, Maps):
    """Convolutions of scalar units.

    Attributes
    ----------
    biases : one a channel.
    """

    def __init__(self, weights: list[FloatArray], nonlinearity: Any, side: int) -> None:
        super().__init__(weights, side)
        self._phi = nonlinearity
        self.biases = [np.zeros(len(w)) for w in weights]

    def forward(self, x: FloatArray, room: Room = FRESH) -> Pass:
        """Return the pass of images, shape (n, side^2); activity is what layers see."""
        h = x.reshape(len(x), self.side, self.side, 1)
        activity, slopes = [], []
        for w, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            activity.append(patches(h))
            a = activity[-1] @ w.T + bias
            slopes.append(np.asarray(self._phi.derivative(a)))
            h = pooled(np.asarray(self._phi(a)))
        activity.append(h.reshape(len(x), -1))
        return Pass(activity[-1] @ self.weights[-1].T + self.biases[-1], slopes, activity)

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        flat = [s.reshape(-1, s.shape[-1]) for s in signals]
        came = [h.reshape(-1, h.shape[-1]) for h in seen.activity]
        return [s.T @ h for s, h in zip(flat, came, strict=True)], [s.sum(axis=0) for s in flat]


class VectorMaps(VectorOutput, Maps):
    """Convolutions of vector units, their t shared by a channel.

    Attributes
    ----------
    biases : shape (channels, K).
    signs : t of each hidden layer, shape (channels, K).
    """

    def __init__(self, weights: list[FloatArray], signs: list[FloatArray], side: int) -> None:
        super().__init__(weights, side)
        self.signs = signs
        self.biases = [np.zeros((len(w), signs[0].shape[1])) for w in weights]

    def forward(self, x: FloatArray, room: Room = FRESH) -> Pass:
        """Return the pass of images, shape (n, side^2); activity is of shape (n, side, side, channels, K)."""
        n, components = len(x), self.signs[0].shape[1]
        seen = patches(x.reshape(n, self.side, self.side, 1))
        activity, slopes = [seen], []
        first = self.weights[0].reshape(len(self.weights[0]) * components, -1)
        a = (seen @ first.T).reshape(*seen.shape[:3], -1, components)
        for layer, (t, bias) in enumerate(zip(self.signs, self.biases[:-1], strict=True)):
            if layer:
                parts = [patches(activity[-1][..., k]) @ self.weights[layer].T for k in range(components)]
                a = np.stack(parts, axis=-1)
            a = a + bias
            open_ = (np.einsum("...ik,ik->...i", a, t) > 0.0).astype(float)
            slopes.append(open_)
            activity.append(pooled(a * open_[..., None]))
        logits = np.matmul(self.weights[-1], activity[-1].reshape(n, -1, components))[:, 0] + self.biases[-1]
        return Pass(logits, slopes, activity)

    def gradients(
        self, seen: Pass, error: FloatArray, signals: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return the updates, with the signals of all layers, the output's last."""
        n = len(error)
        along = [np.einsum("nk,n...k->n...", error, h) for h in seen.activity[1:]]  # e.h at each place
        first = np.einsum("nyxi,nk,nyxm->ikm", signals[0], error, seen.activity[0], optimize=True)
        weights = [first.reshape(len(first), -1)]
        for s, h in zip(signals[1:-1], along[:-1], strict=True):
            weights.append(s.reshape(-1, s.shape[-1]).T @ patches(h).reshape(-1, 9 * h.shape[-1]))
        weights.append(signals[-1].T @ along[-1].reshape(n, -1))
        biases = [np.einsum("nyxi,nk->ik", s, error) for s in signals[:-1]]
        return weights, [*biases, signals[-1].T @ error]
