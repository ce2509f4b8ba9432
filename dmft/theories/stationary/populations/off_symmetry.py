"""From zero means, where a network does not stay though all is symmetric, to the state that they go to."""

from __future__ import annotations

import numpy as np

from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.outcome import moving_solution, static_solution
from dmft.theories.stationary.populations.settle import State, arrived, decaying, interpolated, settle
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import KICK, Static, relaxed
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_PARTS = (1.0, 4.0)  # of the push off zero, in turn
_CENTRED = 1e-9  # of a mean over the deviation, below which it is 0


def off_symmetry(
    blocks: Blocks, sites: Sites, state: State, question: Question, window: float | None, aside: Static | None
) -> StationarySolution:
    """Return the state, or where its means are zero by symmetry and do not stay, one that they go to.

    Parameters
    ----------
    aside : a fixed point off zero means, from which another start is made.
    """
    here, point = moving_solution(blocks, state, question), state.point
    spread = np.sqrt(np.maximum(point.c[0], 0.0))
    if np.any(blocks.bias) or np.any(np.abs(point.m) > _CENTRED * (spread + 1e-300)) or not np.any(blocks.A):
        return here
    values, vectors = np.linalg.eig((blocks.A * point.one.slope - np.eye(len(blocks))) / blocks.tau[:, None])
    first = int(np.argmax(values.real))
    if values[first].real <= 0.0 or values[first].imag != 0.0:
        return here
    mode = vectors[:, first].real
    mode = mode / mode[int(np.argmax(np.abs(mode)))]
    means = [KICK * part * float(np.max(spread)) * mode for part in _PARTS]
    for m in means:  # fixed points first, as from rest: they cost little
        near = relaxed(blocks, sites, m, np.maximum(point.c[0], 0.0))
        if near.found and near.stable and np.any(np.abs(near.m) > _CENTRED * (np.sqrt(near.c0) + 1e-300)):
            return static_solution(blocks, near, question)
        if aside is None and near.found and np.any(near.m):
            aside = near
    starts = [(lambda lags: interpolated(state.equations.mesh, point.c, lags), means[0])]
    if aside is not None:
        starts.append((decaying(blocks, aside.c0), aside.m))
    for start, m in starts:
        pushed = settle(blocks, sites, start, m, question.goal, window=window)
        left = np.any(np.abs(pushed.point.m) > _CENTRED * (spread + 1e-300))
        if arrived(blocks, pushed, question.rtol) and left:
            return moving_solution(blocks, pushed, question)
    return here
