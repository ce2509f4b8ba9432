"""The numbers of a theory that a simulation measures too, by name, each with what is known of its error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import singledispatch
from numbers import Real
from typing import Any

import numpy as np

import dmft
from dmft.models.brief import shortened
from dmft.models.checks import named
from dmft.numerics.value import Value
from validation.gated_numbers import implicit_bias_numbers
from validation.manifold_numbers import few_shot_numbers, manifold_numbers
from validation.notation import split_name
from validation.perceptron_numbers import capacity_numbers, regression_numbers, robustness_numbers
from validation.period_numbers import nonstationary_numbers, periodic_numbers
from validation.signal_numbers import alignment_numbers, kernel_numbers, online_numbers
from validation.simulators.question import question_of
from validation.species_numbers import species_numbers
from validation.stationary_numbers import sampled_numbers, stationary_numbers
from validation.structure_numbers import structure_numbers
from validation.target_numbers import target_numbers


def theory_numbers(theory: Any, simulation: Any) -> dict[str, float]:
    """Return name -> number for a solution, or for a mapping of names to numbers.

    What is known of the error of a number goes with it (`dmft.Value`): a standard error of what is sampled, which the
    comparison adds to that of the networks, and a bound on the rest, which it adds to the bias.

    Parameters
    ----------
    theory : a solution, or a mapping from names to numbers, to `dmft.Value`, or to pairs (number, standard error).
    simulation : a `Simulation`.

    Raises
    ------
    TypeError : for a kind of solution that is not known here, or an entry that is not a number.
    ValueError : if nothing is left that the simulation measured; for a number that is not finite.
    """
    if isinstance(theory, Mapping):
        numbers = {}
        for name, entry in theory.items():
            split_name(name)
            numbers[name] = _own_number(name, entry)
    else:
        numbers = numbers_of(theory, simulation)
    if not numbers:
        raise ValueError(
            f"theory and simulation have no quantity in common; measured: {', '.join(simulation.variables)}"
        )
    return numbers


def _own_number(name: str, entry: Any) -> float:
    """Return a number of the user's own, with its error if it has one."""
    if isinstance(entry, (tuple, list)):
        if len(entry) != 2:
            raise _no_number(name, entry)
        number, error = (_real(name, part, entry) for part in entry)
        if error < 0.0:
            raise ValueError(f"theory must have errors that are not negative, got {name!r}: {shortened(entry)}")
        return Value(number, error, "given")
    _real(name, entry, entry)
    return entry if isinstance(entry, float) else float(entry)


def _no_number(name: str, entry: Any) -> TypeError:
    curve = isinstance(entry, np.ndarray | list) and "[" not in name
    remedy = f"; name one lag, as in '{name}[2]'" if curve else ""
    return TypeError(
        f"theory must map names to real numbers or pairs (number, error), got {name!r}: {shortened(entry)}{remedy}"
    )


def _real(name: str, part: Any, entry: Any) -> float:
    if isinstance(part, bool) or not isinstance(part, Real):
        raise _no_number(name, entry)
    try:
        number = float(part)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"theory must map names to finite numbers, got {name!r}: {shortened(entry)}")
    return number


@singledispatch
def numbers_of(theory: Any, simulation: Any) -> dict[str, float]:
    """Return name -> number for a solution; an addition is one function and one line."""
    known = named(kind for kind in numbers_of.registry if kind is not object)
    raise TypeError(f"theory must be a mapping of names to numbers, or one of {known}; got {shortened(theory)}")


@numbers_of.register
def _(theory: dmft.StationarySolution, simulation: Any) -> dict[str, float]:
    if theory.sampled:
        return sampled_numbers(theory, simulation)
    question = question_of(simulation.network)
    if question.species:
        return species_numbers(theory, simulation)
    read = structure_numbers if question.structured or question.excited else stationary_numbers
    return read(theory, simulation)


_READERS: dict[type, Any] = {
    dmft.NonstationarySolution: nonstationary_numbers,
    dmft.PeriodicSolution: periodic_numbers,
    dmft.CapacitySolution: capacity_numbers,
    dmft.RobustnessSolution: robustness_numbers,
    dmft.RegressionSolution: regression_numbers,
    dmft.ImplicitBiasSolution: implicit_bias_numbers,
    dmft.ManifoldSolution: manifold_numbers,
    dmft.FewShot: few_shot_numbers,
    dmft.AlignmentSolution: alignment_numbers,
    dmft.KernelSolution: kernel_numbers,
    dmft.OnlineSolution: online_numbers,
    dmft.TargetSolution: target_numbers,
}
for _kind, _read in _READERS.items():
    numbers_of.register(_kind, _read)
