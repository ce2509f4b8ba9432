"""Effective dimension of the activity: the participation ratio of its covariance matrix."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dmft.errors import answering
from dmft.models.checks import finite, one_of
from dmft.numerics.sampling.sampling_error import sampled
from dmft.numerics.value import Value
from dmft.observables.stated_dimension import stated_dimension
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.stated_units.process import UnitProcess
from dmft.theories.stationary.symmetric.process import EchoedProcess, groups, with_bias
from dmft.theories.two_site import TwoSiteSolution, solve_two_site
from dmft.theories.two_site.elliptic import EllipticKernel
from dmft.theories.two_site.solution import Kernel

_KINDS = ("phi", "x")
_LEAST_GAP = 1e-3


@answering
def effective_dimension(
    solution: StationarySolution | TwoSiteSolution,
    of: str = "phi",
    *,
    frequency: float | None = None,
) -> Value:
    """Return the participation ratio of a covariance matrix over N: the fraction of dimensions that activity fills.

    PR = (sum_a lambda_a)^2 / sum_a lambda_a^2 = (tr Sigma)^2 / tr Sigma^2, lambda_a the eigenvalues; for large N
        PR/N = C(0)^2 / [(1/N) sum_ij C_ij(0)^2],
    or with the cross-spectral matrix C_ij(w) in place of Sigma [Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023)].
    Of units that state their equations what they send, in one population about zero, from its response on paths.
    Of several populations all units together, each without its frozen part (`covariance_blocks` tells them apart).
    A finite network has PR/N with 1/<1/PR> closest to it (`validation.Dimension`).

    Parameters
    ----------
    solution : from `solve_stationary`, on top of which the two-site theory is solved; or from `solve_two_site`.
    of : "phi" or "x".
    frequency : None for the equal-time covariance matrix, or a frequency in cycles per tau (per unit of time where a
        tau is given, per step), 2 pi frequency = omega.

    Returns
    -------
    Value : in (0, 1]; its standard error is 0 unless the solution is sampled. Its numerical error is that of the window
        of the two-site theory, and what a relative error of the correlations makes of it: psi is of order 1/(1 - g
        <phi'>), so that its own relative error is that many times larger. Of populations that of other nodes besides.

    Raises
    ------
    TypeError : for a solution of another theory.
    ValueError : for an unknown `of`, a frequency that is not finite, or a stationary solution that `solve_two_site`
        refuses (it did not converge or does not fluctuate, phi is not odd, a sinusoid).

    Notes
    -----
    Accuracy: 1e-8 for tanh and erf (`tests/reference/test_two_site_reference.py`). Cost: 10 ms, 0.1 s from a stationary
    solution.
    """
    one_of("of", of, _KINDS)
    omega = None if frequency is None else 2.0 * math.pi * finite("frequency", frequency)
    method = "equal-time covariance" if omega is None else "cross-spectral matrix"
    if isinstance(solution, StationarySolution) and isinstance(solution.process, UnitProcess):
        return stated_dimension(solution.process, solution, of, omega)
    two_site = _two_site(solution)
    of_blocks = getattr(two_site.kernel, "error", None)
    if of_blocks is not None:  # populations: their sums know their error
        number = _participation(two_site.kernel, of, omega)
        return Value(number, 0.0, method, numerical_error=number * of_blocks(of, omega))
    if not isinstance(two_site.stationary.process, EchoedProcess):
        number = _participation(two_site.kernel, of, omega)
        return Value(number, 0.0, method, numerical_error=number * _relative_error(two_site))
    return _of_sampled(two_site.stationary, lambda state: _participation(EllipticKernel(state), of, omega), method)


def _of_sampled(state: StationarySolution, function: Callable[[StationarySolution], float], method: str) -> Value:
    """Return a function of a sampled state without its bias.

    The numerical error is that of its correlations and slope over 1 - g |S(0)|, the small difference it hangs on.
    """
    members = tuple(function(group) for group in groups(state))
    found = sampled(function(with_bias(state)), members)
    errors = state.settings.get("errors", {})
    other = sum(errors.get(name, math.nan) for name in ("steps", "window", "iteration"))
    number = float(found.value)
    gap = max(EllipticKernel(state).gap, _LEAST_GAP)
    return Value(number, float(found.error), f"{method}, sampled", members, abs(number) * other / gap)


def _two_site(solution: StationarySolution | TwoSiteSolution) -> TwoSiteSolution:
    if isinstance(solution, TwoSiteSolution):
        return solution
    if isinstance(solution, StationarySolution):
        return solve_two_site(solution, lags=[0.0])
    raise TypeError(
        f"effective_dimension takes a solution of solve_stationary or solve_two_site, got {type(solution).__name__}"
    )


def _relative_error(two_site: TwoSiteSolution) -> float:
    """Return 2 r + (2 + 2 T) e: r the residual, e the error of the correlations, T the population time scale."""
    bound = two_site.stationary.convergence.error
    lost = 2.0 * float(two_site.convergence.residual)
    return lost + (2.0 + 2.0 * two_site.population_timescale) * (bound if math.isfinite(bound) else 0.0)


def _participation(kernel: Kernel, of: str, omega: float | None) -> float:
    if omega is None:
        return float(kernel.single(0.0, of)) ** 2 / float(kernel.on_diagonal(np.zeros(1), of)[0])
    # sum_ij |C_ij(w)|^2 = sum_ij C_ij(w) C_ij(-w)
    return float(kernel.single_spectrum(omega, of)) ** 2 / float(kernel.at_frequencies(omega, -omega, of).real)
