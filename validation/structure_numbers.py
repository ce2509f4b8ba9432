"""The numbers of stationary states of networks with structure that a simulation measures, population by population."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import dmft
from dmft.numerics.value import Value
from validation.simulators.question import question_of
from validation.stationary_numbers import check_same, measured_lags, with_errors

_ROUNDING = 1e-12
_AVERAGES = ("mean_x", "mean_phi", "variance", "static_variance")


def structure_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a state of populations, of low-rank terms, of sparse couplings or in discrete time.

    Names are those of the simulation: "variance.E", "corr_x.E[5]", "covariance_blocks_x.E.I", "kappa".
    """
    check_same(solution, simulation)
    names, numbers = question_of(simulation.network).names, {}
    if "corr_x" in simulation.variables:
        numbers.update(_averages(solution, simulation, names))
    for name in ("kappa", "frequency"):
        known = getattr(solution, name, None)
        if name in simulation.variables and known is not None:
            numbers[name] = float(known)
    found = with_errors(solution, simulation, numbers)
    if "inverse_dimension_x" in simulation.variables:
        found.update(_dimensions(solution, names))
    return found


def _averages(solution: Any, simulation: Any, names: tuple[str, ...]) -> dict[str, float]:
    functions = {
        f"{name}[{lag:g}]": getattr(solution, f"{name}_at")(lag)
        for lag in measured_lags(simulation)
        if lag <= solution.lags[-1]
        for name in ("corr_x", "corr_phi")
    }
    known = {name: getattr(solution, name) for name in _AVERAGES} | functions
    if any(drive.phased for units in question_of(simulation.network).populations for drive in units.drives):
        known["variance"] = solution.cov_x_at(0.0)  # a network does not tell apart what is Gaussian
    numbers = {}
    for name, values in known.items():
        word, bracket, at = name.partition("[")
        for index, value in enumerate(np.atleast_1d(values)):
            if math.isfinite(value):
                suffix = f".{names[index]}" if names else ""
                # What is zero by symmetry is so to rounding: beside that nothing is large.
                numbers[f"{word}{suffix}{bracket}{at}"] = float(value) if abs(value) > _ROUNDING else 0.0
    return numbers


def _dimensions(solution: Any, names: tuple[str, ...]) -> dict[str, float]:
    """Return N tr Sigma^2/(tr Sigma)^2, which theory averages over couplings, and its parts by block."""
    two_site = dmft.solve_two_site(solution, lags=[0.0])
    numbers: dict[str, float] = {}
    for of in ("x", "phi"):
        dimension: Any = dmft.effective_dimension(two_site, of)
        error = float(getattr(dimension, "error", 0.0)) / float(dimension) ** 2
        numbers[f"inverse_dimension_{of}"] = Value(1.0 / float(dimension), 0.0, "solved", numerical_error=error)
        if names:
            blocks = dmft.covariance_blocks(two_site, of)
            numbers.update(
                {
                    f"covariance_blocks_{of}.{a}.{b}": float(blocks.matrix[i, j])
                    for i, a in enumerate(names)
                    for j, b in enumerate(names)
                    if i <= j
                }
            )
    return numbers
