"""`stability`: whether a network stays in a stationary state, looked at closely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.budget import limited
from dmft.errors import answering
from dmft.theories.blocks import blocks_of
from dmft.theories.stationary.populations.equations import Equations
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.populations.settle import State
from dmft.theories.stationary.populations.site import LONGEST, Sites
from dmft.theories.stationary.populations.stability import judged

_LONGEST = 60.0  # estimated seconds


@dataclass(frozen=True)
class Stability:
    """Whether a network stays in a state.

    Attributes
    ----------
    stable : whether small perturbations of means and covariances die out (a chaotic state is stable in this sense);
        None where that is not known.
    criterion : the sentence that decided.
    """

    stable: bool | None
    criterion: str


@answering
def stability(solution: Any) -> Stability:
    """Return whether a network stays in a stationary state.

    A moving state of several populations: how many modes of (means, covariances) grow, complex ones too, by the turns
    of the determinant of their linear response along the frequencies. `solution.stable` counts on fewer nodes, and not
    at all of many populations (None); this does on all. Of all other states it is `solution.stable`, which was decided
    when it was solved.

    Parameters
    ----------
    solution : of `solve_stationary`.

    Returns
    -------
    Stability : `stable` and `criterion`.

    Raises
    ------
    TypeError : for what is no stationary solution.
    ValueError : for a solution without a state.
    DMFTError : if it would take more than a minute (more than some six populations with mean couplings).

    Notes
    -----
    Accuracy: `tests/limits/test_oscillating_means.py`, against drawn networks.
    Cost: 0.1 s for two populations, 0.3 s with mean couplings between them; four: 0.5 s and 3 s.
    """
    if not hasattr(solution, "process") or not hasattr(solution, "stable"):
        raise TypeError(f"stability takes a solution of solve_stationary, got a {type(solution).__name__}")
    if solution.state == "none":
        raise ValueError(f"the solution has no state to perturb: {solution.convergence.message}")
    return _of_process(solution.process, solution)


@singledispatch
def _of_process(process: Any, solution: Any) -> Stability:
    known = "as it was solved" if solution.stable is not None else "not known of this theory; see its networks"
    return Stability(solution.stable, known)


@_of_process.register
def _of_populations(process: PopulationProcess, solution: Any) -> Stability:
    if np.isinf(solution.decay_rate):
        return Stability(solution.stable, "rho(K <phi'^2>) and the outliers of the Jacobian")
    blocks = blocks_of(solution.network)
    equations = Equations(blocks, Sites(blocks.nonlinearities, LONGEST), process.mesh)
    point = equations.at(process.covariance, process.means)
    nothing = np.full(len(blocks), np.nan)
    state = State(equations, point, point.residual, nothing, nothing[:, None] * nothing, solution.decay_rate, ())
    with limited(_LONGEST):
        stable, criterion = judged(blocks, state, thorough=True)
    if stable is None and solution.stable is not None:
        return Stability(solution.stable, f"{criterion}; as it was solved")
    return Stability(stable, criterion)
