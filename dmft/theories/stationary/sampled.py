"""`Sampled`: the stationary method of networks whose single-site process is known by its paths alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dmft.models.checks import integer, positive
from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Status
from dmft.theories.reduction import Reduction
from dmft.theories.stated_units import is_stated, stated_units_of
from dmft.theories.stationary.centred.methods import AtRest, EnergyOrbit, LagEquation
from dmft.theories.stationary.plastic.process import RememberedProcess
from dmft.theories.stationary.plastic.solve import solve_plastic
from dmft.theories.stationary.question import RTOL, Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.species.statement import has_species, species_of
from dmft.theories.stationary.stated_units.all_states import state_near
from dmft.theories.stationary.stated_units.nothing_moves import failed
from dmft.theories.stationary.symmetric.solve import check_symmetric, solve_symmetric

_OWN_LAGS = "the arrays of a sampled state are on its own lags: leave lags out"


@dataclass(frozen=True)
class Sampled(Spelt):
    """Sampled paths of a single-site process: units stated by equations, partially symmetric or plastic couplings.

    Parameters
    ----------
    paths : number of paths; a multiple of 8 for symmetric couplings; None for 1024 with symmetry, for 256 in each of
        several independent sets of units stated by equations, and for the default of `solve_plastic` with plasticity,
        which has more settings.
    seed : entropy of the random numbers.
    accuracy : largest relative error of C(0) that is accepted; units stated by equations are given more sets of paths
        until it is reached. None: whatever comes out, or `rtol` of the verb.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    paths: int | None = None
    seed: Any = 0
    accuracy: float | None = None

    def __post_init__(self) -> None:
        if self.accuracy is not None and not positive("accuracy", self.accuracy) < 1.0:
            raise ValueError(f"accuracy must be below 1, got {self.accuracy}")
        if self.paths is not None:
            integer("paths", self.paths, least=1)

    def refuses(self, question: Question) -> str | None:
        """Return why not: a process without memory, of which more is known exactly."""
        if is_stated(question.statement):
            return self._refuses_units(question)
        network = question.network
        if not network.remembers and network.symmetry == 0:
            return "the process has no memory, and is solved without sampling"
        if network.remembers and network.beside_plasticity:
            return f"of the theory of plastic couplings: {network.beside_plasticity}"
        if not network.centred:
            return "the sampled theory knows no mean input (mean couplings, bias, constant drive)"
        return _OWN_LAGS if question.lags is not None else None

    def failed(self, question: Question, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        if is_stated(question.statement):
            return failed(stated_units_of(question.statement), status, detail)
        return question.problem().failed(status, detail)

    @staticmethod
    def _refuses_units(question: Question) -> str | None:
        try:
            if has_species(question.statement) and species_of(question.statement).immigration == 0.0:
                return "without immigration species that move die out one after the other; give LotkaVolterra a rate"
            stated_units_of(question.statement)
        except ValueError as error:
            return str(error)
        return _OWN_LAGS if question.lags is not None else None

    def solve(self, question: Question) -> StationarySolution:
        """Return the state, with its errors."""
        accuracy = self.accuracy if self.accuracy or question.rtol == RTOL else question.rtol
        if is_stated(question.statement):
            return state_near(
                stated_units_of(question.statement),
                question.init,
                paths=self.paths,
                seed=self.seed,
                accuracy=accuracy,
                max_steps=question.max_steps,
            )
        network = question.network
        if network.remembers:
            more: dict[str, Any] = {} if self.paths is None else {"samples": self.paths}
            more |= {} if self.accuracy is None else {"accuracy": self.accuracy}
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
            accuracy=accuracy,
        )


def _independent(network: Reduction) -> StationarySolution:
    """Return the state of independent couplings, from which the sampling starts."""
    question = Question(network)
    method: Any = next(m for m in (AtRest(), EnergyOrbit(), LagEquation()) if m.refuses(question) is None)
    solution: StationarySolution = method.solve(question)
    return solution
