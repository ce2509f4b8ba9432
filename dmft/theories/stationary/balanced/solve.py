"""solve_balanced: the state that a balanced network goes to."""

from __future__ import annotations

import warnings

import numpy as np

from dmft.errors import AccuracyWarning, warn
from dmft.numerics.convergence import Status
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.balanced.branches import follow, is_moving, on_circle
from dmft.theories.stationary.balanced.energy import Orbit
from dmft.theories.stationary.balanced.failures import missing, not_found
from dmft.theories.stationary.balanced.mean_averages import MeanAverages, site_of
from dmft.theories.stationary.balanced.newton import Equations
from dmft.theories.stationary.balanced.outcome import at_rest, failed, solution_of
from dmft.theories.stationary.balanced.process import BalancedProcess
from dmft.theories.stationary.balanced.search import Search, exponent, is_still
from dmft.theories.stationary.balanced.settle import ROUNDING
from dmft.theories.stationary.balanced.state import State
from dmft.theories.stationary.balanced.static import static_states
from dmft.theories.stationary.balanced.undriven import rule, undriven_states
from dmft.theories.stationary.goal import Goal
from dmft.theories.stationary.solution import StationarySolution

_MERGED = 1e-3  # exponent of an unstable locked state below which the moving state is not looked for
BRANCHES = (None, "locked", "chaotic")


def solve_balanced(
    network: Reduction,
    *,
    branch: str | None = None,
    window: float | None = None,
    gaussian_phases: bool = False,
    rtol: float = 1e-9,
    max_steps: int = 60,
    init: StationarySolution | None = None,
) -> StationarySolution:
    """Return the stationary state of a network whose mean is set by its own rate.

    (1 - d^2/dlag^2) c = g^2 <phi phi> + K_I,   m = bias - inhibition <phi>,
    for x of mean m and covariance c. Under a sinusoid of random phase x is conditioned on the phase: it is Gaussian
    around m + A sin(theta + w t), A = I1/sqrt(1 + w^2), and the averages run over theta as well [Engelken et al., PLoS
    Comput. Biol. 18, e1010590 (2022)]. Undriven states are found by their energy; driven ones by Newton's method for c
    on the nodes and m together, along a line from the undriven state to the drive.

    Without `init` the state is this one. Without a drive: the stable static state, of several the one of largest
    variance; if there is none, the moving one. Under private noise: what that state becomes as the noise grows from 0.
    Under a sinusoid: the locked state if it is stable, else the moving one. A drive of no strength is none.

    Parameters
    ----------
    network : without a drive, with a private one, or with a sinusoid of random phases.
    branch, window, gaussian_phases : as of `dmft.Balanced`.
    rtol : largest residual, relative to the variance, that counts as converged, on a mesh of other nodes than the
        solver's; between 1e-12 and 0.01.
    max_steps : largest number of Newton steps of a solve.
    init : solution of a neighbouring network, whose state is followed to this one, whatever the drives; a state that
        ends on the way, or becomes unstable, is replaced by the one said above.

    Raises
    ------
    ValueError : for a tolerance out of its range.
    TooCostlyError : for a window or an amplitude that would take too much time or memory.

    Warns
    -----
    AccuracyWarning : within 0.1 % of the critical amplitude, where the memory of the chaotic state diverges: the locked
        state is returned.

    Notes
    -----
    Accuracy: `tests/reference/test_balanced_grid_reference.py` (undriven: by the energy, to 1e-9; driven: by marches).
    Sinusoids of more than 10 cycles per tau are averaged over: wrong by order w^-4.
    Cost: 10-100 ms (ReLU, erf); 0.1-1 s for a nonlinearity without closed form, or a slow sinusoid.
    """
    if not ROUNDING <= rtol <= 1e-2:
        raise ValueError(f"rtol must be between {ROUNDING:g} (what 8-byte numbers can hold) and 0.01, got {rtol:g}")
    search = Search(Goal(rtol, max_steps), window)
    site = site_of(network, gaussian_phases)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AccuracyWarning)  # the averages are measured here, not guessed from a series
        with np.errstate(all="ignore"):
            try:
                solution, note = _solved(network, site, branch, search, init)
            except FloatingPointError as error:
                solution, note = failed(network, Status.NON_FINITE, f"stopped: {error}"), ""
    if note:
        warn(note, AccuracyWarning)
    return solution


def _solved(
    network: Reduction,
    site: MeanAverages,
    branch: str | None,
    search: Search,
    init: StationarySolution | None,
) -> tuple[StationarySolution, str]:
    """Return the solution, and what to warn of."""
    if init is not None:
        followed = _followed(network, site, branch, search, init)
        if followed is not None:
            return followed, ""
    if not site.driven:
        return _undriven(network, site, branch, search), ""
    if site.noisy:
        return _noisy(network, site, search), ""
    return _periodic(network, site, branch, search)


def _undriven(network: Reduction, site: MeanAverages, branch: str | None, search: Search) -> StationarySolution:
    found = undriven_states(site, everywhere=branch == "chaotic")
    chosen = rule(found)
    if branch == "locked":
        chosen = found.statics.stable or next((s for s in found.statics.states if s.c0 > 0), None)
        if chosen is None:
            return failed(network, Status.NO_SOLUTION, "there is no static state: activity grows without bound")
    elif branch == "chaotic":
        chosen = next((o for o in found.orbits if o.stable), None)
        if chosen is None:
            return _no_moving(network, site, search)
    if chosen is None and not found.reason:
        return not_found(network)
    if chosen is None:
        return failed(network, Status.NO_SOLUTION, found.reason)
    looked = found.statics.stable is None or branch == "chaotic"
    others = found.count - 1 if looked and found.statics.complete else None
    if isinstance(chosen, Orbit):
        return solution_of(network, search.moving(site, chosen), "chaotic", search.rtol, stable=True, others=others)
    if chosen.c0 == 0.0:
        return at_rest(network, site, chosen, others)
    state = search.static(site, chosen)
    return solution_of(network, state, "locked", search.rtol, stable=chosen.stable, others=others)


def _no_moving(network: Reduction, site: MeanAverages, search: Search) -> StationarySolution:
    """Return the locked state under the status that there is no other."""
    detail = "there is no chaotic state: what moves is only what the drive moves"
    if site.driven:
        state, _ = search.locked(site)
    else:
        stable = static_states(site).stable
        if stable is not None and stable.c0 == 0.0:
            return failed(network, Status.NO_SOLUTION, detail)
        state = None if stable is None else search.static(site, stable)
    if state is None:
        return failed(network, Status.NO_SOLUTION, detail)
    return solution_of(network, state, "locked", search.rtol, status=Status.NO_SOLUTION, detail=detail)


def _noisy(network: Reduction, site: MeanAverages, search: Search) -> StationarySolution:
    found = undriven_states(site)
    state = search.noisy(site, found)
    if state is None:
        return missing(network, site, found.reason)
    others = 0 if found.count == 1 and found.statics.complete else None
    return solution_of(network, state, "noisy", search.rtol, others=others)


def _periodic(
    network: Reduction, site: MeanAverages, branch: str | None, search: Search
) -> tuple[StationarySolution, str]:
    rest = next((s for s in static_states(site).states if s.c0 == 0.0 and s.stable), None)
    if rest is not None and branch != "chaotic":
        return at_rest(network, site, rest), ""
    locked, value = search.locked(site)
    if branch == "locked" or (branch is None and value <= 0):
        if locked is None:
            return missing(network, site, undriven_states(site).reason), ""
        return solution_of(network, locked, "locked", search.rtol, stable=value <= 0), ""
    if branch is None and locked is not None and value < _MERGED:
        note = (
            "the chaotic state has all but merged with the locked one, which is returned: its exponent is within "
            f"{value:.1e} of the chaotic one"
        )
        return solution_of(network, locked, "locked", search.rtol, stable=False), note
    state = search.chaotic(site, value)
    if state is not None:
        return solution_of(network, state, "chaotic", search.rtol, stable=True), ""
    if branch == "chaotic" and value <= 0:
        return _no_moving(network, site, search), ""
    return missing(network, site, undriven_states(site).reason), ""


def _followed(
    network: Reduction,
    site: MeanAverages,
    branch: str | None,
    search: Search,
    init: StationarySolution,
) -> StationarySolution | None:
    """Follow the state of `init` to this network; None if it ends or is not of the kind that is meant."""
    if not isinstance(init.process, BalancedProcess):
        return None
    if not (init.variance > 0 and np.all(np.isfinite(init.process.conditional)) and init.process.conditional[0] > 0):
        return None
    here = site_of(init.reduction, site.gaussian)
    if here.nonlinearity != site.nonlinearity or not init.convergence.converged:
        here = site  # a start, but no end of a line
    equations = Equations(here, init.process.mesh)
    try:
        near = State(here, init.process.mesh, equations.at(init.process.conditional, init.mean_x), 0.0, 0.0, 0.0, ())
    except FloatingPointError:
        return None
    circle = init.process.branch == "locked" and not site.noisy
    if (branch == "chaotic" and circle) or (branch == "locked" and not circle):
        return None
    accept = None if circle or init.process.branch != "chaotic" or site.noisy else is_moving
    state, part = follow(near, site, search.goal, circle=circle, window=search.window, accept=accept)
    if state is None or part < 1.0:
        return None
    if site.noisy:
        return solution_of(network, state, "noisy", search.rtol) if state.mismatch < 1e-3 else None
    if not circle and is_still(state):
        state = on_circle(site, state, state.m, search.goal)
        circle = True
    value = exponent(state)
    if not circle:
        return solution_of(network, state, "chaotic", search.rtol, stable=True) if is_moving(state) else None
    if branch is None and value > 0:
        return None
    return solution_of(network, state, "locked", search.rtol, stable=value <= 0)
