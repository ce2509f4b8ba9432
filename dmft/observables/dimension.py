"""Effective dimension of the activity: the participation ratio of its covariance matrix."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dmft.models.checks import finite, one_of
from dmft.numerics.single_site.sampling_error import sampled
from dmft.observables.value import Value
from dmft.theories.stationary import SymmetricSolution
from dmft.theories.two_site import TwoSiteSolution
from dmft.theories.two_site.elliptic import EllipticKernel
from dmft.theories.two_site.solution import Kernel

_KINDS = ("phi", "x")
_LEAST_GAP = 1e-3


def effective_dimension(two_site: TwoSiteSolution, of: str = "phi", *, frequency: float | None = None) -> Value:
    """Return the participation ratio of a covariance matrix over N: the fraction of dimensions that activity fills.

    PR = (sum_a lambda_a)^2 / sum_a lambda_a^2 = (tr Sigma)^2 / tr Sigma^2, lambda_a the eigenvalues; for large N
        PR/N = C(0)^2 / [(1/N) sum_ij C_ij(0)^2],
    or with the cross-spectral matrix C_ij(w) in place of Sigma [Clark, Abbott & Litwin-Kumar, PRL 131, 118401 (2023)].
    A finite network has PR/N with 1/<1/PR> closest to it (`validation.Dimension`).

    Parameters
    ----------
    two_site : from `solve_two_site`.
    of : "phi" or "x".
    frequency : None for the equal-time covariance matrix, or a frequency in cycles per tau, 2 pi frequency = omega.

    Returns
    -------
    Value : in (0, 1]; its standard error is 0 unless the solution is sampled.

    Raises
    ------
    TypeError : for what is not a two-site solution.
    ValueError : for an unknown `of`, or a frequency that is not finite.

    Notes
    -----
    Accuracy: 1e-8 for tanh and erf (`tests/reference/test_two_site_reference.py`). Cost: 10 ms.
    """
    if not isinstance(two_site, TwoSiteSolution):
        raise TypeError(f"effective_dimension takes a TwoSiteSolution, got {type(two_site).__name__}")
    one_of("of", of, _KINDS)
    omega = None if frequency is None else 2.0 * math.pi * finite("frequency", frequency)
    method = "equal-time covariance" if omega is None else "cross-spectral matrix"
    if not isinstance(two_site.stationary, SymmetricSolution):
        return Value(_participation(two_site.kernel, of, omega), 0.0, method)
    return _of_sampled(two_site.stationary, lambda state: _participation(EllipticKernel(state), of, omega), method)


def _of_sampled(state: SymmetricSolution, function: Callable[[SymmetricSolution], float], method: str) -> Value:
    """Return a function of a sampled state without its bias.

    The numerical error is that of its correlations and slope over 1 - g |S(0)|, the small difference it hangs on.
    """
    groups = tuple(function(group) for group in state.groups())
    found = sampled(function(state.with_bias()), groups)
    errors = state.settings.get("errors", {})
    other = sum(errors.get(name, math.nan) for name in ("steps", "window", "iteration"))
    number = float(found.value)
    gap = max(EllipticKernel(state).gap, _LEAST_GAP)
    return Value(number, float(found.error), f"{method}, sampled", groups, abs(number) * other / gap)


def _participation(kernel: Kernel, of: str, omega: float | None) -> float:
    if omega is None:
        return float(kernel.single(0.0, of)) ** 2 / float(kernel.on_diagonal(np.zeros(1), of)[0])
    # sum_ij |C_ij(w)|^2 = sum_ij C_ij(w) C_ij(-w)
    return float(kernel.single_spectrum(omega, of)) ** 2 / float(kernel.at_frequencies(omega, -omega, of).real)
