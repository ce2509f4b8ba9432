"""solve_balanced_stationary: the state that a balanced network goes to."""

from __future__ import annotations

import warnings

from dmft.errors import AccuracyWarning
from dmft.models.balanced import BalancedNetwork
from dmft.models.checks import positive
from dmft.models.common_input import is_common
from dmft.models.drive import OrnsteinUhlenbeck, WhiteNoise
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.theories.balanced_stationary.branches import on_circle, on_line
from dmft.theories.balanced_stationary.site import Site
from dmft.theories.balanced_stationary.solution import BalancedStationarySolution, locked_exponent
from dmft.theories.solution import OnFailure, delivered

_WINDOW = 40.0  # first length of the half line of lags
_CRITICAL = 0.6  # memory times the locked state's exponent, near the amplitude where chaos ends
_MERGED = 1e-3  # exponent of an unstable locked state below which the chaotic state is not looked for


def solve_balanced_stationary(
    network: BalancedNetwork,
    *,
    branch: str | None = None,
    window: float | None = None,
    gaussian_phases: bool = False,
    rtol: float = 1e-9,
    max_steps: int = 60,
    init: BalancedStationarySolution | None = None,
    on_failure: OnFailure = "raise",
) -> BalancedStationarySolution:
    """Solve the stationary dynamical mean-field theory of a balanced network.

    (1 - d^2/dlag^2) c = g^2 <phi phi> + K_I,   m = sqrt(K) (I0 - J0 <phi>),
    for h of mean m and covariance c. Under a sinusoid of random phase h is conditioned on the phase: it is Gaussian
    around m + A sin(theta + w t), A = I1/sqrt(1 + w^2), and the averages run over theta as well [Engelken et al., PLoS
    Comput. Biol. 18, e1010590 (2022)]. Newton's method for c on the nodes and m together.

    Parameters
    ----------
    network : `BalancedNetwork` without a drive, with a private one, or with a sinusoid of random phases.
    branch : None: the stable state, "locked" if the locked state is stable and "chaotic" otherwise; or one of them.
    window : length of the half line of lags; by default long enough.
    gaussian_phases : replace a sinusoid of random phases by Gaussian noise of its covariance, (I1^2/2) cos(w lag): not
        exact, but what a theory of Gaussian h would do; for comparison.
    rtol : largest residual relative to the variance that counts as converged.
    max_steps : largest number of Newton steps.
    init : solution of a neighbouring network on the same branch, to start from.
    on_failure : "raise", "warn" or "ignore".

    Raises
    ------
    NotConvergedError : if Newton's method fails, if the chaotic branch does not exist, or if the window is too short.
    ValueError : for a drive that is not stationary.

    Warns
    -----
    AccuracyWarning : within 0.1 % of the critical amplitude, where the memory of the chaotic state diverges: the locked
        state is returned.

    Notes
    -----
    Accuracy: `tests/reference/test_balanced_reference.py` (undriven: the scale-invariant one-dimensional problem).
    Cost: 20-100 ms.
    """
    if is_common(network.drive):
        raise ValueError(
            "a common drive makes the state periodic, not stationary: use dmft.solve_periodic or "
            "dmft.solve_nonstationary"
        )
    if branch not in (None, "locked", "chaotic"):
        raise ValueError(f"branch must be None, 'locked' or 'chaotic', got {branch!r}")
    site = Site(network, pair_averages(network.nonlinearity), gaussian_phases)
    noisy = isinstance(network.drive, OrnsteinUhlenbeck | WhiteNoise)
    if window is not None:
        window = positive("window", window)
    memory = 0.0
    if not noisy:
        locked = on_circle(site, rtol, max_steps, init)
        exponent = locked_exponent(locked)
        if branch == "locked" or (branch is None and locked.convergence.converged and exponent <= 0):
            return delivered(locked, on_failure)
        if branch is None and exponent < _MERGED:
            warnings.warn(
                f"the chaotic state has all but merged with the locked one, which is returned: its exponent is within "
                f"{exponent:.1e} of the chaotic one",
                AccuracyWarning,
                stacklevel=2,
            )
            return delivered(locked, on_failure)
        memory = _CRITICAL / max(exponent, 3e-3)
    length = window or max(_WINDOW, memory)
    solution = on_line(site, length, window is None, rtol, max_steps, init)
    if init is not None and not solution.convergence.converged:
        solution = on_line(site, length, window is None, rtol, max_steps, None)
    return delivered(solution, on_failure)
