"""The input on the grid of a march: times at which its mean is needed, and the response to a phase of one's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.composed import composed

N_PHASES = 24  # equispaced phases of a sinusoid of random phase at most; what they leave is measured (`phases`)
# Phases between others, by this part of their distance: it moves the error by their harmonic n and by 2n, all that an
# odd phi has. Half-way, an odd number of them would be the same ones with the sign turned.
BETWEEN = 0.3
_MOST = 32  # sub-steps of the mean where couplings hold it back: it follows the drive, not the rate of the balance
_GROWTH = 1.2  # sub-steps in the time in which couplings of positive mean double the mean of x


def offsets(blocks: Blocks, times: FloatArray, n_phase: int, shift: float) -> FloatArray:
    """Return the responses of x to sinusoids, from rest at t = 0, for each phase: shape (P, *times.shape, n_phase).

    `shift` moves the phases by a part of their distance.
    """
    out = np.zeros((len(blocks), *times.shape, n_phase))
    for a, waves in enumerate(blocks.waves):
        for wave in waves:
            tau = float(blocks.tau[a])
            theta = 2.0 * math.pi * (np.arange(n_phase) + shift) / n_phase - math.atan(wave.omega * tau)
            settled = np.sin(wave.omega * times[..., None] + theta)
            response = wave.amplitude / math.hypot(1.0, wave.omega * tau)
            out[a] = response * (settled - np.exp(-times[..., None] / tau) * np.sin(theta))
    return out


def stage_times(start: float, dt: float, n_steps: int, n_sub: int) -> FloatArray:
    """Return the times of the stages of the mean's scheme, shape (n_steps, n_sub, 2)."""
    from dmft.numerics.two_time.mean import GAMMA

    steps = np.arange(n_steps)[:, None, None]
    stages = np.arange(n_sub)[None, :, None] + np.array([GAMMA, 1.0])
    return np.asarray(start + dt * (steps + stages / n_sub))


def balance(blocks: Blocks) -> float:
    """Return the rate that mean couplings add to that of the mean of x, in units of 1/tau: the largest sum of a row."""
    return float(np.max(np.sum(np.abs(blocks.A), axis=1)))


def substeps(dt: float, blocks: Blocks, least: int) -> int:
    """Return into how many sub-steps the mean's step is cut, `least` where nothing asks for more."""
    h = dt / float(np.min(blocks.tau))
    growth = float(np.max(np.sum(np.maximum(blocks.A, 0.0), axis=1)))
    held = min(max(least, math.ceil(0.5 * h * math.sqrt(1.0 + balance(blocks)))), _MOST)
    return max(held, math.ceil(_GROWTH * h * growth))


def gaussian_blocks(statement: Any) -> Blocks:
    """Return the populations of a network in which x, given the phase of a sinusoid, is a Gaussian process.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for a network where it is none, with the reason.
    """
    couplings = composed(statement).couplings
    if couplings.by_field:
        raise ValueError("units that hear several fields are not Gaussian: dmft.UnitPaths samples their transients")
    if couplings.plastic is not None and couplings.plastic.k != 0:
        raise ValueError("plastic couplings have no two-time theory here: use dmft.solve_plastic")
    if couplings.random is not None and couplings.random.symmetry != 0:
        raise ValueError(
            f"symmetry must be 0 for the Gaussian two-time theory, got {couplings.random.symmetry}: x hears its own "
            "past"
        )
    if couplings.low_rank is not None:
        raise ValueError("this theory knows no low-rank couplings; dmft.solve_stationary and dmft.LowRankMarch do")
    blocks = blocks_of(statement)
    if blocks.discrete:
        raise ValueError("this theory is one of continuous time; give Leaky(), not Map()")
    most = max(map(len, blocks.waves))
    if most > 1:
        raise ValueError(f"x is conditioned on one random phase: give one Sinusoid of random phases, got {most}")
    return blocks
