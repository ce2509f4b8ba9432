"""What is said where no state was found of a network whose inhibition may balance its activity."""

from __future__ import annotations

from dmft.numerics.convergence import Status
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.balanced.energy import can_balance
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.outcome import failed
from dmft.theories.stationary.solution import StationarySolution

_MARGINAL = (
    "the moving state is too close to the static one it comes from for the energy to tell them apart, at the "
    "onset of chaos: raise g, or add a weak drive"
)
_UNSTABLE = (
    "not converged: the state that does not move is unstable, and no state that moves was found; start from a "
    "neighbouring point (init=)"
)
_UNBOUNDED = (
    "there is no bounded solution at this drive: inhibition cannot balance activity at this gain, the quiet "
    "state ends where the drive wakes too many neurons, and activity then grows without bound"
)
_NOT_REACHED = (
    "not converged: no state was reached by walking from the undriven one to the drive; "
    "start from a neighbouring point (init=)"
)


def not_found(network: Reduction) -> StationarySolution:
    """Return the failure to find a state that must exist: activity is bounded, and no static state is stable."""
    if network.rectified:
        return failed(network, Status.UNRESOLVED, _MARGINAL)
    return failed(network, Status.STALLED, _UNSTABLE)


def missing(network: Reduction, site: MeanAverages, reason: str) -> StationarySolution:
    """Return the failure to find a state under a drive; `reason` is why there is none without it."""
    if not reason and network.rectified and not can_balance(site):
        reason = _UNBOUNDED
    if reason:
        return failed(network, Status.NO_SOLUTION, reason)
    return failed(network, Status.STALLED, _NOT_REACHED)
