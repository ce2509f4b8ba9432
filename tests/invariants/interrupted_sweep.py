"""A sweep to be killed by `test_checkpoint_kill.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

import dmft
from dmft.models.statement import Statement
from dmft.numerics.convergence import Convergence, Status


@dataclass(frozen=True)
class SlowNetwork(Statement):
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class SlowSolution:
    state: float
    convergence: Convergence


def solve(network: SlowNetwork, *, init: SlowSolution | None = None) -> SlowSolution:
    """Iterate a chaotic map, half a millisecond: any change of the start, by one bit, shows in the result."""
    state = 0.1 if init is None else init.state
    for _ in range(1500):
        state = 3.9 * state * (1.0 - state) + 1e-9 * math.sin(network.x + network.y)
        state = min(max(state, 1e-3), 1 - 1e-3)
    status = Status.STALLED if network.x == 3 and network.y == 2 else Status.CONVERGED
    return SlowSolution(state, Convergence(status, 1e-9 * state, 5))


def state(solution: SlowSolution) -> float:
    return solution.state


def inverse(solution: SlowSolution) -> float:
    if solution.state > 0.95:
        raise ArithmeticError(f"state {solution.state!r}")
    return 1.0 / solution.state


def sweep(checkpoint: str | None, continuation: str | None, executor: int | None):
    return dmft.phase_diagram(
        SlowNetwork(),
        {"x": np.arange(12.0), "y": np.arange(25.0)},
        observe=[state, inverse],
        solve=solve,
        checkpoint=checkpoint,
        continuation=continuation,
        executor=executor,
    )
