"""The numbers of the theory of manifolds that a simulation measures too."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.numerics.value import Value


def manifold_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return the capacity, and the mean dimension delta + 1/2.

    Raises
    ------
    ValueError : for other manifolds, labels or margins, or manifolds that cannot be told apart.
    """
    plan = simulation.plan
    if theory.network != plan.network:
        raise ValueError(
            f"theory and simulation must be of the same manifolds, got {theory.network!r} and {plan.network!r}"
        )
    if theory.margin != plan.margin:
        raise ValueError(f"theory and simulation must have the same margin, got {theory.margin:g} and {plan.margin:g}")
    labels = theory.settings.get("labels")
    if labels != plan.labels:
        raise ValueError(f"theory and simulation must have the same labels, got {labels!r} and {plan.labels!r}")
    if theory.state != "separable":
        raise ValueError(f"there is nothing to compare: the manifolds are {theory.state}")
    numbers = {
        "capacity": (theory.capacity, theory.capacity_error),
        "dimension": (theory.statistical_dimension + 0.5, theory.statistical_dimension_error),
    }
    found: dict[str, float] = {}
    for name in numbers.keys() & simulation.variables.keys():
        value, error = numbers[name]
        if not all(np.all(np.isfinite(simulation.values(name, size))) for size in simulation.sizes):
            raise ValueError(f"some realizations have no {name}: they cannot be told apart in any number of dimensions")
        sampled = theory.draws > 0
        found[name] = Value(value, error if sampled else 0.0, numerical_error=0.0 if sampled else error)
    return found


def few_shot_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return the few-shot error, whose fluctuations the theory takes for Gaussian.

    Raises
    ------
    ValueError : for another number of shots.
    """
    if theory.shots != getattr(simulation.plan, "shots", None):
        raise ValueError(f"theory and simulation must have the same shots, got {theory.shots}")
    return {"few_shot_error": Value(theory.error)} if "few_shot_error" in simulation.variables else {}
