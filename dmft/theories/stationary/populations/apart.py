"""Populations that do not hear all others, solved apart: one near its onset freezes on the way to a common state.

The equations of all populations have roots in which one class stands still though its own perturbations grow. What a
population hears, directly or through others, is a network of its own: its state is one of the whole network's.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.arrays import BoolArray, FloatArray
from dmft.numerics.convergence import Status
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.settle import MOVING, Start, State, interpolated
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

Solve = Callable[[Blocks, Question], StationarySolution]


def thawed(blocks: Blocks, state: State, question: Question, solve: Solve) -> tuple[Start, FloatArray, float] | None:
    """Return a start (covariances, means, window) in which populations that froze move as they do apart.

    Parameters
    ----------
    state : a state with a limit that is not approached, kappa = nan.
    solve : what solves the populations that a frozen one hears.

    Returns
    -------
    None where no frozen population hears fewer than all, or those have no moving state that is known.
    """
    point, mesh = state.point, state.equations.mesh
    frozen = point.c[0] - point.c[-1] <= MOVING * np.maximum(point.c[0], 0.0)
    found: dict[int, tuple[Any, int]] = {}
    m, window = point.m.copy(), mesh.length
    wholes = {int(a): _heard(blocks, int(a)) for a in np.flatnonzero(frozen)}
    for a, heard in sorted(wholes.items(), key=lambda item: -int(np.count_nonzero(item[1]))):
        if np.all(heard) or a in found:
            continue
        members = np.flatnonzero(heard)
        own = solve(_part(blocks, members), dataclasses.replace(question, lags=None, init=None, callback=None))
        if own.convergence.status is not Status.CONVERGED or own.state != "chaotic":
            continue
        process = own.process
        m[members], window = process.means, max(window, process.mesh.length)
        found |= {int(b): (process, k) for k, b in enumerate(members)}
    if not found:
        return None

    def start(lags: FloatArray) -> FloatArray:
        c = interpolated(mesh, point.c, lags)
        for b, (process, k) in found.items():
            c[:, b] = process.covariance_at(lags)[:, k]
        return c

    return start, m, window


def unapproached(blocks: Blocks, state: State) -> bool:
    """Whether the populations' covariances come to a limit that they would leave."""
    return not blocks.noisy and math.isnan(state.kappa)


def _heard(blocks: Blocks, a: int) -> BoolArray:
    """Return which populations a population hears, itself included, directly or through others."""
    edges = (blocks.K != 0.0) | (blocks.A != 0.0)
    heard = np.arange(len(blocks)) == a
    for _ in range(len(blocks)):
        heard = heard | np.any(edges[heard], axis=0)
    return np.asarray(heard)


def _part(blocks: Blocks, members: NDArray[np.intp]) -> Blocks:
    """Return some populations without the others."""
    at = np.ix_(members, members)
    return dataclasses.replace(
        blocks,
        names=tuple(blocks.names[b] for b in members),
        nonlinearities=tuple(blocks.nonlinearities[b] for b in members),
        drives=tuple(blocks.drives[b] for b in members),
        gains=blocks.gains[at],
        means=blocks.means[at],
        **{name: getattr(blocks, name)[members] for name in ("fractions", "tau", "bias", "threshold_variance")},
    )
