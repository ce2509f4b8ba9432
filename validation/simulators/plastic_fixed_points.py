"""Stable fixed points of one drawn plastic network: all of them for small N, or one of them for large N.

At a fixed point A = (k/N) phi phi^T, so that x = J phi + k q phi(x), q = <phi^2>. A neuron is bistable where its field
(J phi)_i is smaller than the spinodal one, and a stable fixed point is named by the signs of its x.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.compiled import compiled
from validation.ensemble import checked_count
from validation.errors import SimulationError
from validation.simulators.question import question_of

_STEP, _STEPS = 0.25, 480
_REST = 1e-4  # largest |dx/dt| of a state at rest, relative to x
_START = 2.0  # |x| of a pattern of signs at the start
_LARGEST = 18
_MARGIN = 0.5  # part of the spinodal field that the annealing allows: what settles there has room to move
_TEMPERATURE = 0.1  # at the start, in units of g^2, the scale of the squared fields


def count_fixed_points(couplings: FloatArray, network: Any) -> int:
    """Return the number of stable fixed points of one network: every pattern of signs is tried.

    A pattern counts if the network with synapses that follow at once, dx/dt = -x + J phi + k <phi^2> phi, comes to rest
    from it without changing a sign. Stability against perturbations of finite growth rate, where the time constant p of
    the synapses enters, is not asked for.

    Parameters
    ----------
    couplings : J, shape (N, N), N up to 18.
    network : its k and phi are used; odd phi.

    Notes
    -----
    Cost: 0.01 s of CPU at N = 12, 0.1 s at N = 15.
    """
    question = _plastic(network)
    n = checked_count("number of neurons", len(couplings), least=2)
    if n > _LARGEST:
        raise ValueError(f"the number of neurons must be at most {_LARGEST} to try all 2^N patterns, got {n}")
    # phi is odd: the last sign is +1, and each pattern counts twice
    bits = (np.arange(2 ** (n - 1))[:, None] >> np.arange(n)) & 1
    signs = np.where(bits, 1.0, -1.0)
    signs[:, -1] = 1.0
    x: FloatArray = _START * signs
    resting = 0
    for step in range(_STEPS):
        force = _force(x, couplings, question)
        x += _STEP * force
        if step % 8 == 7:
            kept = np.all(x * signs > 0, axis=1)
            # relative: a state that decays to x = 0 keeps its signs, but never rests
            moving = np.max(np.abs(force), axis=1) > _REST * np.max(np.abs(x), axis=1)
            resting += int(np.sum(kept & ~moving))
            x, signs = x[kept & moving], signs[kept & moving]
            if not len(x):
                break
    return 2 * resting


def find_fixed_point(
    couplings: FloatArray, network: Any, *, seed: int, sweeps: int = 1000, attempts: int = 10
) -> FloatArray:
    """Return x of a stable fixed point of one large network, shape (N,), found by annealing the signs.

    The fields of the others must not push a neuron beyond its spinodal, s_i (J phi)_i > -h_spinodal: the signs s are
    annealed for that with a margin, and the state relaxes from there. Such fixed points are many where the complexity
    is positive, but the search finds them well above that threshold only.

    Parameters
    ----------
    couplings : J, shape (N, N).
    network : its k and phi are used; k <phi^2> phi'(0) must be above 1.
    seed : of the annealing.
    sweeps : trials to turn each sign, in an attempt.
    attempts : number of annealings, until one succeeds.

    Raises
    ------
    SimulationError : if no state found comes to rest where it was found.

    Notes
    -----
    Cost: 1.3 ns of CPU times N^2 sweeps, an attempt.
    """
    question = _plastic(network)
    limit = _spinodal_field(question, 0.97 * question.plastic.k)
    columns = np.ascontiguousarray(couplings.T, dtype=np.float64)
    generator = np.random.default_rng(seed)
    for _ in range(attempts):
        signs = np.sign(generator.standard_normal(len(couplings)))
        fields = np.ascontiguousarray(couplings @ signs, dtype=np.float64)
        _anneal(columns, signs, fields, -_MARGIN * limit, _TEMPERATURE * question.gain**2, sweeps, generator)
        x = _START * signs[None, :]
        for _ in range(2 * _STEPS):
            force = _force(x, couplings, question)
            x += _STEP * force
        if np.all(x * signs > 0) and np.max(np.abs(force)) < _REST * np.max(np.abs(x)):
            return np.asarray(x[0])
    raise SimulationError(
        f"no stable fixed point was found in {attempts} attempts; take more sweeps, a larger k or a smaller g"
    )


def _plastic(network: Any) -> Any:
    question = question_of(network)
    if question.plastic is None:
        raise ValueError(f"network must have plastic couplings, got {network!r}")
    return question


def _force(x: FloatArray, couplings: FloatArray, question: Any) -> FloatArray:
    phi = np.asarray(question.nonlinearity(x))
    return np.asarray(phi @ couplings.T + question.plastic.k * np.mean(phi**2, axis=1, keepdims=True) * phi - x)


def _spinodal_field(question: Any, kappa: float) -> float:
    """Return the field against its sign at which x = h + kappa phi(x) loses a neuron's state."""
    from scipy.optimize import brentq

    def excess(x: float) -> float:
        return kappa * float(question.nonlinearity.derivative(x)) - 1.0

    if excess(0.0) <= 0:
        raise ValueError(f"k must be above 1/(<phi^2> phi'(0)) for bistable neurons, got {question.plastic.k:g}")
    x = brentq(excess, 0.0, 50.0)
    return float(kappa * question.nonlinearity(x) - x)


@compiled(fastmath=True)
def _anneal(
    columns: Any, signs: Any, fields: Any, margin: float, temperature: float, sweeps: int, generator: Any
) -> None:
    """Anneal sum_i max(0, margin - s_i h_i)^2 over the signs s, h = J s; temperature falling linearly to 0."""
    n = len(signs)
    for sweep in range(sweeps):
        t = temperature * (1.0 - sweep / sweeps) + 1e-12
        for _ in range(n):
            j = generator.integers(0, n)
            turn = -2.0 * signs[j]
            change = 0.0
            for i in range(n):
                before = max(margin - signs[i] * fields[i], 0.0)
                after = max(margin - signs[i] * (fields[i] + turn * columns[j, i]), 0.0)
                change += after * after - before * before
            own = fields[j] + turn * columns[j, j]
            wrong, right = max(margin - signs[j] * own, 0.0), max(margin + signs[j] * own, 0.0)
            change += right * right - wrong * wrong
            if change <= 0 or generator.random() < np.exp(-change / t):
                for i in range(n):
                    fields[i] += turn * columns[j, i]
                signs[j] = -signs[j]
