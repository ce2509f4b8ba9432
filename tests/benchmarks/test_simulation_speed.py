"""Speed of the simulator as a ratio of CPU times to a plain program, interleaved in one run, one thread."""

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import dmft
from validation.ensemble import realization_seed, root_seed
from validation.estimators import Sampling
from validation.estimators.correlation import Correlations
from validation.plan import Plan
from validation.realization import observed
from validation.simulators.product import CouplingProduct
from validation.simulators.simulator import Simulator

pytestmark = pytest.mark.benchmark
NET = dmft.RandomNetwork(g=2.0)


def plain_rk4(couplings, duration, dt=0.05):
    """What one writes first: numpy, float64, Runge-Kutta 4, the state kept every 0.5 tau, correlations at the end."""
    x = np.random.default_rng(0).standard_normal(len(couplings))
    stored = []
    for step in range(round(duration / dt)):
        x = rk4_step(couplings, x, dt)
        if (step + 1) % 10 == 0:
            stored.append(x)
    stored = np.array(stored)
    lags = range(min(41, (len(stored) + 1) // 2))
    return [np.mean(stored[lag:] * stored[: len(stored) - lag]) for lag in lags]


def rk4_step(couplings, x, dt):
    def field(x):
        return -x + couplings @ np.tanh(x)

    k1 = field(x)
    k2 = field(x + 0.5 * dt * k1)
    k3 = field(x + 0.5 * dt * k2)
    k4 = field(x + dt * k3)
    return x + dt / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)


def in_turns(*jobs, rounds=3):
    """CPU seconds of each job, shape (rounds, jobs); all but the first, the plain one, are warmed up."""
    with threadpool_limits(1):
        for job in jobs[1:]:
            job()
        seconds = []
        for _ in range(rounds):
            row = []
            for job in jobs:
                start = time.process_time()
                job()
                row.append(time.process_time() - start)
            seconds.append(row)
    return np.array(seconds)


@pytest.mark.parametrize(
    ("n", "duration", "asked"),
    [(1000, 50.0, 10.0), (2000, 20.0, 12.0)],
)
def test_statistics_of_a_network_against_the_plain_program(n, duration, asked, record_speed):
    """Same time, same sampling, same lags; the couplings are drawn before. And against the bare products."""
    simulator = Simulator(NET, n, dt=0.1, generators=realization_seed(root_seed(1), n, 0).generators(4))
    plan = Plan(NET, 0.1, "float32", 1, None, (Correlations(),), Sampling(0.5, 0, round(2 * duration)))
    couplings = simulator.couplings.astype(np.float64)
    x = simulator.x[:, 0].astype(np.float64)
    for _ in range(20):
        x = rk4_step(couplings, x, 0.05)
    for _ in range(10):
        simulator.step()
    # The two follow the same trajectory, before chaos tells them apart: the error is that of the simulator's step.
    assert np.max(np.abs(simulator.x[:, 0] - x)) < 5e-3
    row, out = np.ones((1, n), np.float32), np.empty((1, n), np.float32)

    def bare():
        for _ in range(round(duration / 0.1)):
            np.matmul(row, simulator.couplings.T, out=out)

    seconds = in_turns(lambda: plain_rk4(couplings, duration), lambda: observed(simulator, plan), bare)
    ratio = float(np.median(seconds[:, 0] / seconds[:, 1]))
    over = float(np.median(seconds[:, 1] / seconds[:, 2]))
    job = f"network N={n}, statistics of x over {duration:g} tau"
    record_speed(job, "numpy, RK4 dt 0.05, float64", ratio, f">= {asked:g}")
    record_speed(job, "its own products (time over theirs)", over, "<= 1.5" if n == 2000 else "-")


@pytest.mark.parametrize("n_rows", [2, 4, 6])
def test_a_thin_product_against_blas(n_rows, record_speed):
    """States and tangent vectors of one J, in one pass over it."""
    n = 1000
    matrix = np.random.default_rng(1).standard_normal((n, n), dtype=np.float32)
    chosen = CouplingProduct(matrix.copy(), n_rows)
    rows, out = np.ones((n_rows, n), np.float32), np.empty((n_rows, n), np.float32)

    def repeated(product):
        return lambda: [product(rows, out) for _ in range(300)]

    seconds = in_turns(repeated(lambda rows, out: np.matmul(rows, matrix, out=out)), repeated(chosen))
    ratio = float(np.median(seconds[:, 0] / seconds[:, 1]))
    record_speed(
        f"couplings times {n_rows} states or tangents, N={n}, float32", "numpy.matmul (OpenBLAS)", ratio, "> 1"
    )
    rows = np.random.default_rng(2).standard_normal((n_rows, n), dtype=np.float32)
    chosen(rows, out)
    np.testing.assert_allclose(out, rows @ matrix, rtol=0, atol=1e-5 * np.max(np.abs(out)))


def test_revealed_couplings_against_the_matrix(record_speed):
    """A transient of 30 tau of N = 6000, couplings drawn or revealed on the way, from nothing to the end."""
    n = 6000

    def transient(storage):
        generators = realization_seed(root_seed(1), n, 0).generators(4)
        simulator = Simulator(NET, n, dt=0.1, generators=generators, storage=storage)
        for _ in range(300):
            simulator.step()

    seconds = in_turns(lambda: transient("dense"), lambda: transient("revealed"), rounds=1)
    ratio = float(np.median(seconds[:, 0] / seconds[:, 1]))
    record_speed(f"network N={n}, transient of 30 tau, couplings revealed", "its own explicit couplings", ratio, "> 1")
