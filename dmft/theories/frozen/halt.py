"""One set of sample paths across the halt of the synapses: what it records, and the overlap modes of its rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.frozen.march import March
from dmft.theories.reduction import Reduction

RECORD = 1.0  # time between two records, in units of tau
_REST = 1e-4  # velocity at which a run stops
_SETTLED = 2e-3  # velocity below which a run that ended counts as settled


@dataclass(frozen=True)
class Epochs:
    """How a set of paths is marched.

    Attributes
    ----------
    samples : paths.
    before, after : length of the plastic and of the halted epoch, in units of tau.
    step : time step.
    max_rank : largest basis.
    """

    samples: int
    before: float
    after: float
    step: float
    max_rank: int


@dataclass(frozen=True)
class Run:
    """One set of sample paths across the halt; arrays of shape (n_time,), padded with the last values after rest."""

    overlap: FloatArray
    velocity: FloatArray
    slope: FloatArray
    square_rate: float
    halted_square_rate: float
    overlap_mode: float
    rank: int
    full: bool

    @property
    def settled(self) -> bool:
        """Whether the paths came to rest."""
        return bool(self.velocity[-1] < _SETTLED)

    def level(self, name: str) -> float:
        """Return the last value if at rest, else the mean over the second half."""
        values = getattr(self, name)
        return float(values[-1] if self.settled else np.mean(values[len(values) // 2 :]))


def halted_run(
    network: Reduction,
    generator: np.random.Generator,
    epochs: Epochs,
) -> Run:
    """March one set of paths through the plastic and the halted epoch."""
    step, after = epochs.step, epochs.after
    march = March(network, epochs.samples, step, epochs.max_rank, generator)
    for _ in range(round(epochs.before / step)):
        march.advance()
    march.coordinates(march.phi)
    start, rank = march.phi, march.rank
    march.halt()
    every = max(1, round(RECORD / step))
    n_records = round(after / step) // every
    records = np.empty((n_records, 3))
    for index in range(n_records):
        for _ in range(every):
            march.advance()
        records[index] = _cosine(march.phi, start), march.velocity, _slope(network, march.x)
        if march.velocity < _REST:
            records[index:] = records[index]
            break
    settled = records[-1, 1] < _SETTLED
    return Run(
        overlap=records[:, 0],
        velocity=records[:, 1],
        slope=records[:, 2],
        square_rate=float(np.mean(march.phi**2)),
        halted_square_rate=float(np.mean(start**2)),
        overlap_mode=overlap_mode(march, rank) if settled else math.nan,
        rank=march.rank,
        full=march.full,
    )


def overlap_mode(march: March, rank: int) -> float:
    """Return the largest |1 + l| of the overlap modes of a state at rest, (1 + l) dm = K dm.

    With m_r = <b_r phi>, K = <b_r phi'(x*) (J + A) b_s> on the span of the rates before the halt (the first `rank`
    basis vectors) and phi(x*); directions met later only reveal the bulk.
    """
    alpha = march.coordinates(march.phi)
    later = alpha[rank:]
    basis = march.basis[:rank].astype(float)
    force = march.network.g * march.noise[:rank].astype(float)
    known = march.memory[:rank, :rank]
    force += known @ basis[: len(known)] if len(known) == rank else np.pad(known, (0, rank - len(known))) @ basis
    length = float(np.linalg.norm(later))
    if length > 0:
        own = (later / length) @ march.basis[rank : len(alpha)]
        basis = np.vstack([basis, own])
        force = np.vstack([force, march.network.g * ((later / length) @ march.noise[rank : len(alpha)])])
    slope = np.asarray(march.network.nonlinearity.derivative(march.x), dtype=float)
    return float(np.max(np.abs(np.linalg.eigvals((basis * slope) @ force.T / march.n_paths))))


def _cosine(a: FloatArray, b: FloatArray) -> float:
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))


def _slope(network: Reduction, x: FloatArray) -> float:
    return float(network.g**2 * np.mean(np.square(network.nonlinearity.derivative(x))))
