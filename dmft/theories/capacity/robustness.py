"""How far patterns can be kept from the threshold, in units of the noise of inputs or of outputs."""

from __future__ import annotations

import math
from typing import Any, Literal

from dmft.errors import answering
from dmft.models.checks import one_of, positive
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.capacity.capacity import checked_size, question
from dmft.theories.capacity.density import no_weights, weight_fields
from dmft.theories.capacity.finite import Finite
from dmft.theories.capacity.large import Optimum, highest_load, largest_margin, scaled_output_margin
from dmft.theories.capacity.patterns import Patterns
from dmft.theories.capacity.solution import RobustnessSolution
from dmft.theories.capacity.verification import load_for_margin, misfit, none, outcome, stalled
from dmft.theories.capacity.weights import Weights
from dmft.theories.solution import OnFailure, delivered

_TOLERANCE = 1e-3  # error of the margin, relative, beyond which it is not known
_BESIDE = 1e-12  # distance from the balanced capacity, relative, at which the bound on the error of the limit is found


@answering
def solve_robustness(
    perceptron: Any,
    load: float,
    *,
    to: Literal["input", "output"] = "input",
    size: int | None = None,
    on_failure: OnFailure = "ignore",
) -> RobustnessSolution:
    """Return the largest margin to input or to output noise at a load.

    kappa_out = min y h, kappa_in = kappa_out/|w| [Rubin, Abbott & Sompolinsky, PNAS 114, E9366 (2017)]. To input noise
    alpha(kappa_in) = load, of `solve_capacity`. To output noise, below alpha_b, balanced weights with |w| = norm_bound;
    above it unbalanced ones, whose kappa_out = kappa_0/sqrt(N) with kappa_0 = max_th k/th, J*(k) = C(th)/load.

    Parameters
    ----------
    perceptron : `dmft.Perceptron`.
    load : alpha = P/N > 0.
    to : "input" or "output": which margin is largest. `norm_bound` holds for "output" alone.
    size : N, for the form that holds the mean drive exactly at finite N, and joins the two regimes of output noise.
        Draws of N = 200 inputs scatter around it by 15 to 25 %. None: the limit of large N.
    on_failure : "ignore", "warn" or "raise", if there is no solution. A load beyond capacity is an answer, which a
        curve of loads should show: it does not raise unless asked to.

    Returns
    -------
    RobustnessSolution : beyond capacity the status is NO_SOLUTION, margins are nan, and the weights that are described
        those at the capacity, the last that store their patterns; where `norm_bound` excludes these (with a `size`),
        those of the largest norm that miss by least. Within about 1e-12 of capacity the margin is lost in rounding, and
        the status UNRESOLVED.

    Raises
    ------
    ValueError, TypeError : for a load that is not positive, another word, a size below 2, what is no perceptron.
    NotConvergedError : if there is no solution, and `on_failure` is "raise".

    Accuracy
    --------
    1e-12 away from capacity: `tests/limits/test_robustness_limits.py`, `tests/reference/test_capacity_reference.py`
    (mpmath). Simulations: `tests/statistical/test_perceptron_simulation.py`.

    Cost
    ----
    2 ms; to input noise with unequal sd 5 ms; with `size` 15 ms.
    """
    weights, patterns = question(perceptron)
    load = positive("load", load)
    one_of("to", to, ("input", "output"))
    size = checked_size(size)
    if size is None:
        solved = _large(perceptron, weights, patterns, load, to)
    else:
        solved = _finite(perceptron, weights, patterns, load, to, size)
    fields: dict[str, Any] = {
        "network": perceptron,
        "settings": {"load": load, "to": to, "size": size},
        "load": load,
        "to": to,
        "size": size,
    }
    return delivered(RobustnessSolution(**fields, **solved), on_failure)


def _large(perceptron: Any, weights: Weights, patterns: Patterns, load: float, to: str) -> dict[str, Any]:
    top = highest_load(weights, patterns, 0.0, drive="any")
    capacity = 0.0 if top is None else top.load
    beyond = none(f"there is no solution: the load must be below the capacity {capacity:.6g}, got {load:g}")
    if load >= capacity:
        return _beyond(beyond, weights, top, _norms_of_the_last(weights, top, perceptron.norm_bound, to))
    if to == "input":
        found = largest_margin(weights, patterns, load, drive="any")
        if found is None or not found.k > 0.0:
            return _beyond(beyond, weights, top, _norms_of_the_last(weights, top, perceptron.norm_bound, to))
        margin = found.k / weights.scale(found.theta)
        if found.th > 0.0:  # the threshold fixes the norm, of order 1/sqrt(N)
            scaled = weights.scale(found.theta) / found.th
            norms = {"weight_norm": 0.0, "scaled_weight_norm": scaled, "scaled_margin": margin * scaled}
            return _described(weights, patterns, found, margin, norms | {"output_margin": 0.0, "input_margin": margin})
        norms = {"weight_norm": math.nan, "scaled_weight_norm": math.nan, "scaled_margin": math.nan}
        norms |= {"output_margin": math.nan, "input_margin": margin}
        return _described(weights, patterns, found, margin, norms)
    held = largest_margin(weights, patterns, load, drive="balanced")
    edge = highest_load(weights, patterns, 0.0, drive="balanced")
    if held is not None and edge is not None and held.k > 0.0 and load < edge.load:
        within = held.k / weights.scale(held.theta)
        margin = perceptron.norm_bound * within
        norms = {"weight_norm": perceptron.norm_bound, "scaled_weight_norm": math.nan, "scaled_margin": math.nan}
        return _described(weights, patterns, held, margin, norms | {"output_margin": margin, "input_margin": within})
    found_scaled = scaled_output_margin(weights, patterns, load)
    if found_scaled is None:
        return _beyond(beyond, weights, top, _norms_of_the_last(weights, top, perceptron.norm_bound, to))
    found, kappa = found_scaled
    scale = weights.scale(found.theta)
    norms = {"weight_norm": 0.0, "scaled_margin": kappa, "output_margin": 0.0, "input_margin": found.k / scale}
    if found.th > 0.0:
        norms |= {"scaled_weight_norm": scale / found.th}
        return _described(weights, patterns, found, 0.0, norms)
    # At the balanced capacity kappa_0 is a limit. It falls as the load rises: farther away is a bound.
    beside = scaled_output_margin(weights, patterns, load * (1.0 + _BESIDE))
    error = 1.0 if beside is None else 1.0 - beside[1] / kappa
    norms |= {"scaled_weight_norm": math.inf}
    return _described(weights, patterns, found, 0.0, norms, balanced=False, error=error)


def _finite(perceptron: Any, weights: Weights, patterns: Patterns, load: float, to: str, size: int) -> dict[str, Any]:
    problem = Finite(weights, patterns, size)
    top = problem.highest_load(0.0)
    capacity = 0.0 if top is None else top[0].load
    beyond = none(
        f"there is no solution: at N = {size} the load must be below the capacity {capacity:.6g}, got {load:g}"
    )
    bound = perceptron.norm_bound
    if top is not None and load >= capacity:
        last: tuple[Optimum, float] | None = top
        if to == "output" and _norm(weights, *top) > bound:
            last = problem.held(load, 1.0 / bound)
        return _beyond(beyond, weights, *_last_of(weights, last, size))
    found = problem.input_margin(load) if to == "input" else problem.output_margin(load, bound)
    if found is None or not found[0].k > 0.0:
        held = problem.held(load, 1.0 / bound) if to == "output" else None
        allowed = f"|w| <= norm_bound = {bound:g}"
        if held is not None and held[0].k <= 0.0 and not problem.gains(held):
            too_small = none(f"there is no solution: weights of {allowed} do not hold the threshold; raise it")
            return _beyond(too_small, weights, *_last_of(weights, held, size))
        reason = f"not converged at N = {size}: no optimum of the finite-size form was reached"
        if to == "input" and found is not None:
            return _beyond(beyond, weights, *_last_of(weights, found, size))
        if to == "output":
            return _nothing(stalled(f"{reason}, and there may be none with {allowed}; raise it, or leave out size"))
        return _nothing(stalled(f"{reason}; leave out size"))
    state, t = found
    scale, root = weights.scale(state.theta), math.sqrt(size)
    norm = _norm(weights, state, t)
    out, within = state.k / t if t > 0.0 else math.inf, state.k / scale
    margin = within if to == "input" else out
    norms = {"scaled_margin": root * out, "output_margin": out, "input_margin": within} | _both_norms(norm, size)
    balanced = t == 0.0 if to == "input" else norm >= bound * (1.0 - 1e-12)
    return _described(weights, patterns, state, margin, norms, balanced=balanced)


def _described(
    weights: Weights,
    patterns: Patterns,
    found: Optimum,
    margin: float,
    norms: dict[str, float],
    *,
    balanced: bool | None = None,
    error: float | None = None,
) -> dict[str, Any]:
    """Return the fields of a solution; `error` of the margin, relative, where it is not that of the equations."""
    if balanced is None:
        balanced = found.th == 0.0
    off = misfit(weights, patterns, found)
    relative = off * load_for_margin(patterns, found) if error is None else off + error
    return {
        "convergence": _ending(off, relative),
        "margin": margin,
        "imbalance": weights.imbalance(found.theta, found.eta, found.th),
        "state": "balanced" if balanced or not weights.signed else "unbalanced",
        **weight_fields(weights, found.theta, found.eta),
        **norms,
    }


def _ending(off: float, relative: float) -> Convergence:
    """Return how it ended: equations off by `off`, the margin, which is small near capacity, by `relative`."""
    ending = outcome(off)
    if ending.converged and not relative <= _TOLERANCE:
        detail = f"not converged: near capacity the margin is only known to {relative:.2g} of itself; take a lower load"
        return Convergence(Status.UNRESOLVED, off, 1, error=relative, detail=detail)
    return Convergence(ending.status, off, 1, error=relative, detail=ending.detail)


def _norm(weights: Weights, state: Optimum, t: float) -> float:
    """Return |w| = r/t, in units of the threshold over that of an input."""
    return weights.scale(state.theta) / t if t > 0.0 else math.inf


def _both_norms(norm: float, size: int) -> dict[str, float]:
    return {"weight_norm": norm, "scaled_weight_norm": math.sqrt(size) * norm}


def _last_of(
    weights: Weights, last: tuple[Optimum, float] | None, size: int
) -> tuple[Optimum | None, dict[str, float]]:
    """Return weights at a size, and their norms."""
    return (None, {}) if last is None else (last[0], _both_norms(_norm(weights, *last), size))


def _norms_of_the_last(weights: Weights, last: Optimum | None, bound: float, to: str) -> dict[str, float]:
    """Return the norms of the weights at the capacity of large N, as they are just below it."""
    if last is None:
        return {}
    if last.th > 0.0:
        return {"weight_norm": 0.0, "scaled_weight_norm": weights.scale(last.theta) / last.th}
    return {"weight_norm": bound} if to == "output" else {}


def _beyond(
    convergence: Convergence, weights: Weights, last: Optimum | None, norms: dict[str, float]
) -> dict[str, Any]:
    """Return the fields where no weights have a margin: those of the last weights that store, and nan for margins."""
    fields = _nothing(convergence)
    if last is None:
        return fields
    imbalance = weights.imbalance(last.theta, last.eta, last.th)
    return fields | weight_fields(weights, last.theta, last.eta) | {"imbalance": imbalance} | norms


def _nothing(convergence: Convergence) -> dict[str, Any]:
    """Return the fields of a solution that is none."""
    numbers = ("margin", "scaled_margin", "input_margin", "output_margin", "weight_norm", "scaled_weight_norm")
    empty = {name: math.nan for name in (*numbers, "imbalance")}
    return {"convergence": convergence, "state": "none", **empty, **no_weights()}
