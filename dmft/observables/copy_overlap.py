"""How much two copies of a network in discrete time come to share that start differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.models.checks import one_of
from dmft.theories.one_step import OneStep
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.discrete.overlap import least_overlap
from dmft.theories.stationary.discrete.process import SteppedProcess

_HEARD = ("shared", "own")


@dataclass(frozen=True, eq=False)
class CopyOverlap:
    """The stationary overlap of two copies with the same couplings and thresholds.

    Attributes
    ----------
    covariance : of x in one and in the other, over the units of each population, shape (P,).
    correlation : that over the variance of x, 1 where the copies have become one; nan where nothing varies.
    error : bound on the error of the covariance, shape (P,).
    Numbers for a population without a name.
    """

    covariance: Any
    correlation: Any
    error: Any

    def __array__(self, dtype: Any = None, copy: Any = None) -> FloatArray:
        return np.array(self.correlation, dtype=dtype)


@answering
def copy_overlap(solution: StationarySolution, *, noise: str = "shared") -> CopyOverlap:
    """Return what two copies of a network in discrete time share in the end that start differently.

    c12 = K <phi(x1) phi(x2)> + s + the variance of the noise if they hear the same: the solution that c12(t) comes to
    from below. It is the variance, and the copies become one, where the Lyapunov exponent is negative; with noise of
    its own each, it is the frozen part.

    Parameters
    ----------
    solution : from `solve_stationary`, in discrete time (`dmft.Map()`).
    noise : "shared" or "own".

    Returns
    -------
    CopyOverlap : the correlation to numpy.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for a solution without a state, or an unknown `noise`.

    Notes
    -----
    How it comes about step by step: `dmft.StepByStep(overlap=..., shared_noise=...)`.
    Source: Molgedey, Schuchhardt & Schuster, PRL 69, 3717 (1992).
    Accuracy: of a march of the overlap to 1e-9 (`tests/limits/test_discrete_states.py`). Cost: 10 ms.
    """
    one_of("noise", noise, _HEARD)
    process = getattr(solution, "process", None)
    if not isinstance(process, SteppedProcess):
        raise TypeError(
            "copy_overlap takes a solution of solve_stationary in discrete time (dmft.Map()), got "
            f"a {type(solution).__name__}" + ("" if process is None else " of continuous time")
        )
    if solution.state == "none":
        raise ValueError(f"the solution has no state to copy: {solution.convergence.message}")
    blocks = solution.blocks
    mean, variance = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
    step = OneStep(blocks)
    shared = step.private if noise == "shared" else np.zeros(len(blocks))
    found = least_overlap(step, mean, variance, shared[:, None], start=np.zeros(len(blocks)))
    own = solution.convergence.error * float(np.max(variance, initial=0.0))
    covariance, error = found.covariance[:, 0], found.error[:, 0] + own
    known = np.where(variance > 0.0, covariance / np.where(variance > 0.0, variance, 1.0), np.nan)
    return CopyOverlap(*(blocks.shaped(values) for values in (covariance, known, error)))
