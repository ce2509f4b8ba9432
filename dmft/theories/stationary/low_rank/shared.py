"""States of populations that share a term of rank one: kappa = sum_b f_b (nbar <phi_b> + S <phi_b'> kappa).

At a given kappa the structure is an input to the other couplings, of mean mbar kappa and variance S_mm kappa^2 over
units. What does not move is found with kappa among its unknowns (`structured_states`). What moves is solved as without
the structure, and kappa is the one unknown that is left: from each static state whose units leave it the moving one is
followed along kappa, and those that populations come to from rest are looked for at a grid of kappa
[Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018), of one population].
"""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.shared_structure import SharedStructure
from dmft.theories.static_states.structured import StructuredState, structured_states
from dmft.theories.stationary.balanced.averages_error import CLOSED
from dmft.theories.stationary.low_rank.followed import Followed, FromRest
from dmft.theories.stationary.low_rank.shared_process import SharedProcess
from dmft.theories.stationary.low_rank.shared_stability import stays_at_rest, stays_moving
from dmft.theories.stationary.low_rank.under_structure import structured_name
from dmft.theories.stationary.populations.all_states import fixed_point, moving_from, static_at, with_noise
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.solve import solve_populations
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_STARTS = 12  # places of kappa on each side of 0
_LEAST = 1e-3  # smallest of them, over the largest kappa
_NEXT = 1e-6  # relative step of kappa, by which derivatives are taken
_JUMPS = 1e-6  # of the largest kappa, by which the equation may be missed where two states of the rest meet
_SAME = 1e-6  # relative difference of two states that are one


@dataclass(frozen=True, eq=False)
class SharedState:
    """A state: kappa, the rest of the network under its input, whether a network stays (None: not known), and why;
    bounds on the errors of kappa and of the variances (relative).
    """

    kappa: float
    alone: StationarySolution
    stable: bool | None
    criterion: str
    kappa_error: float
    error: float


class Search:
    """The states of a network."""

    def __init__(self, structure: SharedStructure, question: Question) -> None:
        self.structure = structure
        self._question = dataclasses.replace(question, init=None, callback=None, lags=None)
        self._sites = Sites(structure.blocks.nonlinearities)

    @cached_property
    def _static(self) -> tuple[tuple[StructuredState, ...], bool]:
        """The static states; under noise those of thresholds as variable as it makes x, to begin with."""
        blocks = self.structure.blocks
        still = dataclasses.replace(self.structure, blocks=with_noise(blocks)) if blocks.noisy else self.structure
        return structured_states(still)

    @property
    def complete(self) -> bool | None:
        """Whether the static states are all that there must be; None under noise."""
        return None if self.structure.blocks.noisy else self._static[1]

    def states(self) -> list[SharedState]:
        """Return the states that are found, by increasing variance, of mirror images one."""
        blocks = self.structure.blocks
        found = [] if blocks.noisy else [self._judged_static(state) for state in self._static[0]]
        followed = self._followed()
        ways: list[tuple[float, Followed | FromRest]] = [*followed, *self._from_rest([root for root, _ in followed])]
        for kappa, way in ways:
            if self.structure.mirrored and kappa < 0.0:
                continue
            moving = self._judged(kappa, way)
            if moving is not None and not any(_same(moving, other, self.structure.largest) for other in found):
                found.append(moving)
        return sorted(found, key=lambda state: _order(state, blocks.fractions))

    def _followed(self) -> list[tuple[float, Followed]]:
        """Return kappa of the moving states that the static ones which units leave lead to, each with its branch."""
        roots, of = [], self.structure
        for seed in self._static[0]:
            blocks = of.held(seed.kappa)
            static = static_at(blocks, seed.m, seed.c0, seed.residual)
            if not (blocks.noisy or static.spread > 1.0):
                continue
            for state in moving_from(blocks, self._sites, (static,), self._question):
                branch = Followed(of, self._question, seed.kappa, state)
                root = branch.root()
                if root is not None and abs(branch.lacks(root)) <= _JUMPS * max(of.largest, 1e-300):
                    roots.append((root, branch))
        return roots

    def _from_rest(self, known: list[float]) -> list[tuple[float, FromRest]]:
        """Return kappa of the moving states that populations come to from rest at it, but for those that are known."""
        rest, largest = FromRest(self.structure, self._question), self.structure.largest
        none = rest.lacks(0.0)
        roots = [0.0] if abs(none) <= 1e-13 * max(largest, 1e-300) and rest.moves(0.0) else []
        for sign in (1.0,) if self.structure.mirrored else (1.0, -1.0):
            if largest > 0.0:
                roots += [sign * root for root in self._side(rest, sign, none, [sign * root for root in known])]
        return [(root, rest) for root in roots]

    def _side(self, rest: FromRest, sign: float, none: float, known: list[float]) -> list[float]:
        """Return |kappa| of the roots of one sign; `none` is what is lacking at kappa = 0."""
        from scipy.optimize import brentq

        def lacks(size: float) -> float:
            return sign * rest.lacks(sign * size)

        largest = self.structure.largest
        places = largest * np.geomspace(_LEAST, 1.0, _STARTS)
        values = [lacks(float(place)) for place in places]
        if none and abs(none) > 1e-13 * largest:  # kappa = 0 is no root of its own
            places, values = np.append(0.0, places), [sign * none, *values]
        roots = []
        for (left, low), (right, high) in itertools.pairwise(zip(places, values, strict=True)):
            if not low * high < 0.0 or not (rest.moves(sign * float(left)) or rest.moves(sign * float(right))):
                continue
            if any(left < root < right and abs(lacks(root)) <= _JUMPS * largest for root in known):
                continue  # from rest they come to the state that was followed
            root = float(brentq(lacks, left, right, xtol=1e-15 * largest, rtol=1e-14))
            if abs(lacks(root)) <= _JUMPS * largest and rest.moves(sign * root):
                roots.append(root)
        return roots

    def _judged_static(self, state: StructuredState) -> SharedState:
        blocks, own = self.structure.held(state.kappa), state.residual + 4.0 * CLOSED
        fixed = fixed_point(static_at(blocks, state.m, state.c0, state.residual), self._sites, self._question)
        stable, why = stays_at_rest(self.structure, state.kappa, fixed)
        error = float(np.max(state.of_variance)) * own
        return SharedState(state.kappa, fixed, stable, why, state.of_kappa * own if state.kappa else 0.0, error)

    def _judged(self, kappa: float, way: Followed | FromRest) -> SharedState | None:
        structure, alone = self.structure, way.alone(kappa)
        if alone is None:
            return None
        if structure.largest == 0.0:  # nothing is fed back
            return SharedState(0.0, alone, alone.stable, "there is no feedback by kappa", 0.0, 0.0)
        step = _NEXT * max(abs(kappa), _LEAST * structure.largest)
        ahead, behind = way.alone(kappa + step), way.alone(kappa - step)
        if ahead is None or behind is None:
            return None
        rise = (way.lacks(kappa + step) - way.lacks(kappa - step)) / (2.0 * step)
        turn = np.abs(np.atleast_1d(ahead.variance) - np.atleast_1d(behind.variance))
        top = np.maximum(np.atleast_1d(alone.variance), 1e-300)
        own = float(alone.convergence.error)
        size = abs(structure.mean_right) * float(np.max(np.abs(alone.mean_phi), initial=0.0))
        size += abs(structure.overlap * kappa) * float(np.max(np.abs(alone.mean_slope), initial=0.0))
        missed = (abs(way.lacks(kappa)) + size * own + 4e-16 * structure.largest) / max(abs(rise), 1e-300)
        moved = float(np.max(turn / top)) / (2.0 * step) * missed if np.any(alone.variance) else 0.0
        stable, why = stays_moving(structure, kappa, alone, rise)
        return SharedState(kappa, alone, stable, why, float(missed) if kappa else 0.0, float(own + moved))


def _same(one: SharedState, two: SharedState, largest: float) -> bool:
    """Whether two states are one, to what their solvers leave."""
    size = np.sqrt(np.atleast_1d(two.alone.variance)) + np.abs(np.atleast_1d(two.alone.mean_x)) + 1e-12
    gaps = [
        np.max(np.abs(np.atleast_1d(one.alone.variance) - np.atleast_1d(two.alone.variance)) / size**2),
        np.max(np.abs(np.atleast_1d(one.alone.mean_x) - np.atleast_1d(two.alone.mean_x)) / size),
        abs(one.kappa - two.kappa) / max(largest, 1e-300),
    ]
    return one.alone.state == two.alone.state and bool(np.max(gaps) < _SAME)


def _order(state: SharedState, fractions: FloatArray) -> tuple[float, float]:
    """Return the place of a state: by its variance, of two alike the one of larger means first."""
    variance = float(fractions @ np.atleast_1d(state.alone.variance))
    return float(f"{variance:.9g}"), -float(np.atleast_1d(state.alone.mean_x)[0])


def shared_solution(
    structure: SharedStructure, state: SharedState, question: Question, others: int
) -> StationarySolution:
    """Return a state as a solution."""
    kappa = state.kappa
    asked = dataclasses.replace(question, init=None, callback=None)
    alone = state.alone if question.lags is None else solve_populations(structure.held(kappa), asked)
    name = alone.state if not kappa else structured_name(alone.state)
    return dataclasses.replace(
        alone,
        network=question.statement,
        convergence=dataclasses.replace(alone.convergence, error=float(alone.convergence.error + state.error)),
        state=name,
        stable=state.stable,
        others=others,
        process=SharedProcess(alone.process, structure.mean_left * kappa, structure.left * kappa**2),
        overlaps=np.array([kappa]),
        kappa=abs(kappa),
        kappa_error=state.kappa_error,
        frequency=0.0,
    )
