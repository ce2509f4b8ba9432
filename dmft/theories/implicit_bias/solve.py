"""`solve_implicit_bias`: the norm of a network, its program, and how it ended."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import integer, one_of
from dmft.models.gates import contexts_of
from dmft.models.labelled import labelled
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.implicit_bias.features import Features, features_of
from dmft.theories.implicit_bias.programs import Predictor, concave, grouped, over_joint_contexts
from dmft.theories.implicit_bias.solution import ImplicitBiasSolution
from dmft.theories.solution import checked_rtol

_STEPS = 20  # Newton steps of a usual program
_FLOPS = 3e9  # a second
_SPREAD = 1.0  # of the logarithms of random prices: smaller ones stay near the first, larger ones end higher


@answering
def solve_implicit_bias(
    network: Any,
    inputs: Any,
    labels: Any,
    *,
    contexts: Any = None,
    norm: Literal["parameters", "zeta", "function"] = "parameters",
    rtol: float = 1e-7,
    max_steps: int = 100,
    starts: int = 1,
    seed: int = 0,
) -> ImplicitBiasSolution:
    """Return the predictor in whose direction gradient descent ends on a training set that the network can fit.

    min rho(zeta) s.t. y_i <zeta, psi_i> >= 1, rho(zeta) = (L/2) sum_g |zeta_g|^(2/L): gradient flow on losses with
    exponential tails converges in direction to a stationary point of it [Lyu & Li, ICLR 2020], and if rho is convex
    there is but one value [Lippl, Abbott & Chung (2022)]. The parts g are

        one layer                                 all of zeta: |zeta|^2/2, a support vector machine in each context
        two layers, each unit its own gate        the units: sum_h (sum_c |zeta_hc|^2)^(1/2)
        two layers, one gate shared               all of zeta: |zeta|, a support vector machine
        two layers, read-out gated too            unit and context: sum_hc |zeta_hc|; with one gate contexts decouple
        two layers, rectifiers' gates, frozen     the units: sum_h |zeta_h|
        two layers, a convolution                 Fourier coefficients of beta: sum_k |(F beta)_k|/sqrt(n_input)
        L layers                                  as for two; L > 2 is not convex: a stationary point, LOCAL

    Parameters
    ----------
    network : `dmft.GatedLinear`, or `dmft.LinearConvolution`, of which zeta and the function are beta.
    inputs, labels : training set, shapes (n, n_input) and (n,), labels +1 and -1. Offsets of gates at the median are
        those of these inputs.
    contexts : of the inputs, where the gates are `dmft.Contexts`: numbers, shape (n, n_unit), or one-hot, shape
        (n, n_unit, n_contexts).
    norm : "parameters", rho, that of gradient descent. For comparison "zeta", |zeta|^2/2; or "function", that of the
        architecture alone: half the mean square over all joint contexts of the linear maps that the network has there.
    rtol : largest gap between primal and dual, relative; of L > 2, largest deviation from stationarity.
    max_steps : Newton steps, or reweightings of L > 2.
    starts : of L > 2, number of stationary points that are gone to, of which the one of least norm is returned: the
        first from the optimum of two layers, others from least norms with random prices of the parts.
    seed : of the random prices.

    Returns
    -------
    ImplicitBiasSolution : NO_SOLUTION where the training set cannot be separated, with the dual proof.

    Raises
    ------
    ValueError, TypeError : for labels that are not +1 or -1, inputs that are not finite, contexts that are not one-hot,
        are missing or not wanted.
    TooCostlyError : a ValueError, for more inputs than memory or time allow.

    Warns
    -----
    AccuracyWarning : once, where no input is constant.

    Accuracy
    --------
    The gap that is returned, from feasible points of primal and dual: `tests/invariants/test_implicit_bias.py`;
    `tests/reference/test_implicit_bias_reference.py` (all features written out, 40 digits);
    `tests/limits/test_implicit_bias_limits.py`.

    Cost
    ----
    200 inputs x 20 units x 2 contexts 0.05 s; 1000 x 50 x 2 in 785 components 2 s; n^3/3 and 2 n^2 n_column a step.
    """
    gates: Any = getattr(network, "gates", None)
    if isinstance(network, type) or not callable(getattr(gates, "placed", None)):  # a class has its defaults
        raise TypeError(f"network must be a dmft.GatedLinear or a dmft.LinearConvolution, got {network!r}")
    one_of("norm", norm, ("parameters", "zeta", "function"))
    rtol, steps = checked_rtol(rtol), integer("max_steps", max_steps, least=1)
    many, seed = integer("starts", starts, least=1), integer("seed", seed, least=0)
    x, y = labelled(inputs, labels, biased=network.biased)
    places = gates.placed(x)
    codes = contexts_of(gates, places, x, contexts)
    stated = features_of(network, x, y, codes, norm)
    n, columns = stated.members.shape
    rounds = 1 if norm != "parameters" or network.layers <= 2 else 10 * many
    check_cost(
        f"the least norm on {n} inputs and {columns} contexts",
        seconds=rounds * _STEPS * (float(n) ** 3 / 3.0 + 2.0 * float(n) ** 2 * columns) / _FLOPS,
        memory=8.0 * (5.0 * float(n) ** 2 + 3.0 * n * columns + float(columns) * x.shape[1]),
        remedy="take fewer inputs or units",
    )
    found = _minimised(network, stated, norm, rtol, steps, places is not None and places.closing)
    if not math.isfinite(found.least.upper):
        return _without(network, norm, places, found, x.shape[1], steps)
    solution = _solution(network, stated, norm, places, found, rtol, steps)
    if many == 1 or not math.isnan(solution.gap):  # one start finds the least of a convex norm
        return solution
    return _least_of(solution, network, stated, places, rtol, steps, many, seed)


def _minimised(network: Any, stated: Features, norm: str, rtol: float, steps: int, closing: bool) -> Predictor:
    aim = 0.1 * rtol  # of the sum of norms, whose square counts in some
    alone = not closing and network.gates.n_units * network.gates.n_contexts == 1  # zeta is the function
    if norm == "function" and not alone:
        return over_joint_contexts(stated, network.gates.n_contexts, closing, aim, steps)
    if norm != "parameters" or network.layers == 1:
        return grouped(stated, stated.together(), None, aim, steps)
    groups = stated.groups(by_context=network.readout == "gated")
    if network.layers == 2 or groups.count == 1:
        return grouped(stated, groups, None, aim, steps)
    return concave(stated, groups, 2.0 / network.layers, rtol, steps)


def _least_of(
    first: ImplicitBiasSolution,
    network: Any,
    stated: Features,
    places: Any,
    rtol: float,
    steps: int,
    many: int,
    seed: int,
) -> ImplicitBiasSolution:
    """Return the stationary point of least norm, of the first and those from random prices, with all their norms."""
    rng = np.random.default_rng(seed)
    groups = stated.groups(by_context=network.readout == "gated")
    every = [first]
    for _ in range(many - 1):
        prices = np.exp(_SPREAD * rng.standard_normal(groups.count))
        found = concave(stated, groups, 2.0 / network.layers, rtol, steps, prices)
        if math.isfinite(found.least.upper):
            every.append(_solution(network, stated, "parameters", places, found, rtol, steps))
    arrived = [one for one in every if one.state == "stationary"] or every
    best = min(arrived, key=lambda one: one.norm)
    norms = np.sort([one.norm for one in arrived])
    return replace(best, stationary_norms=norms, settings={**best.settings, "starts": many, "seed": seed})


def _solution(
    network: Any, stated: Features, norm: str, places: Any, found: Predictor, rtol: float, steps: int
) -> ImplicitBiasSolution:
    """Return the solution with its norm, and what is known of it."""
    depth = network.layers
    parts = stated.groups(by_context=norm == "parameters" and network.readout == "gated")
    norms = parts.norms(found.maps)
    squared = norm != "parameters" or depth == 1
    if squared:
        value, lower = 0.5 * found.least.upper**2, 0.5 * found.least.lower**2
    elif parts.count == 1 or depth == 2:
        value, lower = (0.5 * depth * bound ** (2.0 / depth) for bound in (found.least.upper, found.least.lower))
    else:
        value, lower = 0.5 * depth * float(np.sum(norms ** (2.0 / depth))), math.nan
    gap = (value - lower) / value
    by_unit = np.zeros(stated.contexts.shape[1])
    np.add.at(by_unit, stated.unit[parts.starts], norms)
    return ImplicitBiasSolution(
        network=network,
        convergence=_outcome(gap, found, rtol, steps),
        settings={"norm": norm, "rtol": rtol, "max_steps": steps},
        norm=value,
        gap=gap,
        stationary_norms=np.array([value]),
        certificate=found.least.upper / found.least.lower if not math.isnan(gap) else math.nan,
        margin=value ** (-0.5 if squared else -0.5 * depth),
        dual=found.least.dual,
        unit_norms=by_unit,
        **stated.told(found.maps, found.base),
        minimised=norm,
        places=places,
    )


def _outcome(gap: float, found: Predictor, rtol: float, max_steps: int) -> Convergence:
    told = (found.least.steps, found.least.history)
    if math.isnan(gap):
        if found.off <= rtol:
            return Convergence(Status.LOCAL, found.off, *told, _LOCAL)
        return Convergence(Status.MAX_STEPS, found.off, *told, "not stationary yet: raise max_steps, or rtol")
    error = abs(gap) + 2.0 * found.rounding
    if error <= rtol:
        return Convergence(Status.CONVERGED, abs(gap), *told, error=error)
    if found.least.steps >= max_steps:
        text = f"the gap is {gap:.2g}, above rtol: raise max_steps"
        return Convergence(Status.MAX_STEPS, gap, *told, text, error=error)
    text = f"the norm is known to {error:.2g} and no better: raise rtol, or bring the inputs to one scale"
    return Convergence(Status.STALLED, gap, *told, text, error=error)


_NEITHER = (
    "no predictor was found, and none is not proved either: the margin is below a millionth of the longest input, "
    "where rounding decides; bring the inputs to one scale, and subtract what they have in common"
)
_LOCAL = (
    "a stationary point of a norm that is not convex (more than two layers): gradient descent may end at another one"
)


def _without(
    network: Any, norm: str, places: Any, found: Predictor, length: int, max_steps: int
) -> ImplicitBiasSolution:
    """Return what is known where no predictor was found: the proof that there is none, or why there is no proof."""
    told = "with any norm" if math.isinf(found.least.lower) else f"with a norm below {found.least.lower:.2g}"
    text = (
        f"the training set cannot be separated {told}: a mean of its signed features with the weights `dual` is the "
        "origin; gradient descent has no limit in direction that fits it; take more units or contexts, or fewer inputs"
    )
    status = Status.NO_SOLUTION
    if found.least.separable and found.least.steps >= max_steps:
        status, text = Status.MAX_STEPS, "no predictor was found yet: raise max_steps"
    elif found.least.separable:
        status, text = Status.STALLED, _NEITHER
    nothing = np.full((0, length), math.nan)
    none = np.zeros(0, dtype=np.int64)
    return ImplicitBiasSolution(
        network=network,
        convergence=Convergence(status, math.nan, found.least.steps, (), text),
        settings={"norm": norm},
        norm=math.nan,
        gap=math.nan,
        stationary_norms=np.zeros(0),
        certificate=math.nan,
        margin=math.nan,
        dual=found.least.dual,
        unit_norms=np.full(network.gates.n_units, math.nan),
        maps=nothing,
        map_unit=none,
        map_context=none,
        base=np.full(length, math.nan),
        minimised=norm,
        places=places,
    )
