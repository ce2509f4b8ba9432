"""How many patterns a neuron with sign-constrained weights can tell apart."""

from __future__ import annotations

import math
from typing import Any

from dmft.errors import answering
from dmft.models.checks import integer, non_negative
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.capacity.density import no_weights, weight_fields
from dmft.theories.capacity.finite import Finite
from dmft.theories.capacity.large import Optimum, highest_load
from dmft.theories.capacity.patterns import Patterns
from dmft.theories.capacity.solution import CapacitySolution
from dmft.theories.capacity.verification import misfit, outcome, stalled
from dmft.theories.capacity.weights import Weights, weights_of

_LARGEST_SIZE = 10**15


@answering
def solve_capacity(perceptron: Any, *, margin: float = 0.0, size: int | None = None) -> CapacitySolution:
    """Return the largest load, balanced or not, at which patterns are told apart.

    alpha(kappa) = max_a C_a/J*(kappa r(a)) [Rubin, Abbott & Sompolinsky, PNAS 114, E9366 (2017), in the form of a
    comparison with Gaussian variables; `dmft.theories.capacity.large`]. Without a sign constraint 1/J*(kappa)
    [Gardner, J. Phys. A 21, 257 (1988)], with one half of that where the threshold can be reached, f_E >= f*; below f*
    the balance holds it down.

    Parameters
    ----------
    perceptron : `dmft.Perceptron`.
    margin : kappa_in >= 0, in units of the inputs: every pattern is to be stored with y h >= kappa_in |w|.
    size : N, for the form that holds the mean drive exactly at finite N (it moves the capacity by 1/sqrt(N) where
        f_E < f* and labels are unequal). Accurate to 2 % of simulated Gaussian patterns at N = 100; for skewed inputs
        it and the limit bracket them. None: the limit of large N.

    Returns
    -------
    CapacitySolution : a purely inhibitory neuron (excitatory = 0), which says -1 to all, has capacity 0 in the limit of
        large N; at a size fluctuations of the drive reach the threshold, and it has some.

    Raises
    ------
    ValueError, TypeError : for a margin that is negative, a size below 2, what is no perceptron.

    Accuracy
    --------
    1e-13 at usual parameters: `tests/limits/test_capacity_limits.py`, `tests/reference/test_capacity_reference.py`
    (mpmath); with `size`, `tests/statistical/test_perceptron_simulation.py`.

    Cost
    ----
    0.5 ms; with a margin and unequal sd, or a size, 5 ms.
    """
    weights, patterns = question(perceptron)
    margin = non_negative("margin", margin)
    size = checked_size(size)
    balanced = highest_load(weights, patterns, margin, drive="balanced")
    best: Optimum | None
    if size is None:
        best = highest_load(weights, patterns, margin, drive="any")
        unbalanced = best is not None and weights.signed and best.eta == 0.0 and best.th > 0.0
    else:
        found = Finite(weights, patterns, size).highest_load(margin)
        best, t = found if found is not None else (None, 0.0)
        unbalanced = weights.signed and t > 0.0
    cv_e, cv_i = perceptron.cv
    common = {
        "network": perceptron,
        "settings": {"margin": margin, "size": size},
        "balanced_capacity": 0.0 if balanced is None else balanced.load,
        "optimal_excitatory": cv_e / (cv_e + cv_i) if weights.signed else math.nan,
        "margin": margin,
        "size": size,
    }
    if best is None:
        # At large N nothing is stored by a single sign that cannot reach the threshold.
        nothing = size is None and weights.fractions[0] == 0.0
        return CapacitySolution(
            convergence=Convergence(Status.CONVERGED, 0.0, 1, error=0.0)
            if nothing
            else stalled(
                f"not converged at N = {size}: no optimum of the finite-size form was reached; leave out size"
            ),
            capacity=0.0 if nothing else math.nan,
            state="none",
            **no_weights(),
            **common,
        )
    off = max(misfit(weights, patterns, state) for state in (best, balanced) if state is not None)
    return CapacitySolution(
        convergence=outcome(off),
        capacity=best.load,
        state="unbalanced" if unbalanced else "balanced",
        **weight_fields(weights, best.theta, best.eta),
        **common,
    )


def question(perceptron: Any) -> tuple[Weights, Patterns]:
    """Return what is offered and what is demanded; refuse what is no perceptron."""
    if isinstance(perceptron, type) or not callable(getattr(perceptron, "binary", None)):  # a class has its defaults
        given = f"the class {perceptron.__name__} itself" if isinstance(perceptron, type) else repr(perceptron)
        raise TypeError(
            f"the statement must be a dmft.Perceptron, such as dmft.Perceptron(excitatory=0.8), got {given}"
        )
    return weights_of(perceptron), Patterns(perceptron.positive)


def checked_size(size: Any) -> int | None:
    """Return a size, or None; refuse others than integers of 2 to 1e15."""
    if size is None:
        return None
    checked = integer("size", size, least=2)
    if checked > _LARGEST_SIZE:
        raise ValueError(f"size must be at most {_LARGEST_SIZE:g}; None is the limit of large N; got {checked}")
    return checked
