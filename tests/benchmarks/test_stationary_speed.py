"""The stationary solver against the plain way: ratios of CPU times in one process."""

import time

import pytest
from plain_stationary import PlainStationary

import dmft
from dmft.numerics.gaussian import averages

pytestmark = pytest.mark.benchmark


def cpu(function, repeat):
    """CPU seconds of one call, the best of `repeat`."""
    best = float("inf")
    for _ in range(repeat):
        begin = time.process_time()
        function()
        best = min(best, time.process_time() - begin)
    return best


def test_solve_stationary_against_the_plain_way(record_speed):
    plain = PlainStationary(2.0)
    solution = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    # The baseline is right: its average agrees with ours, at a few lags. Its passes are counted with our average.
    cs = [float(solution.corr_x_at(lag)) for lag in (0.0, 3.0, 10.0)]
    for c in cs:
        expected = float(solution.process.averages.averages.corr_phi(c))
        assert plain.average(cs[0], c) == pytest.approx(expected, rel=1e-9)
    passes = plain.passes(lambda c0, c: averages(dmft.Tanh(), c0).corr_phi(c))

    def few_lags():
        for c in cs:
            plain.average(cs[0], c)

    per_average = cpu(few_lags, 3) / len(cs)
    ours = cpu(lambda: dmft.solve_stationary(dmft.RandomNetwork(2.0)), 20)
    ratio = per_average * (plain.n_lags + 1) * passes / ours
    record_speed(
        f"stationary theory, tanh, g=2 ({1e3 * ours:.1f} ms)",
        f"2-D trapezoid, 451^2 nodes ({1e3 * per_average:.1f} ms) x {plain.n_lags + 1} lags x {passes} damped passes",
        ratio,
        ">= 1000",
    )


def test_the_exponent_costs_no_more_than_a_few_solutions(record_speed):
    network = dmft.RandomNetwork(2.0)
    solution = dmft.solve_stationary(network)
    ours = cpu(lambda: dmft.solve_stationary(network), 10)
    exponent = cpu(lambda: dmft.lyapunov_exponent(solution), 10)
    record_speed(f"Lyapunov exponent, tanh, g=2 ({1e3 * exponent:.1f} ms)", "its solution", ours / exponent, "> 1/6")
    assert dmft.lyapunov_exponent(solution) == pytest.approx(
        dmft.lyapunov_exponent(solution, method="riccati"), rel=1e-8
    )
