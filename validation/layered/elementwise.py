"""The elementwise part of a step, each in one walk over its array: numpy takes three, and a fresh array for each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled


@compiled(error_model="numpy")
def rectify(a: FloatArray, bias: FloatArray, opened: Any) -> None:
    """Put max(a + bias, 0) in the place of a, shape (n, N), and where it is positive into `opened`; nan stays nan."""
    for i in range(a.shape[0]):
        row, shown = a[i], opened[i]
        for j in range(a.shape[1]):
            value = row[j] + bias[j]
            shown[j] = value > 0.0
            row[j] = 0.0 if value <= 0.0 else value


@compiled(error_model="numpy")
def gate_vectors(a: FloatArray, bias: FloatArray, signs: FloatArray, opened: FloatArray) -> None:
    """Put (a + bias) Theta(t.(a + bias)) in the place of a, shape (n, K, N), and the gates into `opened`, (n, N).

    Biases and signs are of shape (K, N).
    """
    n, components, units = a.shape
    for i in range(n):
        along = opened[i]
        along[:] = 0.0
        for k in range(components):
            for j in range(units):
                a[i, k, j] += bias[k, j]
                along[j] += signs[k, j] * a[i, k, j]
        for j in range(units):
            along[j] = 1.0 if along[j] > 0.0 else 0.0
        for k in range(components):
            for j in range(units):
                a[i, k, j] *= along[j]


@compiled(error_model="numpy")
def times(signal: FloatArray, slopes: Any) -> None:
    """Multiply a signal by slopes in place, both of shape (n, N)."""
    for i in range(signal.shape[0]):
        row, slope = signal[i], slopes[i]
        for j in range(signal.shape[1]):
            row[j] *= slope[j]


@compiled(error_model="numpy")
def softmax_error(logits: FloatArray, labels: Any) -> FloatArray:
    """Return (p - y)/n, shape (n, n_outputs): what the mean cross-entropy changes by with each logit.

    Labels, integers, must lie below n_outputs: it is not looked at again.
    """
    n, outputs = logits.shape
    error = np.empty((n, outputs))
    for i in range(n):
        row, of = error[i], logits[i]
        top, total = of[0], 0.0
        for k in range(1, outputs):
            top = max(top, of[k])
        for k in range(outputs):
            row[k] = math.exp(of[k] - top)
            total += row[k]
        for k in range(outputs):
            row[k] /= total * n
        row[labels[i]] -= 1.0 / n
    return error
