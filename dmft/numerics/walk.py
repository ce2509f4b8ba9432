"""Homotopy: to a state that a solver does not reach from its own start, along a line of neighbours.

The line is a parameter that runs from `origin`, where the solver arrives, to `target`: a gain, an amplitude, a noise.
Each state is the start of the next; a step that fails is halved, one that succeeds makes the next one longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

S = TypeVar("S")


def walk(
    solve: Callable[[float, S | None], S | None],
    origin: float,
    target: float,
    *,
    stride: float = 0.25,
    shortest: float = 1e-3,
    most: int = 60,
    start: S | None = None,
) -> tuple[S | None, float]:
    """Walk from `origin` to `target`.

    Parameters
    ----------
    solve : (parameter, nearest state or None) -> state, or None where the solver fails.
    origin, target : the ends of the line; the solver must arrive at `origin` (or `start` is the state there).
    stride : first step, as a part of the line.
    shortest : step at which the walk gives up.
    most : largest number of solves.
    start : the state at `origin`, if it is known.

    Returns
    -------
    state, part : the state farthest along the line and the part of the line that was walked; part = 1 at the target.
        (None, 0) if the solver fails at the origin.
    """
    state = solve(origin, None) if start is None else start
    done = 0.0
    if state is None:
        return None, done
    for _ in range(most):
        if done >= 1.0 or stride < shortest:
            break
        ahead = min(1.0, done + stride)
        found = solve(origin + (target - origin) * ahead if ahead < 1.0 else target, state)
        if found is None:
            stride *= 0.5
        else:
            state, done, stride = found, ahead, 1.6 * stride
    return state, done
