"""The numbers of the capacity theories that a simulation of perceptrons measures too.

A theory of large N differs from N inputs by 1/sqrt(N), which its own finite-size form tells: that difference is the
bound on its numerical error. With the `size` of the simulation it is that of the equations alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import dmft
from dmft.errors import AccuracyWarning, warn
from dmft.numerics.value import Value


def capacity_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return the largest load.

    Raises
    ------
    ValueError : for another perceptron, another size, or a margin.
    """
    _check(theory, simulation, {})
    if theory.margin != 0.0:
        raise ValueError(f"a simulated capacity has the margin 0, the theory has {theory.margin:g}")
    numbers = {"capacity": Value(theory.capacity, numerical_error=theory.capacity_error)}
    if theory.size is None:
        at_size = dmft.solve_capacity(theory.network, size=min(simulation.sizes))
        numbers = _widened(numbers, {"capacity": at_size.capacity})
    return _measured(numbers, simulation)


def robustness_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return the margin, and what is of order one of the norm, the imbalance and the silent fractions of its weights.

    Raises
    ------
    ValueError : for another perceptron, load or size, a load beyond capacity, or draws that have no margin.

    Warns
    -----
    AccuracyWarning : for what some of the draws do not have, which is left out.
    """
    _check(theory, simulation, {"load": theory.load})
    smallest = min(simulation.sizes)
    numbers = _of_margin(theory)
    if not numbers:
        raise ValueError(f"there is nothing to compare: {theory.convergence.message}")
    name = f"{theory.to}_margin"
    if name in numbers:
        numbers = _widened(numbers, numbers | {name: numbers[name] + _curvature(theory, smallest)})
    if theory.size is None:
        at_size = dmft.solve_robustness(theory.network, theory.load, to=theory.to, size=smallest)
        numbers = _widened(numbers, _of_margin(at_size))
    return _measured(numbers, simulation)


def regression_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return residual, norm and active fraction of a fit.

    Raises
    ------
    ValueError : for another perceptron, load, bounds or ridge.
    """
    plan = simulation.plan
    _check(theory, simulation, {"load": theory.load, "ridge": theory.ridge})
    signs = (0.0, math.inf) if theory.network.excitatory is not None else (-math.inf, math.inf)
    simulated = signs if plan.limits is None else plan.limits
    if tuple(theory.limits) != tuple(simulated):
        raise ValueError(f"theory and simulation must have the same limits, got {tuple(theory.limits)} and {simulated}")
    error = theory.convergence.error
    numbers = {"regression_residual": Value(theory.residual, numerical_error=error)}
    if theory.state != "exact":  # of exact fits there are many, and a solver takes any
        numbers["regression_norm"] = Value(theory.norm, numerical_error=theory.norm * error)
        numbers["regression_active"] = Value(theory.active, numerical_error=error)
    return _measured(numbers, simulation)


def _curvature(theory: Any, size: int) -> float:
    """Return a bound on how far the mean of margins is from the margin at the mean load.

    Draws differ as if their loads did, with variance alpha (1 + alpha)/N, that of the largest load of signed weights
    where it is alpha = 1 [negative binomial, of `dmft.separability`]; margins fall along a curve, to 0 at capacity.
    """
    spread = math.sqrt(theory.load * (1.0 + theory.load) / size)
    loads = max(theory.load - spread, 0.5 * theory.load), theory.load + spread
    margins = [dmft.solve_robustness(theory.network, load, to=theory.to, size=size).margin for load in loads]
    middle = dmft.solve_robustness(theory.network, theory.load, to=theory.to, size=size).margin
    below, above = (0.0 if math.isnan(margin) else margin for margin in margins)
    return 0.0 if math.isnan(middle) else abs(below + above - 2.0 * middle)


def _of_margin(theory: Any) -> dict[str, Value]:
    """Return the numbers of a solution; none where there is none, whose weights are a best iterate's."""
    if math.isnan(theory.margin):
        return {}
    error = theory.convergence.error
    found = {f"{theory.to}_margin": theory.margin, f"{theory.to}_imbalance": theory.imbalance}
    found |= {f"{theory.to}_silent_{kind}": float(part) for kind, part in zip("EI", theory.silent, strict=True)}
    if theory.weight_norm != 0.0:
        found[f"{theory.to}_norm"] = theory.weight_norm
    return {name: Value(v, numerical_error=error * abs(v)) for name, v in found.items() if math.isfinite(v)}


def _widened(numbers: dict[str, Value], at_size: Any) -> dict[str, Value]:
    """Return numbers whose errors contain their difference from those of a size."""
    return {
        name: Value(number, numerical_error=number.numerical_error + abs(float(at_size[name]) - number))
        for name, number in numbers.items()
        if name in at_size
    }


def _measured(numbers: dict[str, Value], simulation: Any) -> dict[str, float]:
    """Return those that the simulation measured, and found a number for in every draw; warn of what is left out.

    A mean over the draws that have a margin would be of a selection, and too large.
    """
    common = {name: number for name, number in numbers.items() if name in simulation.variables}
    lacking: dict[str, str] = {}
    for name in common:
        for size in simulation.sizes:
            values = simulation.values(name, size)
            without = len(values) - int(np.isfinite(values).sum())
            if without:
                lacking.setdefault(name, f"{without} of {len(values)} draws at N = {size}")
    if lacking:
        told = "; ".join(
            f"{', '.join(name for name, its in lacking.items() if its == many)} in {many}"
            for many in dict.fromkeys(lacking.values())
        )
        text = f"not comparable, since there is none (patterns that cannot be told apart, no norm of its own): {told}"
        if len(lacking) == len(common):
            raise ValueError(f"nothing is left to compare: {text}; take a smaller load, or larger sizes")
        warn(text, AccuracyWarning)
    return {name: number for name, number in common.items() if name not in lacking}


def _check(theory: Any, simulation: Any, stated: dict[str, float]) -> None:
    if theory.network != simulation.network:
        raise ValueError(
            f"theory and simulation must be of the same perceptron, got {theory.network!r} and {simulation.network!r}"
        )
    for name, value in stated.items():
        its = getattr(simulation.plan, name)
        if its != value:
            raise ValueError(f"theory and simulation must have the same {name}, got {value:g} and {its}")
    size = getattr(theory, "size", None)
    if size is not None and simulation.sizes != (size,):
        raise ValueError(
            f"the theory is of N = {size}, the simulation of N = {', '.join(map(str, simulation.sizes))}; solve with "
            "size=None, or simulate that size alone"
        )
