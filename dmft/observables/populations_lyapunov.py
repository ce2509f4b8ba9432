"""Largest Lyapunov exponent of several populations."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import limited
from dmft.errors import answering
from dmft.numerics.positive_root import constant_root, positive_root
from dmft.numerics.spectral_elements import HalfLine
from dmft.numerics.value import Value
from dmft.observables.jacobian import spectrum_of
from dmft.observables.lyapunov import exponent_of
from dmft.observables.states import refuse_stateless
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.stationary.populations.process import PopulationProcess

_EPS = float(np.finfo(float).eps)
_SENSITIVITY = 4.0  # largest logarithmic derivative of <phi' phi'> by the variance that is allowed for
_WIDER = 1e-3  # relative step of the covariances by which that of centred states is measured
_DECAYS = 16.0  # rate of u times window from which on the end of a window does nothing
_LONGEST = 60.0  # times the window of the state


@exponent_of.register
@answering
def exponent_of_populations(process: PopulationProcess, solution: Any) -> Value:
    """Return the exponent: the edge of what is independent between units, or the outlier of a fixed point beyond it.

    An outlier is how a perturbation decays that all units share, along the means of the couplings. In a state that
    moves, coherent perturbations follow the means (`dmft.stability`), and are not counted.
    """
    edge = edge_of_populations(process, solution)
    if not (math.isinf(solution.decay_rate) and np.any(solution.blocks.A)):
        return edge
    return beside_outliers(edge, spectrum_of(process, solution), solution)


def beside_outliers(edge: Value, spectrum: Any, solution: Any) -> Value:
    """Return the edge of the bulk at a fixed point, or the rightmost outlier of its Jacobian if that lies beyond."""
    best = float(np.max(spectrum.outliers.real, initial=-math.inf))
    if best <= float(edge):
        return edge
    state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
    fastest = (1.0 + spectrum.radius + float(np.max(np.abs(spectrum.outliers)))) / float(np.min(spectrum.tau))
    wrong = (_SENSITIVITY * state + 1e-12) * fastest
    return Value(best, 0.0, "outlier of the fixed point", ((float(edge),),), numerical_error=wrong)


def edge_of_populations(process: PopulationProcess, solution: Any) -> Value:
    """Return the exponent of perturbations that are independent between units.

    [(1 + lambda tau_a)^2 - tau_a^2 d^2] u_a = sum_b K_ab <phi_b' phi_b'>(lag) u_b has an even positive u at the largest
    lambda; K_ab = g_ab^2 f_b. Where nothing moves <phi'^2> is constant, and lambda the real edge of the bulk of the
    Jacobian. Populations that do not hear each other both ways have exponents of their own; the largest counts.
    """
    refuse_stateless(solution, "to perturb", of=process.covariance)
    blocks = blocks_of(solution.network)
    with limited():
        found = [_of_class(process, solution, blocks, members) for members in classes(blocks.K)]
    best = max(found, key=float)
    return Value(float(best), 0.0, best.method, best.history, max(value.numerical_error for value in found))


def classes(coupling: FloatArray) -> list[list[int]]:
    """Return the sets of populations that hear each other both ways, directly or through others."""
    n = len(coupling)
    reach = (coupling > 0.0) | np.eye(n, dtype=bool)
    for _ in range(max(1, math.ceil(math.log2(max(n, 2))))):
        reach = (reach.astype(float) @ reach.astype(float)) > 0.0
    both = reach & reach.T
    left, found = set(range(n)), []
    while left:
        members = [b for b in sorted(left) if both[min(left), b]]
        found.append(members)
        left -= set(members)
    return found


def _of_class(process: PopulationProcess, solution: Any, blocks: Blocks, members: list[int]) -> Value:
    tau, gains = blocks.tau[members], blocks.K[np.ix_(members, members)]
    if not np.any(gains > 0.0):
        return Value(-1.0 / float(np.max(tau)), 0.0, "no couplings", numerical_error=0.0)
    state = solution.convergence.error
    wrong = 8.0 * _EPS + _sensitivity(process, blocks) * (
        state if math.isfinite(state) else solution.convergence.residual
    )

    def coupling(lags: FloatArray) -> FloatArray:
        nonlocal wrong
        averages, errors = process.bounded_averages(blocks, np.minimum(lags, process.mesh.length))
        wrong = max(wrong, float(errors[1]))
        return np.asarray(gains * np.maximum(averages.p[:, members], 0.0)[:, None, :])

    if math.isinf(solution.decay_rate):
        rate = constant_root(tau, coupling(np.zeros(1))[0])
        return Value(rate, 0.0, "constant potential", numerical_error=_moved(rate, tau, wrong))
    mesh, found = process.mesh, coupling(process.mesh.nodes)
    rate, _ = positive_root(mesh, tau, found)
    history = [rate]
    while True:
        decay = _decay(rate, tau, found[-1])
        enough = decay * mesh.length >= _DECAYS
        if enough or mesh.length >= _LONGEST * process.mesh.length:
            break
        longer = min(max(2.0, 1.2 * _DECAYS / max(decay * mesh.length, 1e-300)), 5.0)
        mesh = HalfLine(np.append(mesh.edges, longer * mesh.length))
        found = np.concatenate([found, np.broadcast_to(found[-1], (mesh.degree, *found[-1].shape))])
        rate, _ = positive_root(mesh, tau, found, rate)
        history.append(rate)
    halved = mesh.split()
    finer, _ = positive_root(halved, tau, coupling(halved.nodes), rate)
    # at a continuum edge the window leaves (pi/2)^2 over its square times tau^2
    window = math.exp(-2.0 * _DECAYS) if enough else 2.5 * float(np.max(tau)) / mesh.length**2
    error = 2.0 * abs(finer - rate) + _moved(rate, tau, wrong) + window + 1e-13
    return Value(rate, 0.0, "positive solution", tuple(history), numerical_error=error)


def _sensitivity(process: PopulationProcess, blocks: Blocks) -> float:
    """Return by how much <phi' phi'> is off where the covariances are, both relative: next to rest, by little."""
    if np.any(process.means) or not np.any(process.covariance[0]):
        return _SENSITIVITY
    wider = dataclasses.replace(process, covariance=(1.0 + _WIDER) * process.covariance)
    one, other = (of.averages_at(blocks, process.mesh.nodes).p for of in (process, wider))
    change = np.max(np.abs(other - one), axis=0) / np.maximum(np.max(one, axis=0), 1e-300)
    return min(_SENSITIVITY, 2.0 * float(np.max(change)) / _WIDER)


def _moved(rate: float, tau: FloatArray, wrong: float) -> float:
    """Return by how much lambda moves if all <phi' phi'> are off by a part: (1 + lambda tau_a)^2 by as much at most."""
    return float(0.5 * wrong * np.max((1.0 + rate * tau) / tau))


def _decay(rate: float, tau: FloatArray, coupling: FloatArray) -> float:
    """Return the rate at which u decays where <phi' phi'> has come to its limit."""
    square = np.linalg.eigvals((np.diag((1.0 + rate * tau) ** 2) - coupling) / tau[:, None] ** 2).real.min()
    return math.sqrt(max(float(square), 0.0))
