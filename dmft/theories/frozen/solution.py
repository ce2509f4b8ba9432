"""What a plastic network does after its synapses are halted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from dmft.arrays import FloatArray
from dmft.theories.solution import Solution, array, coordinate


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FrozenSolution(Solution):
    """Dynamics after the halt of the synapses, averaged over several sets of sample paths.

    Attributes
    ----------
    times : since the halt, in units of tau, shape (n_time,).
    overlap_samples : cosine between phi(x(t)) and phi at the halt, shape (n_set, n_time).
    velocity_samples : root mean square of dx/dt, shape (n_set, n_time), in units of 1/tau.
    slope_samples : g^2 <phi'^2>, the squared radius of the bulk of the Jacobian, shape (n_set, n_time).
    overlap, overlap_error : where the overlap settles, or its mean over the second half of the run if the state moves.
        Errors are of sampling (one sigma) and, on top, of the step.
    velocity, velocity_error : the same for the velocity.
    slope, slope_error : the same for g^2 <phi'^2>: the frozen state is stable below 1.
    square_rate, halted_square_rate : <phi^2> at the end and at the halt.
    overlap_mode : largest |1 + l| over the modes of the overlaps with past states, averaged over the sets that settled
        (nan if none did); they are stable, and hidden in the bulk, below the radius sqrt(slope).
    settled : part of the sets that came to rest.
    state : "frozen" (all come to rest), "semi-frozen" (motion around a state that keeps an overlap), "forgetting".
    """

    times: FloatArray = coordinate("times", "tau")
    overlap_samples: FloatArray = array("set", "times")
    velocity_samples: FloatArray = array("set", "times", unit="1/tau")
    slope_samples: FloatArray = array("set", "times")
    overlap: float = array()
    overlap_error: float = array()
    velocity: float = array(unit="1/tau")
    velocity_error: float = array(unit="1/tau")
    slope: float = array()
    slope_error: float = array()
    square_rate: float = array()
    halted_square_rate: float = array()
    overlap_mode: float = array()
    settled: float = array()
    state: str

    references: ClassVar[tuple[str, ...]] = ("clark2024",)

    @property
    def abscissa(self) -> float:
        """Right edge of the bulk of the halted network's Jacobian, sqrt(slope) - 1; the relaxation rate if negative."""
        return math.sqrt(self.slope) - 1.0
