"""Response of the population means to a weak common input at a frequency.

Under h_a(t) = h_a + dh_a e^{i w t} means and covariances follow by the linearised equations of
`dmft.theories.stationary.populations.response`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import answering
from dmft.models.checks import numbers
from dmft.observables.lag_functions import moving_part
from dmft.observables.over_frequencies import over_frequencies
from dmft.observables.rate_distribution import check_gaussian
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.low_rank import has_low_rank, structure_of
from dmft.theories.one_step import OneStep
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.populations.response import LinearResponse

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True, eq=False, repr=False)
class Susceptibility(Shown):
    """Responses at a frequency.

    Attributes
    ----------
    frequency : in cycles per unit of time (per step).
    mean_x, mean_phi : d m_a/d h_b and d <phi_a>/d h_b, complex, shape (P, P, *frequency.shape), row a the one that
        responds, column b the one that hears the input; without the first two axes for a population without a name.
    names : of the populations, "" of a single one without a name.
    """

    frequency: FloatArray
    mean_x: ComplexArray
    mean_phi: ComplexArray
    names: tuple[str, ...] = ("",)

    @property
    def omega(self) -> FloatArray:
        """Angular frequencies 2 pi f, in rad per unit of time."""
        return 2.0 * math.pi * self.frequency

    def to_xarray(self) -> xarray.Dataset:
        """Return the responses as a dataset, real and imaginary part."""
        both = ("population", "input")
        return over_frequencies(self, {"mean_x": both, "mean_phi": both})

    def __array__(self, dtype: Any = None, copy: Any = None) -> ComplexArray:
        return np.array(self.mean_phi, dtype=dtype)


@answering
def susceptibility(solution: StationarySolution, frequency: ArrayLike) -> Susceptibility:
    """Return how the means of the populations respond to a weak common input dh_b exp(2 pi i f t).

    Parameters
    ----------
    solution : from `solve_stationary`, of Gaussian x, in discrete time too.
    frequency : in cycles per unit of time (per step), as that of a `Sinusoid`; any shape.

    Returns
    -------
    Susceptibility : `mean_phi` to numpy. At f = 0 it is the derivative of the stationary state by its bias.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for frequencies that are not finite, a solution without a state, or one of which x is not Gaussian.
    TooCostlyError : for more populations and lags than a dense solve can take.

    Notes
    -----
    The mean of all units of a population responds, not a single unit: what single units do cancels but for what the
    means of the couplings, and of phi, carry. In a state without means and of odd phi it is <phi'>/(1 + i w tau),
    w = 2 pi f.
    Source: linearised two-time theory, derived here.
    Accuracy: at w = 0 the difference of two solutions to 1e-6, of a march under a weak sinusoid to 1e-3
    (`tests/limits/test_susceptibility.py`). Cost: 20 ms a frequency for two populations.
    """
    if not isinstance(solution, StationarySolution):
        raise TypeError(f"the solution must be that of dmft.solve_stationary, got {type(solution).__name__}")
    f = numbers("frequency", frequency)
    if not np.all(np.isfinite(f)):
        raise ValueError(f"frequency must be finite, got {f[~np.isfinite(f)].flat[0]}")
    w = 2.0 * math.pi * f
    check_gaussian(solution.process, solution)
    _check_structure(solution)
    blocks = blocks_of(solution.network)
    of = _Stepped(solution, blocks) if isinstance(solution.process, SteppedProcess) else _leaky(solution, blocks)
    found = np.array([of.at(float(value)) for value in w.ravel()]).reshape(*w.shape, 2, len(blocks), len(blocks))
    x, phi = (np.moveaxis(found[..., k, :, :], (-2, -1), (0, 1)) for k in (0, 1))
    if not blocks.named:
        x, phi = np.asarray(x[0, 0]), np.asarray(phi[0, 0])
    return Susceptibility(f, x, phi, blocks.names)


class _Stepped:
    """Discrete time: means and variances follow in each step by the derivative of the one-step map."""

    def __init__(self, solution: StationarySolution, blocks: Blocks) -> None:
        step = OneStep(blocks)
        self._moments = step.moments(blocks.populated(solution.mean_x), blocks.populated(solution.variance))
        self._jacobian = step.jacobian(self._moments)

    def at(self, omega: float) -> ComplexArray:
        """Return the responses of m and <phi>, shape (2, P, P)."""
        n = len(self._moments)
        turned = np.eye(2 * n) - self._jacobian * np.exp(-1j * omega)
        moved = np.linalg.solve(turned, np.eye(2 * n)[:, :n])
        slope = np.array([f.slope for f in self._moments])
        curve = np.array([f.mean_by_variance for f in self._moments])
        return np.array([moved[:n], slope[:, None] * moved[:n] + curve[:, None] * moved[n:]])


def _check_structure(solution: StationarySolution) -> None:
    """Refuse what changes kappa, whose own response is left out: of zero means and odd phi nothing of it is felt.

    Raises
    ------
    ValueError : for low-rank couplings beside means, in a phi that is not odd, or in discrete time.
    """
    if has_low_rank(solution.network) and not structure_of(solution.network, any_tau=True).centred:
        raise ValueError(
            "the response of low-rank couplings is known where phi is odd and nothing has a mean: elsewhere an input "
            "changes kappa; take the difference of two solutions, with biases that differ by a little"
        )


def _leaky(solution: StationarySolution, blocks: Blocks) -> LinearResponse:
    """Continuous time, on a mesh of lags."""
    functions = moving_part(solution, "x")
    assert functions.mesh is not None
    mean, top = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
    return LinearResponse(blocks, functions.mesh, functions.moving.T, functions.limit, mean, top)
