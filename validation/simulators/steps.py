"""The method and the time step of a run: defaults, limits of stability, what they cost in accuracy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from validation.simulators.integrators import INTEGRATORS, MAP
from validation.simulators.question import Question, question_of
from validation.simulators.terms import radius_of

_FOR_NOISE, _USUAL, _FOR_FILTERS = "exponential-adams-bashforth-2", "adams-bashforth-4", "runge-kutta-4"
_LONGEST_OF_SPECIES = 0.5
_FOR_SPECIES = "frozen field"  # exact in a field that is constant over a step
INTERVAL = 0.5  # between samples, as a rule
_WORTH = 1.21  # how many times longer a step must be than a part of the interval, to give up lags that are whole
# Steps: for each period of an input, and for each tau by each method (the leak limits them, not the couplings).
_STEPS_PER_PERIOD = 40
_DEFAULT_STEP = {_USUAL: 0.1, "runge-kutta-4": 0.2, _FOR_NOISE: 0.05}
# Bias of averages at dt = 0.1, and its order in dt.
_BIAS = {_USUAL: (1e-4, 4), "runge-kutta-4": (1e-6, 4), _FOR_NOISE: (5e-3, 2)}
# What is stepped to second order, whatever the method of the rest: a stiff mean, synapses.
_BIAS_OF_MEAN, _BIAS_OF_SYNAPSES, _BIAS_OF_SPECIES = 2e-3, 1e-3, 4e-3
# White noise is heard by filters twice a step and known exactly: tests/invariants/test_filter_noise_bias.py.
_BIAS_OF_NOISY_FILTERS = 5e-4


def chosen_integrator(question: Question, integrator: str | None) -> str:
    """Return the name of the method that is used, or refuse one that there is not, or that does not fit.

    Raises
    ------
    ValueError : saying which ones are allowed.
    """
    if question.discrete or integrator == MAP:
        if integrator not in (None, MAP) or not question.discrete:
            raise ValueError(
                f"integrator must be None or {MAP!r} in discrete time, and another one else; got {integrator!r}"
            )
        return MAP
    if question.species:
        if integrator is not None:
            raise ValueError(f"integrator must be left out of species, which have one of their own, got {integrator!r}")
        return _FOR_SPECIES
    if question.staged:
        if integrator not in (None, _FOR_FILTERS):
            who = "filters" if question.filtered else "units that state their equations"
            raise ValueError(f"integrator must be None or {_FOR_FILTERS!r} of {who}, got {integrator!r}")
        return _FOR_FILTERS
    if integrator is None:
        return _FOR_NOISE if question.white else _USUAL
    if integrator not in INTEGRATORS:
        known = ", ".join(name for name in INTEGRATORS if name != MAP)
        raise ValueError(f"integrator must be None or one of {known}; got {integrator!r}")
    if question.white and integrator != _FOR_NOISE:
        raise ValueError(f"integrator must be {_FOR_NOISE!r} with white noise (or None), got {integrator!r}")
    if question.plastic is not None and integrator == "runge-kutta-4":
        raise ValueError(
            f"integrator must be None or a method that meets the synapses once a step, {_USUAL!r} or {_FOR_NOISE!r}, "
            f"got {integrator!r}"
        )
    return integrator


def default_dt(network: Any, integrator: str | None = None) -> float:
    """Return the default time step: the method's own, less for large g, for fast inputs and for fast synapses."""
    question = question_of(network)
    if question.discrete:
        return 1.0
    if question.species:
        return 0.1
    method = _FOR_NOISE if question.filtered and question.white else chosen_integrator(question, integrator)
    step = _DEFAULT_STEP[method] / max(1.0, question.gain / 4.0)
    step *= min(1.0, question.fastest)
    if question.stated:
        step *= 0.25 if question.drives else 0.5
    if question.filtered:
        step *= 0.5 if method == _FOR_FILTERS else 1.0
    return min(step, _longest_dt(network, question, integrator))


def dt_of_bias(network: Any, bias: float, integrator: str | None = None) -> float:
    """Return the longest time step that leaves at most this relative bias in averages; else the default.

    It is stable, resolves inputs, delays and synapses, is at most that of Runge-Kutta for rates, and divides the usual
    sampling interval unless it can be a fifth longer.
    """
    question, default = question_of(network), default_dt(network, integrator)
    if question.discrete or question.species:
        return default
    limit = min(_DEFAULT_STEP["runge-kutta-4"], _longest_dt(network, question, integrator))
    if limit > _WORTH * dividing(limit) and time_step_bias(network, limit, integrator) <= bias:
        return limit
    step = dividing(limit)
    while step > default and time_step_bias(network, step, integrator) > bias:
        step = dividing(0.999 * step)
    return max(step, dividing(default))


def dividing(step: float) -> float:
    """Return the longest part of the sampling interval that is at most a step."""
    return INTERVAL / math.ceil(INTERVAL / step - 1e-9)


def _longest_dt(network: Any, question: Question, integrator: str | None) -> float:
    """Return the longest time step that is stable and resolves inputs, delays, synapses and the mean."""
    limits = [drive.period / _STEPS_PER_PERIOD for drive in question.drives if drive.period]
    limits += [units.transfer.delay / 4.0 for units in question.populations if units.transfer and units.transfer.delay]
    if question.mean is not None:
        limits.append(0.1)
    if question.plastic is not None:
        limits.append(0.1 * question.plastic.p)
    coherent = (question.mean, question.block_means, question.low_rank, question.synapses)
    limit = largest_dt(network, integrator)
    return min([limit if all(part is None for part in coherent) else 0.99 * limit, *limits])


def largest_dt(network: Any, integrator: str | None = None) -> float:
    """Return the largest stable step: the Jacobian's eigenvalues reach to (-1 - R)/tau, with the smallest tau.

    R = g sqrt<phi'^2> <= g max|phi'|; activity that saturates keeps it below sqrt(g) for g > 1 (1.19 at g = 2, 1.41 at
    3, 1.79 at 5, 2.5 at 10 for tanh), which is the bound taken there, but for balanced networks, which choose their
    activity by its mean. Excitation adds the mean of the couplings (inhibition is stepped implicitly); anti-Hebbian
    feedback k C0 phi'/(1 + p l) moves eigenvalues by sqrt(|k|/p) at most, by |k| for fast synapses. Means between
    populations and low-rank terms, which are stepped like the rest, add the radius of their matrix times the slope.
    """
    question = question_of(network)
    if question.discrete:
        return 1.0
    if question.species:
        return _LONGEST_OF_SPECIES
    if question.stated:
        return _stable_for_units(question)
    steepest = max(_steepest(units.nonlinearity) for units in question.populations)
    if question.filtered:
        return _stable_for_filters(question, steepest)
    scaled = question.gain * steepest
    radius = scaled if question.mean is not None else min(scaled, math.sqrt(scaled))
    radius *= 1.0 + abs(question.symmetry)
    radius += (max(0.0, question.mean or 0.0) + _coherent(question) + sum(map(radius_of, question.further))) * steepest
    if question.plastic is not None and question.plastic.k < 0:
        strength = abs(question.plastic.k) * steepest
        radius += min(strength, math.sqrt(strength / question.plastic.p))
    return float(INTEGRATORS[chosen_integrator(question, integrator)].stability / (1.0 + radius)) * question.fastest


def _stable_for_filters(question: Question, steepest: float) -> float:
    """Return the step at which the eigenvalues, 1/H(z) = g phi' exp(i theta), are stable; a delay must hold three.
    Means between populations count as gains."""
    means = 0.0 if question.means is None else float(np.max(np.abs(question.means)))
    farthest, delays = 0.0, []
    for units in question.populations:
        assert units.transfer is not None
        top, bottom = units.transfer.descending
        if units.transfer.delay:
            delays.append(units.transfer.delay)
        for turn in np.exp(2j * np.pi * np.arange(16) / 16.0):
            roots = np.roots(np.polysub(bottom, (question.gain + means) * steepest * turn * top))
            farthest = max(farthest, float(np.max(np.abs(roots))))
    limit = INTEGRATORS[_FOR_FILTERS].stability / farthest
    return float(min([limit, *(delay / 3.0 for delay in delays)]))


def _stable_for_units(question: Question) -> float:
    """Return the step at which the fastest rate of a unit, and the radius of what couplings add to it, are stable.

    Of states and fields of size one; of larger ones the state tells, which is no longer finite. Means count as gains.
    """
    gains = [float(np.sqrt(np.max(np.sum(gain**2 * question.fractions, axis=1)))) for gain in question.by_field]
    if question.means is not None:
        gains[0] += float(np.max(np.sum(np.abs(question.means) * question.fractions, axis=1)))
    farthest = 0.0
    for units in question.populations:
        equations: Any = units.stated
        near = {name: values / 3.0 for name, values in equations.points.items()}
        entry = equations.matrix(equations.by_field, near)
        if units.nonlinearity is not None:
            read = np.zeros((1, len(equations.states), entry.shape[-1]))
            read[0, 0] = units.nonlinearity.derivative(near[equations.states[0]])
        else:
            read = equations.matrix(equations.output_slopes, near)
        turned = np.sqrt(np.mean(np.einsum("kdp,dlp->klp", read, entry) ** 2, axis=-1))
        radius = float(np.linalg.norm(np.array(gains) * turned, 2)) * (1.0 + abs(question.symmetry))
        farthest = max(farthest, equations.fastest + radius)
    return float(INTEGRATORS[_FOR_FILTERS].stability / farthest)


def _steepest(nonlinearity: Any) -> float:
    """Return the largest slope between -3 and 3, or refuse one that is not finite."""
    x = np.linspace(-3.0, 3.0, 121)
    with np.errstate(all="ignore"):
        steepest = float(np.max(np.abs(np.asarray(nonlinearity.derivative(x), dtype=float))))
    if not math.isfinite(steepest):
        raise ValueError(
            f"nonlinearity must have a finite slope between -3 and 3 to be simulated, got {nonlinearity!r}"
        )
    return steepest


def _coherent(question: Question) -> float:
    """Return the radius of the means between populations, and that of the overlaps of the low-rank term."""
    radius = 0.0
    means = question.moments[0] - (question.mean or 0.0)
    if np.any(means):
        radius += float(np.max(np.abs(np.linalg.eigvals(means * question.fractions))))
    if question.low_rank is not None:
        overlap = np.array(question.low_rank.overlap)
        overlap = overlap + np.outer(question.low_rank.mean_right, question.low_rank.mean_left)
        outliers = [*np.linalg.eigvals(overlap), question.low_rank.outlier or 0.0]
        radius += float(np.max(np.abs(outliers)))
    return radius


def time_step_bias(network: Any, dt: float, integrator: str | None = None) -> float:
    """Return a bound on the relative bias that the time step leaves in averages (tests/invariants)."""
    question = question_of(network)
    if question.discrete:
        return 0.0
    if question.species:
        return _BIAS_OF_SPECIES * (dt / 0.1) ** 2
    noisy = question.stated and bool(question.drives)
    coefficient, order = _BIAS[_FOR_NOISE if noisy else chosen_integrator(question, integrator)]
    if question.filtered and question.white:
        coefficient, order = _BIAS_OF_NOISY_FILTERS, 2
    bias = coefficient * (dt / (0.1 * min(1.0, question.fastest))) ** order
    if question.mean is not None:
        bias = max(bias, _BIAS_OF_MEAN * (dt / 0.1) ** 2)
    if question.plastic is not None:
        bias = max(bias, _BIAS_OF_SYNAPSES * (dt / 0.1) ** 2)
    return float(bias)
