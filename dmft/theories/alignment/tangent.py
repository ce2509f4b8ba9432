"""`solve_tangent`: the kernel by which a wide network of vector units learns, by the gradient or by global vectors.

A small step changes the logits f_k(x) by -(1/n) sum_mu Theta(x, x_mu) e_k(x_mu): components do not mix, since t is
random. With N_l units, mean squares q of the inputs, c_l the correlation of two of them in layer l and p_l = P(both
gates open)/P(one open), the weights and the biases of hidden layer l give

    Theta_l = (N_l/2) p_l B_l [M_l sqrt(q q') c_(l-1) + 1],    M_1 = n_input, else N_(l-1)/2,

and the read-out gives N_L sqrt(q q') c_L/2 + 1. B_l = <b_i(x) b_i(x')> by the gradient, and E b by the global vector
(`dmft.theories.alignment.backward`): the kernels differ by a number for each layer, however far the updates of the last
hidden layer are from the gradient. It is the kernel at the initial weights, of weights that are not clipped at zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, ClassVar

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import integer, numbers, positive
from dmft.models.labelled import checked_inputs
from dmft.models.layered import LayeredNetwork, check_rule
from dmft.models.learning_rules import Backprop, GlobalErrorVector
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.alignment.backward import Backward, backward_moments
from dmft.theories.alignment.kernel import both_open, next_correlation
from dmft.theories.solution import OnFailure, Solution, array, coordinate, delivered

_LOOKS = 101


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TangentSolution(Solution):
    """The tangent kernel of a training set, and its loss along time.

    `convergence.error` bounds the error of the integration, relative to the first loss; that of a finite width is not
    in it.

    Attributes
    ----------
    times : learning rate times steps over the full training set, shape (n_time,).
    losses : mean cross-entropy.
    accuracies : part of the training set that is right.
    kernel : Theta, shape (n, n).
    parts : mean of its diagonal by layer, hidden ones and the read-out last, shape (n_layer + 1,).
    rule : what learns.
    """

    times: FloatArray = coordinate("times", "rate times steps")
    losses: FloatArray = array("times")
    accuracies: FloatArray = array("times")
    kernel: FloatArray = array("sample_1", "sample_2")
    parts: FloatArray = array("part")
    rule: Any = None

    references: ClassVar[tuple[str, ...]] = ("clark2021",)

    @property
    def state(self) -> str:
        """ "learned" where all samples are right at the end, else "learning"."""
        return "learned" if self.accuracies[-1] == 1.0 else "learning"


@answering
def solve_tangent(
    network: LayeredNetwork,
    rule: Any,
    inputs: Any,
    labels: Any,
    *,
    duration: float,
    start: Any = None,
    rtol: float = 1e-5,
    on_failure: OnFailure = "raise",
) -> TangentSolution:
    """Return the tangent kernel of a training set, and the loss while a wide network learns it by small steps.

    df/dtime = -(1/n) Theta e, e = softmax(f) - y, with Theta as it is at the initial weights.

    Parameters
    ----------
    network : `dmft.LayeredNetwork(widths, vector_units=K, nonnegative=True)`.
    rule : `dmft.Backprop()` or `dmft.GlobalErrorVector()`.
    inputs, labels : shapes (n, n_input) and (n,), labels 0 to K - 1.
    duration : learning rate times steps at the end.
    start : logits at the start, shape (n, K); default 0. Those of a drawn network are not small.
    rtol : error that counts as converged, relative to the first loss.
    on_failure : "raise", "warn" or "ignore".

    Returns
    -------
    TangentSolution

    Raises
    ------
    ValueError, TypeError : for another network or rule, arrays that do not go together.
    TooCostlyError : a ValueError, for more samples than fit in memory.
    NotConvergedError : where two integrations differ by more than rtol.

    Accuracy
    --------
    Of wide layers: the mean kernel of N = 256 within 5 %, the mean loss of N = 512 within 8 % of the first
    (tests/statistical/test_tangent_kernels.py).

    Cost
    ----
    30 samples, 10 components: 0.1 s.
    """
    check_rule(network, rule)
    if not network.nonnegative or network.convolutional:
        raise ValueError("the tangent kernel is known of dense vectorised nonnegative networks: nonnegative=True")
    components = integer("vector_units", network.vector_units)
    x, y = checked_inputs(inputs), numbers("labels", labels)
    if y.shape != (len(x),) or not np.all(np.isin(y, np.arange(components))):
        raise ValueError(f"labels must be {len(x)} whole numbers from 0 to {components - 1}, got shape {y.shape}")
    check_cost(f"a kernel of {len(x)} samples", memory=8.0 * 6.0 * len(x) ** 2, remedy="take fewer samples")
    f = np.zeros((len(x), components)) if start is None else numbers("start", start)
    if f.shape != (len(x), components) or not np.all(np.isfinite(f)):
        raise ValueError(f"start must be finite logits of shape {(len(x), components)}, got {f.shape}")
    moments = backward_moments(network)
    kernel, parts = _kernel(network, components, _weights(rule, moments), x)
    times = np.linspace(0.0, positive("duration", duration), _LOOKS)
    tolerance = positive("rtol", rtol)
    if not 1e-10 <= tolerance <= 0.1:
        raise ValueError(f"rtol must lie between 1e-10 and 0.1, got {tolerance:g}")
    target = np.eye(components)[y.astype(int)]
    first, second = (_losses(kernel, f, target, times, tolerance * part) for part in (0.1, 0.01))
    error = 2.0 * float(np.max(np.abs(first[0] - second[0])) / max(second[0][0], 1e-300))
    status = Status.CONVERGED if error <= tolerance else Status.STALLED
    solution = TangentSolution(
        network=network,
        convergence=Convergence(status, error, _LOOKS, error=error),
        settings={"duration": float(times[-1])},
        times=times,
        losses=second[0],
        accuracies=second[1],
        kernel=kernel,
        parts=parts,
        rule=rule,
    )
    return delivered(solution, on_failure)


@singledispatch
def _weights(rule: Any, moments: Backward) -> FloatArray:
    """Return B of each hidden layer."""
    raise ValueError(f"the tangent kernel is known of Backprop() and GlobalErrorVector(), got {rule!r}")


@_weights.register
def _(rule: Backprop, moments: Backward) -> FloatArray:
    return np.asarray(moments.mean**2 * moments.square)


@_weights.register
def _(rule: GlobalErrorVector, moments: Backward) -> FloatArray:
    return moments.mean


def _kernel(
    network: LayeredNetwork, components: int, weights: FloatArray, x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return Theta, and the mean of its diagonal by layer."""
    norms = np.linalg.norm(x, axis=1)
    if not np.all(norms > 0.0):
        raise ValueError("inputs must not be zero: their correlations are not defined")
    size = norms[:, None] * norms / x.shape[1]
    c = np.clip((x @ x.T) / (norms[:, None] * norms), -1.0, 1.0)
    np.fill_diagonal(c, 1.0)
    below, total, parts = float(x.shape[1]), np.zeros_like(c), []
    for width, weight in zip(network.widths, weights, strict=True):
        part = 0.5 * width * weight * both_open(c) * (below * size * c + 1.0)
        parts.append(part)
        c, below = next_correlation(c, components), 0.5 * width
    parts.append(below * size * c + 1.0)
    for part in parts:
        total += part
    return total, np.array([float(np.mean(np.diag(part))) for part in parts])


def _losses(
    kernel: FloatArray, start: FloatArray, target: FloatArray, times: FloatArray, rtol: float
) -> tuple[FloatArray, FloatArray]:
    """Return losses and accuracies at the times."""
    from scipy.integrate import solve_ivp
    from scipy.special import log_softmax, softmax

    shape = start.shape

    def flow(_: float, state: FloatArray) -> FloatArray:
        error = softmax(state.reshape(shape), axis=1) - target
        return np.asarray(-(kernel @ error) / len(error)).ravel()

    found = solve_ivp(flow, (0.0, times[-1]), start.ravel(), method="LSODA", t_eval=times, rtol=rtol, atol=rtol)
    if found.status != 0:
        nothing = np.full(len(times), math.nan)
        return nothing, nothing
    logits = found.y.T.reshape(-1, *shape)
    losses = -np.mean(np.sum(log_softmax(logits, axis=2) * target, axis=2), axis=1)
    right = np.argmax(logits, axis=2) == np.argmax(target, axis=1)
    return losses, np.mean(right, axis=1)
