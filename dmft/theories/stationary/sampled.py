"""`Sampled`: the stationary method of networks whose single-site process has a memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dmft.models.checks import integer
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.centred.methods import AtRest, EnergyOrbit, LagEquation
from dmft.theories.stationary.plastic.process import RememberedProcess
from dmft.theories.stationary.plastic.solve import solve_plastic
from dmft.theories.stationary.question import RTOL, Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric.solve import check_symmetric, solve_symmetric


@dataclass(frozen=True)
class Sampled:
    """Sampled paths of a single-site process with memory: partially symmetric or plastic couplings.

    Parameters
    ----------
    paths : number of paths; a multiple of 8 for symmetric couplings; None for 1024 with symmetry, and for the
        default of `solve_plastic` with plasticity, which has more settings.
    seed : entropy of the random numbers.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    paths: int | None = None
    seed: Any = 0

    def __post_init__(self) -> None:
        if self.paths is not None:
            integer("paths", self.paths, least=1)

    def refuses(self, question: Question) -> str | None:
        """Return why not: a process without memory, of which more is known exactly."""
        network = question.network
        if not network.remembers and network.symmetry == 0:
            return "the process has no memory, and is solved without sampling"
        if network.remembers and network.beside_plasticity:
            return f"of the theory of plastic couplings: {network.beside_plasticity}"
        if not network.centred:
            return "the sampled theory knows no mean input (mean couplings, bias, constant drive)"
        return (
            "the arrays of a sampled state are on its own lags: leave lags out" if question.lags is not None else None
        )

    def solve(self, question: Question) -> StationarySolution:
        """Return the state, with its errors."""
        network = question.network
        if network.remembers:
            more: dict[str, Any] = {} if self.paths is None else {"samples": self.paths}
            if question.init is not None and isinstance(question.init.process, RememberedProcess):
                more["init"] = question.init
            return solve_plastic(network, seed=self.seed, on_failure="ignore", **more)
        paths = 1024 if self.paths is None else self.paths
        check_symmetric(network, paths, question.max_steps)
        return solve_symmetric(
            network,
            _independent,
            seed=self.seed,
            samples=paths,
            max_steps=question.max_steps,
            accuracy=None if question.rtol == RTOL else question.rtol,
        )


def _independent(network: Reduction) -> StationarySolution:
    """Return the state of independent couplings, from which the sampling starts."""
    question = Question(network)
    method: Any = next(m for m in (AtRest(), EnergyOrbit(), LagEquation()) if m.refuses(question) is None)
    solution: StationarySolution = method.solve(question)
    return solution
