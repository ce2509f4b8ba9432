"""balanced_branches: every stationary state of a balanced network that is found, with its stability."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from dmft.errors import AccuracyWarning
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.stationary.balanced.branches import follow, is_moving
from dmft.theories.stationary.balanced.locked import distinct, locked_states
from dmft.theories.stationary.balanced.mean_averages import MeanAverages, site_of
from dmft.theories.stationary.balanced.outcome import at_rest, solution_of
from dmft.theories.stationary.balanced.search import Search, exponent
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.balanced.undriven import Undriven, undriven_states
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.solution import StationarySolution


def balanced_branches(network: Reduction, *, rtol: float = 1e-9, max_steps: int = 60) -> list[StationarySolution]:
    """Return all stationary states that are found, the network at rest and static ones first.

    Without a drive: every root of the variance and mean equations (a dense grid of variances over 43 decades, and of
    means where phi is not increasing; roots that touch between two points included), and the moving states: of each
    static one whose bulk is unstable, and of each zero of the energy on a grid between them. With a drive: the
    continuations of all of these along a line to it, and under a sinusoid the locked states of their own equations.

    Each has `stable`: of a static state, whether its bulk (g^2 <phi'^2> <= 1) and its mean and variance together are
    stable; of a moving one, whether its energy rises with the variance; of a locked one by its exponent.

    Parameters
    ----------
    network : without a drive, with a private one, or with a sinusoid of random phases.
    rtol, max_steps : as of `solve_balanced`.

    Returns
    -------
    list of StationarySolution, in the order of their variance; `convergence` says how each ended. Empty if
    there is no state. `others` is their number less one, where the number of static roots is what the limits of small
    and large variance demand, else None.

    Raises
    ------
    ValueError, TypeError : for a drive that is not stationary.

    Notes
    -----
    Accuracy: `tests/invariants/test_balanced_states.py`. Cost: 0.05 s (ReLU, erf) to 2 s.
    """
    network = reduced(network)
    if network.common:
        raise ValueError("a common drive makes the state periodic, not stationary: use dmft.solve_periodic")
    search, site = Search(Goal(rtol, max_steps), None), site_of(network)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", AccuracyWarning)
        found = undriven_states(site, everywhere=True)
        solutions = (
            _undriven(network, site, search, found) if not site.driven else _driven(network, site, search, found)
        )
    others = len(solutions) - 1 if found.statics.complete else None
    return [
        replace(s, others=others) for s in sorted(solutions, key=lambda s: (s.process.branch != "locked", s.variance))
    ]


def _undriven(network: Reduction, site: MeanAverages, search: Search, found: Undriven) -> list[StationarySolution]:
    solutions = [
        at_rest(network, site, s)
        if s.c0 == 0.0
        else solution_of(network, search.static(site, s), "locked", search.rtol, stable=s.stable)
        for s in found.statics.states
    ]
    return solutions + [
        solution_of(network, search.moving(site, o), "chaotic", search.rtol, stable=o.stable) for o in found.orbits
    ]


def _driven(network: Reduction, site: MeanAverages, search: Search, found: Undriven) -> list[StationarySolution]:
    still = site.without_drive()
    origins: list[tuple[State, bool]] = [
        (search.static(still, s), s.stable) for s in found.statics.states if s.c0 > 0 and (s.stable or not site.noisy)
    ]
    # noise takes an unstable static state to the moving one beside it
    origins += [(search.moving(still, o), o.stable) for o in found.orbits]
    if site.noisy:
        ends = [(*follow(state, site, search.goal, circle=False), s) for state, s in origins]
        reached = distinct(state for state, part, _ in ends if state is not None and part >= 1.0)
        alone = search.noisy(site, found)
        if alone is not None:
            reached = distinct([*reached, alone])
        stable = {id(state): s for state, _, s in ends if state is not None}
        return [solution_of(network, s, "noisy", search.rtol, stable=stable.get(id(s), True)) for s in reached]
    locked = locked_states(site, search.goal)
    moving = [
        state
        for origin, _ in origins[len(origins) - len(found.orbits) :]
        for state, part in [follow(origin, site, search.goal, circle=False, stride=0.25, accept=is_moving)]
        if state is not None and part >= 1.0
    ]
    solutions = []
    for state in locked:
        solutions.append(solution_of(network, state, "locked", search.rtol, stable=exponent(state) <= 0))
    for state in distinct(moving):
        solutions.append(solution_of(network, state, "chaotic", search.rtol, stable=True))
    return solutions
