"""Whether a network stays in a moving state: how many modes of means and covariances grow."""

from __future__ import annotations

import numpy as np

from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks
from dmft.theories.static_states import mean_rates
from dmft.theories.stationary.populations.response import LinearResponse
from dmft.theories.stationary.populations.settle import State, interpolated
from dmft.theories.stationary.populations.site import Sites

_CENTRED = 1e-9  # of a mean over the deviation, below which it is 0 by symmetry
_LOST = 1e-11  # square of the slowest rate of decay, in units of tau, below which a determinant is rounding
_COARSE = 3  # degree of elements by which modes are counted in passing
_FEW = 300  # unknowns of those


def judged(blocks: Blocks, state: State, *, thorough: bool) -> tuple[bool | None, str]:
    """Return whether a network stays in a moving state (None: not known), and why.

    Of means that are zero by symmetry: the roots of det(1 + lambda tau - A <phi'>). Of all states: an odd number of
    real modes of (means, covariances) grows where the determinant of the stationary equations is negative. Else modes
    are counted (`LinearResponse.growing_modes`), and the determinant must confirm the number.

    Parameters
    ----------
    thorough : count them on the mesh of the state: 0.3 s for two populations, 3 s for four. Else on its elements at a
        lower degree (5 ms for two populations without mean couplings, 20 ms with), or not at all if they are many.
    """
    point = state.point
    size = np.sqrt(np.maximum(point.c[0], 0.0))
    coupled = bool(np.any(blocks.A))
    symmetric = coupled and bool(np.all(np.abs(point.m) <= _CENTRED * (size + 1e-300)))
    rate = mean_rates(blocks, point.one.slope)[0] if symmetric else -1.0 + 0.0j
    if rate.real >= 0.0:
        return False, f"the means leave 0 at the rate {rate_shown(rate)}"
    if state.begun:  # other modes are those of the fixed point, which it has left along the slow one alone
        return True, "it has just left a fixed point, and the energy of its slow mode rises with the variance"
    if (state.kappa * float(np.max(blocks.tau))) ** 2 < _LOST:
        return None, "it is so slow that its equations have no digits left to tell"
    sign = state.equations.determinant_sign(point)
    if sign < 0.0:
        return False, "one mode of means and covariances grows"
    apart = symmetric or not coupled
    growing = 0 if apart and len(blocks) == 1 else _counted(blocks, state, thorough, apart)
    if growing is None or growing % 2 == 1 or sign == 0.0:
        return None, "the growing modes of means and covariances could not be counted"
    if growing:
        of = "covariances" if apart else "means and covariances"
        return False, f"{growing} modes of the {of} grow" + ("" if apart else ": they oscillate, or there are several")
    if symmetric:
        return True, f"the means return to 0 at the rate {rate_shown(rate)}"
    return True, "no mode of means and covariances grows" if coupled else "no mode of the covariances grows"


def _counted(blocks: Blocks, state: State, thorough: bool, apart: bool) -> int | None:
    """Return how many modes grow; `apart` where means and covariances are not coupled, and those of the means do not.

    None where that is not known.
    """
    point, mesh = state.point, state.equations.mesh
    c = point.c
    if not thorough:
        coarse = HalfLine(mesh.edges, _COARSE)
        if len(coarse.nodes) * len(blocks) > _FEW:
            return None
        c, mesh = interpolated(mesh, c, coarse.nodes), coarse
    known = state.equations.sites
    limit, top = c[-1], np.maximum(c[0], 0.0)
    response = LinearResponse(blocks, mesh, c - limit, limit, point.m, top, Sites(blocks.nonlinearities, known=known))
    return response.growing_with_means_fixed() if apart else response.growing_modes()


def rate_shown(value: complex) -> str:
    """Return a rate as it is shown."""
    return f"{value.real:.4g}" if value.imag == 0.0 else f"{value.real:.4g} +- {abs(value.imag):.4g}i"
