"""Gradient descent in a linear convolutional network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.labelled import checked_inputs
from validation.gated.descent import Descent
from validation.gated.trained import Trained


class ConvolutionDescent(Descent):
    """A convolutional network on its way."""

    def begin(self, contexts: Any, scale: float, rng: np.random.Generator) -> int:
        """Draw the kernels."""
        if contexts is not None:
            raise ValueError("contexts must be left out: a convolution has no gates")
        self.kernels = scale * rng.standard_normal((self.network.layers, self._x.shape[1]))
        return len(self.kernels)

    @property
    def square(self) -> float:
        """|theta|^2."""
        return float(np.vdot(self.kernels, self.kernels))

    def output(self) -> FloatArray:
        """Return f; the transforms of the kernels are kept for the move."""
        self._transforms = np.fft.rfft(self.kernels)
        return np.asarray(self._x @ np.fft.irfft(np.prod(self._transforms, axis=0), self._x.shape[1]))

    def move(self, pull: FloatArray, eta: float) -> None:
        """Add eta d/dtheta sum_i pull_i f(x_i) to the kernels: each is correlated with all others."""
        of_map = np.fft.rfft(pull @ self._x)
        others = [np.prod(np.delete(self._transforms, layer, axis=0), axis=0) for layer in range(len(self.kernels))]
        self.kernels = self.kernels + eta * np.fft.irfft(of_map * np.conj(others), self._x.shape[1])

    def trained(self) -> TrainedConvolution:
        """Return the network as it is now, with what was seen of its path."""
        return TrainedConvolution(network=self.network, path=self.path, kernels=self.kernels.copy())


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TrainedConvolution(Trained):
    """A trained convolutional network.

    Attributes
    ----------
    kernels : w_1 to w_L, the read-out last, shape (n_layer, n_input).
    """

    kernels: FloatArray = field(repr=False)

    @property
    def map(self) -> FloatArray:
        """beta, the circular convolution of all kernels: f(x) = <beta, x>. Shape (n_input,)."""
        return np.asarray(np.fft.irfft(np.prod(np.fft.rfft(self.kernels), axis=0), self.kernels.shape[1]))

    def predict(self, inputs: Any, *, contexts: Any = None) -> FloatArray:
        """Return f(x), shape (n,).

        Raises
        ------
        ValueError, TypeError : for inputs of another length, and contexts: there are no gates.
        """
        x = checked_inputs(inputs)
        if x.shape[1] != self.kernels.shape[1]:
            raise ValueError(f"inputs must have {self.kernels.shape[1]} components, got {x.shape[1]}")
        if contexts is not None:
            raise ValueError("contexts must be left out: a convolution has no gates")
        return np.asarray(x @ self.map)
