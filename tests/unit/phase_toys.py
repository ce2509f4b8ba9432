"""A network and solvers for tests of maps: instant, with failures, deaths and hysteresis on demand."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from dmft.models.statement import Statement
from dmft.numerics.convergence import Convergence, Status


@dataclass(frozen=True)
class Knob:
    strength: float = field(default=0.0, metadata={"unit": "1/tau", "meaning": "strength of the knob"})


@dataclass(frozen=True)
class ToyNetwork(Statement):
    x: float = field(default=0.0, metadata={"unit": "tau", "meaning": "abscissa"})
    y: float = field(default=0.0, metadata={"unit": "1", "meaning": "ordinate"})
    drive: Knob | None = Knob()
    name: str = "toy"


@dataclass(frozen=True)
class ToySolution:
    network: ToyNetwork
    convergence: Convergence
    branch: float = 0.0
    phase: str = "calm"
    state: str = "calm"


GOOD = Convergence(Status.CONVERGED, 1e-12, 3)


def solve_toy(network: ToyNetwork) -> ToySolution:
    return ToySolution(network, GOOD)


def solve_unless_negative(network: ToyNetwork, *, on_failure: str = "raise") -> ToySolution:
    assert on_failure == "ignore"
    if network.x < 0:
        return ToySolution(network, Convergence(Status.STALLED, 0.5, 9, (), "stuck below zero"))
    return ToySolution(network, GOOD)


def solve_hysteretic(network: ToyNetwork, *, init: ToySolution | None = None) -> ToySolution:
    """Branch +1 exists for x > -1, branch -1 for x < 1; a start stays on its branch as long as it exists."""
    branch = -1.0 if init is None else init.branch
    if network.x > 1:
        branch = 1.0
    if network.x < -1:
        branch = -1.0
    return ToySolution(network, GOOD, branch)


def solve_counting(network: ToyNetwork, *, init: ToySolution | None = None) -> ToySolution:
    """Number the points of a chain."""
    return ToySolution(network, GOOD, 1.0 if init is None else init.branch + 1.0)


def die_at_two(network: ToyNetwork) -> ToySolution:
    if network.x == 2:
        os._exit(9)
    return ToySolution(network, GOOD)


def die_at_two_in_chain(network: ToyNetwork, *, init: ToySolution | None = None) -> ToySolution:
    if network.x == 2:
        os._exit(9)
    return solve_counting(network, init=init)


def die_once(network: ToyNetwork) -> ToySolution:
    """Kill the worker at x = 2, the first time: the file named by the network says whether that has happened."""
    if network.x == 2:
        try:
            Path(network.name).touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os._exit(9)
    return ToySolution(network, GOOD)


def area(solution: ToySolution) -> float:
    return solution.network.x * solution.network.y


def root_of_x(solution: ToySolution) -> float:
    return math.sqrt(solution.network.x)


def process(solution: ToySolution) -> float:
    return float(os.getpid())


def blas_threads(solution: ToySolution) -> float:
    """Return the largest number of threads of any BLAS; scipy's is loaded here, after whatever limit was set."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    return float(max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1))
