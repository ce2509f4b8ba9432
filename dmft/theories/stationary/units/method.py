"""`LinearUnits`: the stationary method of populations of filters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.convergence import Status
from dmft.theories.stationary.populations.solve import UNBOUNDED
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.units.amplitude import mode_of
from dmft.theories.stationary.units.begin import bump, heard_alone, like, unbounded
from dmft.theories.stationary.units.floquet import follows
from dmft.theories.stationary.units.offset import solve_about_means
from dmft.theories.stationary.units.outcome import failed, moving_solution, quiescent_solution
from dmft.theories.stationary.units.phased import is_centred, tables_of
from dmft.theories.stationary.units.settle import Start, settle
from dmft.theories.stationary.units.table import Tables
from dmft.theories.stationary.windowed import Windowed
from dmft.theories.units import units_of

_AT_ONSET = 1e-12


@dataclass(frozen=True)
class LinearUnits(Windowed):
    """Populations of linear units, x = H * (couplings and input): Gaussian, so exact.

    C_a = |H_a|^2 (sum_b K_ab <phi phi>_b + s_a + C_I), on a uniform grid of lags: Newton's method from one mode of
    slowly varying amplitude, or after plain sweeps, with GMRES and fast cosine transforms, on grids that grow until one
    of half the step and twice the window agrees. With m_a = H_a(0) (h_a + sum_b A_ab <phi_b>) where inputs, mean
    couplings or a nonlinearity move it: fixed points first, `stable` by the modes that all units share, UNSTABLE where
    one grows.

    Source: Sompolinsky, Crisanti & Sommers, PRL 61, 259 (1988), with H for the leak; Muscinelli, Gerstner & Schwalger,
    PLoS Comput. Biol. 15, e1007122 (2019) for adaptation.
    Accuracy: 1e-8 of independent numbers (`tests/reference/test_linear_units_reference.py`), 1e-10 of the methods for
    leaky units (`tests/limits/test_linear_units_limits.py`).
    Next to an onset `tests/limits/test_units_near_onset.py`. About means 1e-9 of `Populations` for leaky units
    (`tests/limits/test_filters_about_means.py`), and networks
    (`tests/statistical/test_filters_about_means_networks.py`).
    Cost: 0.03-0.1 s, about means 0.2-1 s; 0.4 s at 1 % above the onset of narrow resonances, where the window is 1e5
    units of time.

    Parameters are those of every method on a half line of lags, its length to begin with.
    """

    def refuses(self, question: Question) -> str | None:
        """Return why not: what is no filter, or what moves the mean of x."""
        try:
            units = units_of(question.statement)
            blocks = units.blocks
            if blocks.moved:
                return "a drive common to all neurons makes the state periodic, not stationary; leave it out"
            _ = units.own_noise
            if units.wave is not None and not follows(units):
                return (
                    "under filters a sinusoid of random phases must be faster than a 16th of what the units answer to, "
                    f"got one of a period of {units.turn:.4g}: its harmonics do not tell whether a state is stable"
                )
        except ValueError as error:
            return str(error)
        if units.wave is not None and not is_centred(units):
            return (
                "under sinusoids of random phases filters are solved about a mean of zero: leave out means of the "
                "couplings, bias, constant drives and threshold_variance, and take odd nonlinearities"
            )
        return None

    def solve(self, question: Question) -> StationarySolution:
        """Return the state."""
        units = units_of(question.statement)
        if not is_centred(units):
            return solve_about_means(units, question, self.window)
        tables, driven = tables_of(units), units.blocks.noisy or units.blocks.phased
        growth, omega = units.fastest_growth(units.K * units.slopes**2, 0.0)
        if not driven and growth <= 1.0 + _AT_ONSET:
            return quiescent_solution(units, question, growth)
        if unbounded(units):
            return failed(units, question, Status.NO_SOLUTION, UNBOUNDED)
        init = question.init
        known = init is not None and np.all(np.isfinite(init.variance))
        near = bool(known and init is not None and float(np.max(init.variance)) > 0.0)
        mode = mode_of(units, Tables(units.blocks.nonlinearities), omega) if growth > 1.0 else None
        if mode is not None and driven and not np.max(mode.sizes) > np.max(heard_alone(units)):
            mode = None
        found: list[Start] = [*([like(question)] if near else []), *([mode] if mode else []), bump(units, omega)]
        starts = [(start, np.zeros(len(units))) for start in found]
        state = settle(
            units,
            tables,
            starts,
            question.rtol,
            question.max_steps,
            window=self.window,
            rate=None if mode is None else mode.rate,
            callback=question.callback,
        )
        if not (driven or _moves(state.point.c)):
            detail = "no moving state was found, though rest is unstable; start from a neighbouring point (init=)"
            return failed(units, question, Status.STALLED, detail)
        return moving_solution(units, tables, state, question)

    def failed(self, question: Question, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        return failed(units_of(question.statement), question, status, detail)


def _moves(c: FloatArray) -> bool:
    """Whether variances are positive, and no covariance is larger than they are."""
    c0 = c[:, 0]
    return bool(np.all(np.isfinite(c)) and np.max(c0) > 0.0 and np.all(np.max(np.abs(c), axis=1) <= c0 * (1.0 + 1e-9)))
