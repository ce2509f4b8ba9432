"""Whether a solution solves the equation with other nodes than the solver used, and how far off it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.stationary.centred.lag_equation import EquationOnMesh


def lost(site: Any) -> tuple[float, float]:
    """Return the relative errors of <phi phi> and of <phi' phi'> that a site tells of."""
    averages = getattr(site, "averages", site)
    phi = float(getattr(averages, "error", getattr(averages, "missing", 0.0)))
    slope = float(getattr(averages, "slope_error", getattr(averages, "missing_slope", phi)))
    return phi, slope


def verified(
    equation: EquationOnMesh,
    values: FloatArray,
    outcome: Convergence,
    rtol: float,
    equation_on: Callable[..., EquationOnMesh],
) -> Convergence:
    """Return the outcome by the undamped map on a mesh of halved elements, with finer averages.

    The error is what one step of Newton's method there changes, twice, and what the averages tell that they lost times
    the response of the variance to it.
    """
    site = equation.terms(values).site
    finer_site = site.refined() if hasattr(site, "refined") else site
    mesh = equation.mesh.split()
    known = float(finer_site.variance)

    def sites(variance: float) -> Any:
        if variance == known:
            return finer_site
        return finer_site.at(variance) if hasattr(finer_site, "at") else equation.site_at(variance)

    finer = equation_on(mesh, sites)
    there = equation.mesh.interpolate(values, mesh.nodes)
    there[0] = values[0]
    residual = finer.residual(there)
    terms = finer.terms(there)
    respond = finer.linear_response(there)
    step = float(np.max(np.abs(respond(finer.defect(there)))))
    relative_loss = max(lost(site)[0], lost(terms.site)[0])
    uniform = respond(mesh.weights * equation.gain**2 * float(np.max(np.abs(terms.corr_phi))))
    error = (2.0 * step + relative_loss * abs(float(uniform[0]))) / float(terms.variance)
    error = max(error, 4.0 * float(np.finfo(float).eps))
    outcome = replace(outcome, residual=residual, error=error)
    if residual <= rtol and relative_loss <= max(rtol, 1e-15):
        return outcome
    if not math.isfinite(residual):
        return replace(outcome, status=Status.NON_FINITE)
    if relative_loss > rtol:
        detail = (
            f"not converged: the averages of the nonlinearity are resolved to {relative_loss:.1e} only, and rtol = "
            f"{rtol:.1e} was asked for; raise rtol to {2.0 * max(relative_loss, residual):.0e}, or use a less steep "
            "nonlinearity"
        )
        return replace(outcome, status=Status.UNRESOLVED, detail=detail)
    detail = (
        f"not converged: the residual is {residual:.1e} with finer nodes than the solver's, and rtol = {rtol:.1e} was "
        f"asked for; raise rtol to {2.0 * residual:.0e}"
    )
    return replace(outcome, status=Status.STALLED, detail=detail)
