"""Patterns and labels of one realization."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Drawn:
    """Labelled patterns, and the signs of the weights that are to tell them apart.

    Attributes
    ----------
    x : patterns, shape (P, N).
    y : labels +-1, shape (P,).
    signs : of the weights, +1 or -1, shape (N,); 0 where either is allowed.
    """

    x: FloatArray
    y: FloatArray
    signs: FloatArray

    @property
    def first(self) -> FloatArray:
        """Patterns times the signs of their weights, for w = signs v with v >= 0; themselves where signs are free."""
        return self.x * np.where(self.signs == 0.0, 1.0, self.signs)

    def until(self, count: int) -> Drawn:
        """Return the first patterns alone."""
        return Drawn(self.x[:count], self.y[:count], self.signs)


def signs_of(perceptron: Any, size: int) -> FloatArray:
    """Return the signs of N weights: round(f_E N) excitatory ones first; zeros where signs are free."""
    if perceptron.excitatory is None:
        return np.zeros(size)
    excitatory = round(perceptron.excitatory * size)
    return np.concatenate([np.ones(excitatory), -np.ones(size - excitatory)])


def labels_of(positive: float, count: int) -> FloatArray:
    """Return labels of which, among the first P, exactly round(p P) are +1, for every P."""
    risen = np.floor(positive * np.arange(count + 1) + 0.5)
    return np.where(np.diff(risen) > 0.0, 1.0, -1.0)


def draw(perceptron: Any, size: int, count: int, generator: np.random.Generator) -> Drawn:
    """Return `count` patterns of N inputs.

    Parameters
    ----------
    perceptron : `dmft.Perceptron`, whose `inputs` say from which distribution.
    size, count : N and P.
    generator : draws the inputs; patterns in their order, so that the first ones are the same whatever P is.
    """
    signs = signs_of(perceptron, size)
    inhibitory = (signs < 0.0).astype(int)
    mean, sd, cv = (np.asarray(pair)[inhibitory] for pair in (perceptron.means, perceptron.sd, perceptron.cv))
    if perceptron.inputs == "binary":
        x = (generator.random((count, size)) < mean).astype(float)
    elif perceptron.inputs == "gamma":
        x = generator.gamma(1.0 / cv**2, mean * cv**2, (count, size))
    else:
        x = mean + sd * generator.standard_normal((count, size))
    return Drawn(x, labels_of(perceptron.positive, count), signs)


def count_of(load: float, size: int) -> int:
    """Return the number of patterns at a load, at least 1."""
    return max(1, math.floor(load * size + 0.5))
