"""The numbers of the theory of implicit bias that gradient descent shows too."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.errors import AccuracyWarning, warn
from dmft.numerics.value import Value


def implicit_bias_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return the norm, the accuracy on the test set, and 1 for the agreement with `theory`, where they were measured.

    The agreement is that named "theory": ``simulate(..., beside={"theory": solution.predict(inputs)})``.

    Raises
    ------
    ValueError : for another network or training set, a norm that is not that of gradient descent, no solution.

    Warns
    -----
    AccuracyWarning : where runs do not fit the training set yet, and have no norm; where the norm of the theory is not
        known to be the least (more than two layers, too few steps).
    """
    if theory.network != simulation.network:
        raise ValueError(
            f"theory and simulation must be of the same network, got {theory.network!r} and {simulation.network!r}"
        )
    if not np.isfinite(theory.norm):
        raise ValueError(f"there is no limit to compare with: {theory.convergence.message}")
    if theory.minimised != "parameters":
        raise ValueError(
            f"gradient descent minimises the norm of the parameters, the theory that of the {theory.minimised}: "
            "compare their predictions, with simulate(beside={...})"
        )
    data = simulation.plan.data
    numbers: dict[str, float] = {}
    fitted = all(np.all(np.isfinite(simulation.values("norm", size))) for size in simulation.sizes)
    if theory.state == "optimum" and not fitted:
        warn("norm is not comparable: not all runs fit the training set yet; simulate more steps", AccuracyWarning)
    elif theory.state != "optimum":
        warn(f"norm is not comparable, that of the theory is {theory.convergence.message}", AccuracyWarning)
    else:
        numbers["norm"] = Value(theory.norm, numerical_error=theory.norm_error)
    if data is None:
        return numbers
    if not np.isclose(np.min(data.labels * theory.predict(data.inputs, contexts=data.contexts)), 1.0, atol=1e-6):
        raise ValueError("theory and simulation must be of the same training set: the theory's margin on it is not 1")
    if data.test_labels is not None:
        said = np.sign(theory.predict(data.test_inputs, contexts=data.test_contexts))
        numbers["accuracy"] = Value(float(np.mean(said == data.test_labels)))
        if np.array_equal(data.beside.get("theory"), said):
            numbers["agreement_theory"] = Value(1.0)
    return numbers
