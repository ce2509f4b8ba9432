"""What asks for too much is refused with figures and a remedy, before anything is allocated."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

import dmft
import validation
from dmft.cost import TooCostlyError, check_cost, memory_limit

NET = dmft.RandomNetwork(1.5)
HUGE = np.broadcast_to(np.array(0.0), (10**9,))  # a billion values that take no memory


def simulated(**changes):
    return validation.simulate(NET, changes.pop("sizes", 50), seed=1, **changes)


CASES = {
    "duration": (lambda: simulated(duration=1e12), "a run of 1e\\+12 tau would take about 3.* years"),
    "longest duration": (lambda: simulated(duration=1e149), "years; at most 7 days is tried"),
    "burn-in": (lambda: simulated(burn_in=1e15), "years"),
    "step": (lambda: simulated(dt=1e-12), "a longer dt"),
    "realizations": (lambda: simulated(n_realizations=10**9), "1e\\+09 runs of N = 50 .*fewer realizations"),
    "more realizations than floats": (lambda: simulated(n_realizations=10**400), "fewer realizations"),
    "many and large": (lambda: simulated(sizes=2000, n_realizations=10**7, duration=1e3), "days is tried"),
    "size": (lambda: simulated(sizes=10**7), "N = 10000000 needs 400,"),
    "size beyond floats": (lambda: simulated(sizes=10**30), "must fit in memory"),
    "revealed": (lambda: simulated(sizes=10**12, storage="revealed"), "must fit in memory"),
    "states": (lambda: simulated(initial_states=10**9), "must fit in memory"),
    "exponents": (lambda: simulated(measure=validation.Lyapunov(k=10**9)), "'lyapunov' would take about 640 GB"),
    "exponents beyond floats": (lambda: simulated(measure=validation.Lyapunov(k=10**400)), "fewer exponents"),
    "lags of networks": (
        lambda: simulated(measure=validation.Correlations(max_lag=1e12), duration=1e7, sizes=10**4),
        "must fit in memory",
    ),
    "grid": (lambda: dmft.phase_diagram(NET, {"g": HUGE}, "variance"), "a grid of 1e\\+09 values of g"),
    "line": (
        lambda: dmft.critical_line(NET, {"g": HUGE}, {"symmetry": (0.0, 0.5)}, observable="variance"),
        "a grid of 1e\\+09 values of g",
    ),
    "map": (
        lambda: dmft.phase_diagram(
            NET.replace(drive=dmft.OrnsteinUhlenbeck(1.0, 1.0)),
            {name: np.linspace(0.1, 0.9, 1000) for name in ("g", "drive.variance", "drive.correlation_time")},
            "variance",
        ),
        "a sweep of 1e\\+09 points",
    ),
    "workers": (
        lambda: dmft.phase_diagram(NET, {"g": [1.0, 2.0]}, "variance", executor=10**12),
        "a pool of 1e\\+12 worker processes",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_too_much_is_refused_before_it_is_begun(name):
    ask, words = CASES[name]
    tracemalloc.start()
    try:
        with pytest.raises(TooCostlyError, match=words):
            ask()
        assert tracemalloc.get_traced_memory()[1] < 2e8
    finally:
        tracemalloc.stop()


def test_a_long_lag_of_two_times():
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    with pytest.raises(TooCostlyError, match=r"covariances at 1e\+09 lags"):
        dmft.solve_two_site(solution, lags=HUGE)
    two_site = dmft.solve_two_site(solution)
    with pytest.raises(TooCostlyError, match="exchange lag1 and lag2"):
        two_site.psi([1e15], [0.0])
    with pytest.raises(TooCostlyError, match="100,000 x 10,000,000 lags"):
        two_site.psi(np.zeros(10**5), np.zeros(10**7))


def test_figures_limits_and_remedy():
    check_cost("this", seconds=1e5, memory=1e3, remedy="take less")
    with pytest.raises(
        TooCostlyError, match=r"^this would take about 12\.7 years; at most 7 days is tried; take less$"
    ):
        check_cost("this", seconds=4e8, remedy="take less")
    with pytest.raises(
        TooCostlyError, match=r"^this would take about 1e\+09 GB of memory; there are .* GB; take less$"
    ):
        check_cost("this", memory=1e18, remedy="take less")
    for amount in (math.nan, math.inf, 10**400):
        for kind in ("seconds", "memory"):
            with pytest.raises(TooCostlyError):
                check_cost("this", **{kind: amount}, remedy="take less")
    assert issubclass(TooCostlyError, ValueError)


def test_a_containers_limit_counts(monkeypatch):
    monkeypatch.setattr("dmft.cost._container_limits", lambda: [1e9])
    assert memory_limit() == 0.8e9
    with pytest.raises(TooCostlyError, match=r"there are 0\.8 GB"):
        check_cost("this", memory=1e9, remedy="take less")


def test_what_is_usual_is_not_refused():
    """A thousand networks of 8000 neurons for 1000 tau are two days of a core by this estimate, and go."""
    from validation.plan import planned

    plan = planned(NET, 1000.0, None, None, "float32", ("correlation", "lyapunov"), 1, None, "dense", "numpy")
    assert 10.0 < plan.seconds(8000) < 60.0
    assert 1000 * plan.seconds(8000) < 7 * 86400
