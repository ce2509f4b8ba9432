"""Single-site processes with a memory of their own output, dx/dt = -x + eta(t) + int_0^inf K(u) phi(x(t - u)) du.

Written as x = x_lin + int_0^inf G(u) phi(x(t - u)) du, with x_lin = eta filtered by 1/(1 + i omega), which is exact in
Fourier space, and G' = -G + K, G(0) = 0. With G(0) = 0 the trapezoidal rule needs no phi of the present:
    int_0^inf G phi du = h sum_{m >= 1} G(m h) phi(t - m h) + (h^2/12) K(0) phi(t) + O(h^4)    (Euler-Maclaurin),
and the last term, 1e-3 of the others, takes phi(t) by extrapolation. So the only error of the step is of fourth order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import Tanh

_BLOCK = 32  # rows advanced together: the older memory of all of them is one matrix product


@dataclass(frozen=True)
class Multiplier:
    """In place of phi: multiplication by given factors, shape (n_steps, n_paths), as in a linearised process."""

    factors: FloatArray


def memory_kernel(
    correlation: FloatArray, *, strength: float, rate: float, step: float, leak: float = 1.0, growth: float = 0.0
) -> FloatArray:
    """Return G(0), G(h), ... of K(u) = strength rate exp(-rate u) C(u), cut where it has fallen to 1e-5 of its peak.

    G' = -(leak + growth) G + exp(-growth u) K: with a growth, the kernel for a perturbation divided by exp(growth t).

    C is interpolated by cubics; the exponentials are integrated by Gauss-Legendre, so rate h up to 3 is fine.

    Parameters
    ----------
    correlation : C at 0, h, 2h, ..., shape (n_lag,), zero beyond.
    strength, rate : area and decay of the exponential factor.
    step : h.
    leak, growth : see above.
    """
    leak, decay_rate = leak + growth, rate + growth
    n = len(correlation)
    padded = np.concatenate([correlation[1:2], correlation, np.zeros(2)])  # C(-h) = C(h)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    cell = np.arange(n - 1)
    gain = np.zeros(n - 1)
    for s, weight in zip(0.5 * (nodes + 1.0), 0.5 * weights):
        cubic = (
            -s * (s - 1.0) * (s - 2.0) / 6.0,
            0.5 * (s + 1.0) * (s - 1.0) * (s - 2.0),
            -0.5 * (s + 1.0) * s * (s - 2.0),
            (s + 1.0) * s * (s - 1.0) / 6.0,
        )
        c = sum(a * padded[j : j + n - 1] for j, a in enumerate(cubic))
        gain += weight * np.exp(-decay_rate * step * (cell + s) - leak * step * (1.0 - s)) * c
    gain *= step * strength * rate
    kernel = np.zeros(n)
    decay = np.exp(-leak * step)
    for m in cell:
        kernel[m + 1] = decay * kernel[m] + gain[m]
    significant = np.flatnonzero(np.abs(kernel) > 1e-5 * np.max(np.abs(kernel)))
    return kernel[: significant[-1] + 1] if len(significant) else kernel[:1]


def paths_with_memory(
    linear: FloatArray, kernel: FloatArray, *, start_of_memory: float, step: float, nonlinearity: Any, burn_in: int
) -> tuple[FloatArray, FloatArray]:
    """Return x and phi(x) over one period, each of shape (n_steps, n_paths).

    Parameters
    ----------
    linear : x_lin over one period, shape (n_steps, n_paths).
    kernel : G at 0, h, 2h, ...: see `memory_kernel`.
    start_of_memory : K(0).
    step : h.
    nonlinearity : phi, or a `Multiplier`.
    burn_in : number of steps run before the period, on its periodic extension, from phi = 0.

    Notes
    -----
    Cost: n_rows n_paths (2 len(kernel) flops in matrix products + one phi), n_rows = n_steps + burn_in.
    """
    n_steps, n_paths = linear.shape
    n_rows = n_steps + burn_in
    x = linear[(np.arange(n_rows) - burn_in) % n_steps]
    phi = np.zeros((n_rows, n_paths))
    weights = step * kernel
    end_weight = step * step / 12.0 * start_of_memory
    if len(kernel) < _BLOCK:
        weights = np.concatenate([weights, np.zeros(_BLOCK - len(kernel))])
    reach = len(weights) - 1
    # older[i, j]: weight of row first - reach + j in row first + i
    lag = reach + np.arange(_BLOCK)[:, None] - np.arange(reach)[None, :]
    older = np.where(lag <= reach, weights[np.minimum(lag, reach)], 0.0)
    if isinstance(nonlinearity, Multiplier):
        nonlinearity = Multiplier(nonlinearity.factors[(np.arange(n_rows) - burn_in) % n_steps])
    advance = _advance(nonlinearity)
    for first in range(0, n_rows, _BLOCK):
        length = min(_BLOCK, n_rows - first)
        low = max(0, first - reach)
        if first > low:
            x[first : first + length] += older[:length, reach - (first - low) :] @ phi[low:first]
        advance(x, phi, first, length, weights, end_weight)
    return x[burn_in:], phi[burn_in:]


@singledispatch
def _advance(nonlinearity: Any) -> Callable[..., None]:
    from dmft.numerics.sampling.kernels import remember

    def advance(
        x: FloatArray, phi: FloatArray, first: int, length: int, weights: FloatArray, end_weight: float
    ) -> None:
        for row in range(first, first + length):
            remember(x, phi, row, first, weights, end_weight)
            phi[row] = nonlinearity(x[row])

    return advance


@_advance.register
def _(nonlinearity: Multiplier) -> Callable[..., None]:
    from dmft.numerics.sampling.kernels import linear_block

    return partial(linear_block, nonlinearity.factors)


@_advance.register
def _(nonlinearity: Tanh) -> Callable[..., None]:
    from dmft.numerics.sampling.kernels import tanh_block

    return tanh_block
