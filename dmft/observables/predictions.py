"""What a predictor says of inputs it was not trained on, and whether another one says the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import numbers
from dmft.models.labelled import labelled
from dmft.numerics.value import Value
from dmft.theories.implicit_bias import ImplicitBiasSolution


def accuracy(solution: ImplicitBiasSolution, inputs: Any, labels: Any, *, contexts: Any = None) -> Value:
    """Return the fraction of inputs whose label is the sign of the predictor.

    Parameters
    ----------
    solution : from `solve_implicit_bias`.
    inputs, labels : shapes (n, n_input) and (n,), labels +1 and -1.
    contexts : of the inputs, where the gates are `dmft.Contexts`.

    Returns
    -------
    Value : its standard error is that of n independent inputs, sqrt(p (1 - p)/n); nan where there is no predictor.

    Raises
    ------
    ValueError, TypeError : for inputs and labels as `solve_implicit_bias` refuses them.
    """
    x, y = labelled(inputs, labels, biased=solution.network.biased)
    return _same_sign(solution.predict(x, contexts=contexts), y)


def agreement(solution: ImplicitBiasSolution, other: Any, inputs: Any, *, contexts: Any = None) -> Value:
    """Return the fraction of inputs to which two predictors give the same label.

    Parameters
    ----------
    solution : from `solve_implicit_bias`.
    other : another solution, or a trained network, with a method `predict`; or what it says, shape (n,).
    inputs : shape (n, n_input).
    contexts : of the inputs, where the gates are `dmft.Contexts`.

    Returns
    -------
    Value : as `accuracy`.

    Raises
    ------
    ValueError, TypeError : for inputs of another length, or something that does not predict.
    """
    predict = getattr(other, "predict", None)
    settings = {} if contexts is None else {"contexts": contexts}
    theirs: FloatArray = numbers("other", other if predict is None else predict(inputs, **settings))
    ours = solution.predict(inputs, contexts=contexts)
    if theirs.shape != ours.shape:
        raise ValueError(f"other must say something of each of the {len(ours)} inputs, got shape {theirs.shape}")
    return _same_sign(ours, theirs)


def _same_sign(one: FloatArray, other: FloatArray) -> Value:
    if not (np.all(np.isfinite(one)) and np.all(np.isfinite(other))):  # no predictor says anything
        return Value(math.nan)
    part = float(np.mean(one * other > 0.0))
    return Value(part, standard_error=math.sqrt(part * (1.0 - part) / len(one)))
