"""States of random plus low-rank couplings in discrete time: steady states of the one-step map of kappa and variance.

    x(t+1) = h + theta + sum_r m_r kappa_r(t) + (random input) + xi(t+1),
    kappa = nbar <phi> + <phi'> (S kappa + S_nI),   m = h + mbar . kappa,   c(0) = g^2 <phi^2> + s(kappa) + sigma^2,
the equations of the static states of continuous time, with the noise of a step among the thresholds. To x a structure
that stays adds a spread of thresholds s(kappa): what is frozen of c(0) follows as for random couplings alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dmft.models.couplings import Couplings, Random
from dmft.models.drives import WhiteNoise
from dmft.models.dynamics import Map
from dmft.models.network import Network, Population
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.low_rank import Structure
from dmft.theories.one_step import OneStep
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.discrete.settle import Steady
from dmft.theories.stationary.discrete.solve import solution_of as random_solution
from dmft.theories.stationary.low_rank.all_states import all_states
from dmft.theories.stationary.low_rank.outcome import mean_of, order_of
from dmft.theories.stationary.low_rank.stability import outliers, slopes_of
from dmft.theories.stationary.low_rank.state import LowRankState
from dmft.theories.stationary.low_rank.under_structure import UnderStructure, structured_name
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution


@dataclass(frozen=True, eq=False)
class SteppedStructure(UnderStructure):
    """The process of x in steps of time under a structure that stays: that of random couplings, and thresholds.

    Attributes
    ----------
    alone : the process of the random couplings under the input of the structure.
    static : s(kappa), the variance over units of what is constant of their input.
    """

    alone: SteppedProcess
    static: float

    references: ClassVar[tuple[str, ...]] = ("mastrogiuseppe2018", "molgedey1992")
    words: ClassVar[str] = "low-rank couplings in discrete time"

    def held(self, solution: StationarySolution) -> Network:
        """Return the random couplings alone, under the input that the structure gives each unit."""
        (population,) = solution.network.compose().named.values()
        noise = float(solution.blocks.white[0])
        return _held(population.nonlinearity, solution.blocks.gains[0, 0], float(solution.mean_x), self.static, noise)


def _held(phi: Any, gain: float, mean: float, static: float, noise: float) -> Network:
    population = Population(
        phi, Map(), bias=mean, threshold_variance=static, drive=WhiteNoise(noise) if noise > 0.0 else None
    )
    return Network(population, Couplings(Random(float(np.sqrt(gain)))) if gain > 0.0 else Couplings())


def stepped_states(structure: Structure) -> tuple[list[LowRankState], bool]:
    """Return the steady states by increasing variance, each with whether a network stays in it; and whether the count
    of fixed points is what it must be."""
    alike = dataclasses.replace(structure, white=0.0, threshold_variance=structure.threshold_variance + structure.white)
    found, complete = all_states(alike)
    return [_judged(alike, state) for state, turns in found if not state.moving and turns is None], complete


def _judged(structure: Structure, state: LowRankState) -> LowRankState:
    """Return a state, stable where no change of (kappa, variance) grows in a step, whichever way it turns."""
    mean = mean_of(structure, state)
    factors = outliers(structure, state.kappa, state.variance, mean) + 1.0
    if not state.variance > 0.0:
        factors = np.append(factors, structure.g**2 * slopes_of(structure, 0.0, mean)[1])
    largest = factors[int(np.argmax(np.abs(factors)))]
    shown = f"{largest.real:.4g}" if largest.imag == 0.0 else f"{largest.real:.4g} +- {abs(largest.imag):.4g}i"
    criterion = f"kappa and variance change by the factor {shown} a step"
    return state.with_stability(bool(abs(largest) < 1.0), criterion, float(np.log(max(abs(largest), 1e-300))))


def stepped_solution(structure: Structure, state: LowRankState, question: Question, others: int) -> StationarySolution:
    """Return a state as a solution."""
    mean, kappa = mean_of(structure, state), np.asarray(state.kappa).real
    static = max(structure.static_variance(kappa), 0.0)
    held = _held(structure.nonlinearity, structure.g**2, mean, static, structure.white)
    asked = dataclasses.replace(question, statement=held, init=None)
    step = OneStep(asked.blocks)
    alone = random_solution(asked, step, Steady(step, np.array([mean]), np.array([state.variance])), 1, others)
    outcome, error = alone.convergence, float(alone.convergence.error + state.error)
    residual = max(outcome.residual, state.residual)
    if outcome.converged and residual > question.rtol:
        outcome = Convergence(Status.UNRESOLVED, residual, 1, (residual,), "two rules for the averages differ")
    return dataclasses.replace(
        alone,
        network=structure.statement,
        convergence=dataclasses.replace(outcome, residual=residual, error=error),
        state=_name(structure, state, alone.state),
        stable=state.stable,
        process=SteppedStructure(alone.process, static),
        **order_of(structure, state),
    )


def _name(structure: Structure, state: LowRankState, alone: str) -> str:
    if not np.any(np.asarray(state.kappa)[: structure.stated]):
        return alone
    return structured_name(alone)
