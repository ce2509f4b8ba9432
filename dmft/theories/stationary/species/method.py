"""`UniqueFixedPoint`: the stationary method of Lotka-Volterra equations whose abundances settle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.models.spelt import Spelt
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.stationary.nothing import nothing
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.species.cavity import Cavity
from dmft.theories.stationary.species.process import SpeciesProcess
from dmft.theories.stationary.species.settle import with_immigration, without_immigration
from dmft.theories.stationary.species.statement import Species, species_of

_NOWHERE = SpeciesProcess(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
_LAGS = (0.0, 1.0)


@dataclass(frozen=True)
class UniqueFixedPoint(Spelt):
    """Lotka-Volterra equations of many species, where all initial states lead to one fixed point: in closed form.

    x (w - v x) + immigration = 0 with w normal over species; mean and square of x and its response to w close three
    equations (`dmft.theories.stationary.species.cavity`), exact for many species. It is stable as long as sigma^2
    <(dx/dw)^2> < 1, without immigration for sigma < sqrt(2)/(1 + gamma), and bounded for mu above a line mu_div.
    Beyond sigma_c the abundances of a network keep moving, or stay in one of many fixed points: UNSTABLE, and what is
    returned is the unstable one. Below mu_div they grow without bound: NO_SOLUTION.

    The solution's `mean_x` is the mean abundance m, `corr_x` its square q at any lag, `survival` the fraction phi of
    species that live, `response` chi = d<x>/dw; `dmft.rate_distribution` has the distribution of abundances.

    Source: Bunin, PRE 95, 042414 (2017); Galla, EPL 123, 48004 (2018); with immigration one more quadrature.
    Accuracy: 1e-13 of numbers by another code (`tests/reference/test_lotka_volterra_reference.py`), networks
    (`tests/statistical/test_lotka_volterra_networks.py`). Cost: 1 ms.
    """

    def refuses(self, question: Question) -> str | None:
        """Return why not: units that are no species, or what else they hear."""
        try:
            species_of(question.statement)
        except ValueError as error:
            return str(error)
        return None

    def failed(self, question: Question, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        return nothing(question.statement, status, detail, lags=_lags(question), process=_NOWHERE)

    def solve(self, question: Question) -> StationarySolution:
        """Return the fixed point."""
        species = species_of(question.statement)
        history: list[float] = []

        def record(step: int, left: float) -> None:
            history.append(left)
            if question.callback is not None:
                question.callback(step, left)

        alone = without_immigration(species)
        if alone is None:
            detail = f"sigma = {species.sigma:g} is beyond all stable states: {_unstable(species, math.inf)}"
            return self.failed(question, Status.NO_SOLUTION, detail)
        if not alone.inverse_deviation > 0.0:
            return self.failed(question, Status.NO_SOLUTION, _unbounded(species, alone))
        if species.immigration > 0.0:
            found = with_immigration(species, alone, record, question.max_steps)
        else:
            found = alone
            record(1, float(np.max(np.abs(alone.misfit))))
        return _solution(question, species, found, alone.divergent_mu, tuple(history))


def _solution(
    question: Question, species: Species, found: Cavity, divergent_mu: float, history: tuple[float, ...]
) -> StationarySolution:
    lags, growth = _lags(question), found.growth
    flat = np.full(len(lags), found.square)
    variance = max(found.square - found.mean**2, 0.0)
    return StationarySolution(
        network=species.statement,
        convergence=_ended(question, species, found, history),
        settings={"rtol": question.rtol},
        lags=lags,
        corr_x=flat,
        corr_phi=flat.copy(),
        corr_slope=np.ones(len(lags)),
        mean_x=found.mean,
        mean_phi=found.mean,
        mean_slope=1.0,
        mean_square_slope=1.0,
        variance=variance,
        static_variance=variance,
        survival=found.survival,
        response=found.response,
        decay_rate=math.inf,
        state="fixed point",
        stable=growth < 1.0,
        process=SpeciesProcess(
            found.d * found.deviation, found.deviation, found.v, species.immigration, growth, divergent_mu
        ),
    )


def _ended(question: Question, species: Species, found: Cavity, history: tuple[float, ...]) -> Convergence:
    error, left = found.error, history[-1]
    steps: dict[str, Any] = {"steps": len(history), "history": history, "error": error}
    if not left <= 1e-8 and math.isfinite(left):
        return Convergence(Status.MAX_STEPS, left, **(steps | {"error": math.inf}))
    if not (math.isfinite(error) and math.isfinite(left)):
        return Convergence(Status.NON_FINITE, math.inf, len(history), history)
    if not found.growth < 1.0:
        return Convergence(Status.UNSTABLE, left, **steps, detail=_unstable(species, found.growth))
    if not error <= question.rtol:
        detail = (
            "the equations lose digits here, next to the divergence of abundances or where hardly a species grows: "
            f"the error {error:.1e} is above rtol = {question.rtol:g}; give a larger rtol"
        )
        return Convergence(Status.UNRESOLVED, max(left, error), **steps, detail=detail)
    return Convergence(Status.CONVERGED, left, **steps)


def _unstable(species: Species, growth: float) -> str:
    line = f"sigma = {species.sigma:g} is above the line sigma_c = sqrt(2)/(1 + gamma) = {species.critical_sigma:.6g}"
    if species.immigration > 0.0:
        line = f"sigma^2 <(dx/dw)^2> = {growth:.6g} is not below 1"
    return (
        f"the fixed point is unstable, {line}: abundances keep moving, or a network has many fixed points; sampled "
        "paths solve what moves, where they know the couplings (method=dmft.Sampled(), with immigration), "
        "validation.simulate shows it"
    )


def _unbounded(species: Species, alone: Cavity) -> str:
    if alone.growth >= 1.0:
        return (
            f"there is no fixed point: sigma = {species.sigma:g} is above the line sigma_c = sqrt(2)/(1 + gamma) = "
            f"{species.critical_sigma:.6g}, and at mu = {species.mu:g} the fixed point that is lost there would be "
            "without bound; abundances keep moving, or grow without bound, which validation.simulate shows"
        )
    return (
        f"there is no bounded solution: mu = {species.mu:g} is below the line mu_div = {alone.divergent_mu:.6g} at "
        f"sigma = {species.sigma:g}, symmetry = {species.gamma:g}, where abundances diverge; give a larger mu (a mean "
        "of the couplings that is more negative)"
    )


def _lags(question: Question) -> Any:
    return np.array(_LAGS) if question.lags is None else question.lags.copy()
