"""States of populations that share a term of rank one: kappa = sum_b f_b (nbar <phi_b> + S <phi_b'> kappa).

At a given kappa the structure is an input to the other couplings, of mean mbar kappa and variance S_mm kappa^2 over
units, and what they do then is solved as without it; kappa is the one unknown that is left
[Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018), of one population].
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Status
from dmft.theories.shared_structure import SharedStructure
from dmft.theories.stationary.low_rank.moments import curvatures
from dmft.theories.stationary.low_rank.shared_process import SharedProcess
from dmft.theories.stationary.low_rank.under_structure import structured_name
from dmft.theories.stationary.populations.solve import solve_populations
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution

_STARTS = 16  # places of kappa on each side of 0
_LEAST = 1e-3  # smallest of them, over the largest kappa
_NEXT = 1e-6  # relative step of kappa, by which derivatives are taken
_JUMPS = 1e-6  # of the largest kappa, by which the equation may be missed where two states of the rest meet
_NEUTRAL = 1e-10


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
    """The equation for kappa of a network."""

    def __init__(self, structure: SharedStructure, question: Question) -> None:
        self.structure = structure
        self._question = dataclasses.replace(question, init=None, callback=None, lags=None)
        self._known: dict[float, StationarySolution] = {}

    def alone(self, kappa: float) -> StationarySolution:
        """Return what the other couplings do under the input of the structure."""
        if kappa not in self._known:
            self._known[kappa] = solve_populations(self.structure.held(kappa), self._question)
        return self._known[kappa]

    def lacks(self, kappa: float) -> float:
        """Return n . phi/N less kappa; nan where the rest is not solved."""
        alone = self.alone(kappa)
        if alone.convergence.status is not Status.CONVERGED:
            return math.nan
        return self.structure.fed_back(kappa, np.atleast_1d(alone.mean_phi), np.atleast_1d(alone.mean_slope)) - kappa

    def states(self) -> list[SharedState]:
        """Return the states that are found, by increasing variance, of mirror images one."""
        largest = self.structure.largest
        none = self.lacks(0.0)
        roots = [0.0] if abs(none) <= 1e-13 * max(largest, 1e-300) else []
        for sign in (1.0,) if self.structure.mirrored else (1.0, -1.0):
            if largest == 0.0:
                break
            roots += [sign * root for root in self._side(sign, none)]
        states = [self._judged(root) for root in roots]
        fractions = self.structure.blocks.fractions
        return sorted(states, key=lambda state: float(fractions @ np.atleast_1d(state.alone.variance)))

    def _side(self, sign: float, none: float) -> list[float]:
        """Return |kappa| of the roots of one sign; `none` is what is lacking at kappa = 0."""
        from scipy.optimize import brentq

        def lacks(size: float) -> float:
            return sign * self.lacks(sign * size)

        largest = self.structure.largest
        places = largest * np.geomspace(_LEAST, 1.0, _STARTS)
        values = [lacks(float(place)) for place in places]
        if none and abs(none) > 1e-13 * largest:  # kappa = 0 is no root of its own
            places, values = np.append(0.0, places), [sign * none, *values]
        roots = []
        for (left, low), (right, high) in itertools.pairwise(zip(places, values, strict=True)):
            if not low * high < 0.0:
                continue
            root = float(brentq(lacks, left, right, xtol=1e-15 * largest, rtol=1e-14))
            if abs(lacks(root)) <= _JUMPS * largest:
                roots.append(root)
        return roots

    def _judged(self, kappa: float) -> SharedState:
        structure, alone = self.structure, self.alone(kappa)
        if structure.largest == 0.0:  # nothing is fed back
            return SharedState(0.0, alone, alone.stable, "there is no feedback by kappa", 0.0, 0.0)
        step = _NEXT * max(abs(kappa), _LEAST * structure.largest)
        ahead, behind = kappa + step, kappa - step
        rise = (self.lacks(ahead) - self.lacks(behind)) / (2.0 * step)
        turn = np.abs(np.atleast_1d(self.alone(ahead).variance) - np.atleast_1d(self.alone(behind).variance))
        top = np.maximum(np.atleast_1d(alone.variance), 1e-300)
        own = float(alone.convergence.error)
        size = abs(structure.mean_right) * float(np.max(np.abs(alone.mean_phi), initial=0.0))
        size += abs(structure.overlap * kappa) * float(np.max(np.abs(alone.mean_slope), initial=0.0))
        missed = (abs(self.lacks(kappa)) + size * own + 4e-16 * structure.largest) / max(abs(rise), 1e-300)
        moved = float(np.max(turn / top)) / (2.0 * step) * missed if np.any(alone.variance) else 0.0
        stable, why = self._stays(kappa, alone, rise)
        return SharedState(kappa, alone, stable, why, float(missed) if kappa else 0.0, float(own + moved))

    def _stays(self, kappa: float, alone: StationarySolution, rise: float) -> tuple[bool | None, str]:
        """Return whether a network stays in a state, and why."""
        blocks = self.structure.blocks
        if alone.state in ("fixed point", "quiescent"):
            bulk = float(np.max(np.abs(np.linalg.eigvals(blocks.K * np.atleast_1d(alone.mean_square_slope)))))
            growth = float(np.max(static_rates(self.structure, kappa, alone).real))
            why = f"rho(K <phi'^2>) = {bulk:.4g}, kappa, means and covariances change at the rate {growth:.4g}"
            return bool(bulk < 1.0 and growth <= _NEUTRAL), why
        if alone.stable is False or not rise <= _NEUTRAL:
            why = "the rest of the network leaves it" if alone.stable is False else "kappa leaves it"
            return False, f"{why}: what it feeds back rises with it by {1.0 + rise:.4g}"
        if alone.stable and not np.any(blocks.A) and np.ptp(blocks.tau) == 0.0 and self.structure.mean_left == 0.0:
            return True, f"kappa comes back: what it feeds back rises with it by {1.0 + rise:.4g}"
        if alone.stable and not kappa and not np.any(blocks.A) and self.structure.mean_left == 0.0:
            return True, f"kappa dies out: what it feeds back rises with it by {1.0 + rise:.4g}"
        return None, "no real mode of kappa grows; whether it oscillates with the rest is not known"


def static_rates(structure: SharedStructure, kappa: float, alone: StationarySolution) -> FloatArray:
    """Return the rates of kappa, means and covariances next to a fixed point, shape (3 P,).

    With the changes dk_a of khat_a, u_a of what the mean couplings give, v_a = cov(eta, d eta) of the random input,
    dm = u + mbar dk and w = dc0/2 = v + S_mm kappa dk of each population:
        (1 + lam tau_a) dk_a = sum_b f_b [nbar (<phi'> dm + <phi''> w) + S kappa (<phi''> dm + <phi'''> w)
                               + S <phi'> dk]_b,
        (1 + lam tau_a) u_a = sum_b A_ab (<phi'> dm + <phi''> w)_b,
        (1 + lam tau_a) v_a = sum_b K_ab (<phi phi'> dm + <phi'^2 + phi phi''> w)_b.
    """
    blocks, P = structure.blocks, len(structure.blocks)
    mean, variance = np.atleast_1d(alone.mean_x), np.atleast_1d(alone.variance)
    slope, square = np.atleast_1d(alone.mean_slope), np.atleast_1d(alone.mean_square_slope)
    of = []
    for a, phi in enumerate(blocks.nonlinearities):
        resting = {"slope": slope[a], "curve": 0.0, "third": 0.0, "product": 0.0, "spread": square[a]}
        of.append(curvatures(phi, float(mean[a]), float(variance[a])) if variance[a] > 0.0 else resting)
    s, curve, third, product, spread = (
        np.array([each[name] for each in of]) for name in ("slope", "curve", "third", "product", "spread")
    )
    # rows: what <phi>, <phi'> and the input's covariance change with dm and w; columns by dk, u and v
    mbar, lever = structure.mean_left, structure.left * kappa
    rate = np.hstack([np.diag(s * mbar + curve * lever), np.diag(s), np.diag(curve)])
    slopes = np.hstack([np.diag(curve * mbar + third * lever), np.diag(curve), np.diag(third)])
    square_rate = np.hstack([np.diag(product * mbar + spread * lever), np.diag(product), np.diag(spread)])
    fed = blocks.fractions @ (structure.mean_right * rate + structure.overlap * kappa * slopes)
    fed[:P] += blocks.fractions * structure.overlap * s
    matrix = np.vstack([np.tile(fed, (P, 1)), blocks.A @ rate, blocks.K @ square_rate]) - np.eye(3 * P)
    return np.asarray(np.linalg.eigvals(matrix / np.tile(blocks.tau, 3)[:, None]))


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
