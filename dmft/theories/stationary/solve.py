"""`solve_stationary`: the stationary state of a network, by the first method that serves it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.budget import OutOfWorkError, limited
from dmft.errors import answering
from dmft.models.checks import integer, numbers, one_of
from dmft.numerics.convergence import Status
from dmft.numerics.fixed_point import Callback
from dmft.theories.method import Method, chosen_method
from dmft.theories.solution import OnFailure, checked_rtol, delivered
from dmft.theories.stationary.centred.methods import EnergyOrbit
from dmft.theories.stationary.methods import SEVERAL, methods_for
from dmft.theories.stationary.populations.method import Populations
from dmft.theories.stationary.question import RTOL, Question
from dmft.theories.stationary.solution import StationarySolution


@answering
def solve_stationary(
    network: Any,
    *,
    method: Method | None = None,
    lags: ArrayLike | None = None,
    rtol: float = RTOL,
    max_steps: int = 100,
    init: StationarySolution | None = None,
    on_failure: OnFailure = "raise",
    callback: Callback | None = None,
) -> StationarySolution:
    """Solve the stationary dynamical mean-field theory of a network.

    (1 - d^2/dlag^2) C^x = g^2 C^phi + C_I, with C^phi = <phi(x(t)) phi(x(t + lag))> over the Gaussian process x and C_I
    the covariance of the input [Sompolinsky, Crisanti & Sommers, PRL 61, 259 (1988); with noise Schuecker, Goedeke &
    Helias, PRX 8, 041029 (2018); with sinusoids of random phase conditioned on the phase]. Where couplings have a mean,
    or a constant input is given, for the covariance of x around its mean m = bias - sqrt(K) J0 <phi> [Engelken et al.,
    PLoS Comput. Biol. 18, e1010590 (2022)]. With partial symmetry or plasticity x hears its own past, and is sampled
    [Marti, Brunel & Ostojic, PRE 97, 062314 (2018); Clark & Abbott, PRX 14, 021001 (2024)]. Of several populations
        (1 - tau_a^2 d^2/dlag^2) c_a = sum_b K_ab C^phi_b + s_a + C_I,a,   m_a = bias_a + sum_b A_ab <phi_b>,
    K_ab = g_ab^2 f_b, A_ab = M_ab f_b, c_a the covariance over units and time, s_a the variance of thresholds
    [Aljadeff, Stern & Sharpee, PRL 114, 088101 (2015); Kadmon & Sompolinsky, PRX 5, 041030 (2015)].

    Parameters
    ----------
    network : `dmft.Network`, or a short name of one.
    method : None for the first of these that does not refuse: of one unnamed population `dmft.AtRest()`,
        `dmft.EnergyOrbit()`, `dmft.LagEquation(window, iteration)`, `dmft.Balanced(branch, window, gaussian_phases)`,
        `dmft.Sampled(paths, seed, accuracy)` (units stated by equations too);
        of named populations, and of one with a tau, a spread of thresholds or a positive
        mean of its couplings, `dmft.Populations(window)`.
    lags : one-sided lags of the arrays, increasing from 0, in units of tau (of time, where a tau is given); by default
        from 0 to where C^x has decayed. The solution can be evaluated at any lag whatever these are.
    rtol : largest residual of the undamped map, by finer nodes than the solver's and relative to the variance, that
        counts as converged; at least 1e-14, Of what is sampled, the largest relative error of C(0) that is
        accepted, if another one than the default is given.
    max_steps : largest number of steps.
    init : solution of a neighbouring network, whatever its drive: where Newton's method starts, and of several states
        the one of nearest variance is taken; in a balanced network its state is followed to this one; of sampled units
        where the iteration begins.
    on_failure : "raise", "warn" or "ignore".
    callback : called as callback(step, residual).

    Raises
    ------
    NotConvergedError : if there is no solution (activity grows without bound) or the solver fails; `.solution` is the
        best iterate.
    ValueError : for a drive that is not stationary (common to all neurons), lags that do not increase from 0, or a
        network that every method refuses, with all reasons.

    Notes
    -----
    Of several states the stable one of least variance is returned: the origin, a fixed point or a moving state. A weak
    drive does not change that choice. (In a balanced network see `dmft.theories.stationary.balanced.solve`.)
    Where no state of one population is found, as with kinked phi that is even, the one that its activity relaxes to is
    taken, as of several populations. `dmft.branches` gives them all, `solution.others` tells of those met on the way.
    Sampled units begin at high activity; where shared perturbations of the means leave what they come to, they begin
    again with means beside it (`tests/limits/test_stated_units_states.py`). Of several populations activity begins at
    zero and follows its relaxation; if a network does not stay where that ends, covariances that decay are
    relaxed from high activity (see `dmft.theories.stationary.populations.solve`). Whether a network stays in a moving
    state of theirs (`stable`) is counted on few nodes; of more than about four it is None: `dmft.stability` tells.
    The error of the averages, of the mesh and of the iteration together is `solution.convergence.error`.
    Accuracy: C^x(0) to 1e-11 and C^x(lag) to 1e-8 of C^x(0) for tanh, 1.05 <= g <= 10
    (`tests/reference/test_stationary_reference.py`); driven by comparison of the two routes
    (`tests/regression/test_stationary_routes.py`); balanced `tests/reference/test_balanced_grid_reference.py`.
    Several populations as one (`tests/limits/test_populations_limits.py`, `tests/invariants/
    test_populations_invariants.py`).
    With symmetry C^x(0) to 0.1 % by 1024 paths, and what follows from the response to 1 %, as the errors say
    (`tests/statistical/test_sampled_errors.py`, `tests/statistical/test_symmetric_dimension.py`).
    Cost: about 10 ms (tanh, erf, ReLU); 0.1-0.5 s for a nonlinearity without closed form, 1 s for a sinusoid; with
    symmetry 2-4 s, 10 s close to the transition. A search ends, MAX_STEPS, at work of about 14 s (`dmft.budget`).
    """
    if init is not None and not isinstance(init, StationarySolution):
        raise TypeError(f"init must be a StationarySolution or None, got {init!r}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of step and residual, got {callback!r}")
    one_of("on_failure", on_failure, ("raise", "warn", "ignore"))
    question = Question(
        network,
        _checked_lags(lags),
        checked_rtol(rtol),
        integer("max_steps", max_steps, least=1),
        init,
        callback,
    )
    _check_drive(question)
    chosen = chosen_method(methods_for(question), question, method, SEVERAL)
    try:
        with limited():
            solution: StationarySolution = chosen.solve(question)
            if method is None and isinstance(chosen, EnergyOrbit) and _missing(solution):
                solution = _relaxed(question) or solution
    except OutOfWorkError as error:
        detail = (
            f"stopped: {error}; start from a neighbouring point (init=), give a larger rtol, or use a less steep "
            "nonlinearity or a weaker drive"
        )
        solution = _failed(chosen, question, Status.MAX_STEPS, detail)
    except FloatingPointError as error:
        solution = _failed(chosen, question, Status.NON_FINITE, f"stopped: {error}")
    return delivered(solution, on_failure)


def _check_drive(question: Question) -> None:
    """Refuse what no method of one population knows, with the verb that does."""
    if question.outside is not None:
        return
    if question.network.common:
        raise ValueError(
            "a drive common to all neurons makes the state periodic, not stationary: use dmft.solve_periodic or "
            'dmft.solve_nonstationary, or a Sinusoid of phases="random"'
        )
    if len(question.network.waves) > 1:
        raise ValueError("the stationary theory conditions on one random phase: give one Sinusoid of random phases")


def _failed(method: Any, question: Question, status: Status, detail: str) -> StationarySolution:
    """Return a solution that holds nothing but the reason, of the shape that the method would have given."""
    own = getattr(method, "failed", None)
    solution: StationarySolution = (
        question.problem().failed(status, detail) if own is None else own(question, status, detail)
    )
    return solution


def _missing(solution: StationarySolution) -> bool:
    """Whether the search came to nothing, without a reason why there should be no state."""
    return solution.convergence.status is Status.STALLED and not math.isfinite(solution.variance)


def _relaxed(question: Question) -> StationarySolution | None:
    """Return the state that activity relaxes to; None if there is none. Slower than what looked for it before."""
    method = Populations()
    if method.refuses(question) is not None:
        return None
    solution: StationarySolution = method.solve(question)
    found = solution.convergence
    return solution if found.converged and found.residual <= question.rtol else None


def _checked_lags(lags: ArrayLike | None) -> FloatArray | None:
    if lags is None:
        return None
    grid = numbers("lags", lags)
    if grid.ndim != 1 or len(grid) < 2 or grid[0] != 0 or not np.all(np.diff(grid) > 0) or not np.isfinite(grid[-1]):
        raise ValueError("lags must be a one-dimensional array that increases from 0 and has at least two entries")
    return grid
