"""solve_nonstationary: mean and covariance in two times, by the first method that serves the network."""

from __future__ import annotations

from typing import Any

from dmft.errors import answering
from dmft.models.by_weight import by_weight
from dmft.models.checks import one_of, positive
from dmft.theories.method import Method, chosen_method
from dmft.theories.nonstationary.choice import methods_for
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.solution import OnFailure, delivered

DEFAULT_RTOL = 0.1


@answering
def solve_nonstationary(
    network: Any,
    duration: float,
    *,
    method: Method | None = None,
    init: tuple[float, float] | NonstationarySolution | None = None,
    rtol: float = DEFAULT_RTOL,
    on_failure: OnFailure = "raise",
    progress: bool = False,
) -> NonstationarySolution:
    """Solve the dynamical mean-field theory in two times, from t = 0 on.

    tau_a m_a' = -m_a + h_a + sum_b A_ab <phi_b> + I_a(t),
    (1 + tau_a d_t)(1 + tau_a d_s) c_a(t, s) = sum_b K_ab <phi_b(x(t)) phi_b(x(s))> + s_a + C_a(t - s),
    x of population a Gaussian of mean m_a and covariance c_a; A_ab = M_ab f_b, with the scale of `Mean`, K_ab = g_ab^2
    f_b, s the variance of the thresholds, C the covariance of a private Gaussian input [Engelken, Ingrosso, Khajeh,
    Goedeke & Abbott, PLoS Comput. Biol. 18, e1010590 (2022), there of one population]. A sinusoid of random phase is
    private but not Gaussian: x is conditioned on the phase. With partial symmetry x hears its own past, is not
    Gaussian, and is sampled (`dmft.theories.nonstationary.sampling`). Units stated by their own equations are sampled
    too (`dmft.theories.nonstationary.unit_march`).

    Parameters
    ----------
    network : `dmft.Network` of one or several populations, or a short name of one, with any nonlinearities, time
        constants and drives, each common to a population or private to its units.
    duration : time to solve for, in the unit of the time constants; rounded up to whole steps.
    method : None for the first of these that does not refuse: `dmft.TwoTimeMarch(dt, window)`,
        `dmft.SampledPaths(dt, paths, runs, seed)`; with low-rank couplings `dmft.LowRankMarch(dt, khat)`; in discrete
        time `dmft.StepByStep(overlap, shared_noise, window)`; of units stated by equations `dmft.UnitPaths(dt, paths,
        runs, seed)`.
    init : (mean, variance) of x(0), Gaussian and independent of the couplings, each a number or one for each
        population; by default (0, 1), of one population whose mean moves and is held back (a balanced network) its
        static state, of Lotka-Volterra species |x(0)| of the size 1/(1 + mu). Of several variables of a unit the first
        begins so, the others at 0. Or a solution by `TwoTimeMarch` of the same network, to go on from its end:
        `duration` is then the time to go on for, step and window are those it has, and what is returned begins at t = 0
        again.
    rtol : largest error of the variance of a march, relative to it, that counts as converged; `convergence.error` has
        the error.
    on_failure : "raise", "warn" or "ignore".
    progress : show a progress bar.

    Raises
    ------
    NotConvergedError : GRID_TOO_SHORT, if the covariance at the edge of the window still depends on the lag other than
        with the period of the drive; NON_FINITE, if the activity diverges, or phi is not finite; UNRESOLVED, if the
        error is larger than `rtol`.
    ValueError, TypeError : for arguments out of range; for a window with a drive that is neither periodic nor constant;
        for a network that every method refuses, with all reasons.
    TooCostlyError : for what does not fit into memory, or would take more than a week.

    Notes
    -----
    Accuracy: second order in dt (`tests/invariants/test_nonstationary_order.py`); at dt = 0.1 the variance is within
    0.3 % of dt -> 0 (`tests/regression/test_nonstationary_period.py`). `convergence.error` bounds the error of mean and
    variance at all times (`tests/limits/test_nonstationary_error.py`), of each population relative to its own variance
    (`tests/limits/test_population_march.py`). Cost: of P populations .4 ms a step and P^2 20 ns a pair of times beside
    the averages of each. Sampled: first order in dt, as the errors say
    (`tests/statistical/test_sampled_errors.py`), against finite networks with the same step and against the Gaussian
    theory in `tests/statistical/test_nonstationary_symmetric.py`.
    """
    one_of("on_failure", on_failure, ("raise", "warn", "ignore"))
    question = Question(by_weight(network), positive("duration", duration), init, positive("rtol", rtol), progress)
    solution: NonstationarySolution = chosen_method(methods_for(question), question, method).solve(question)
    return delivered(solution, on_failure)
