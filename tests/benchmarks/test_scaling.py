"""How cost grows with size: exponents b of time ~ size^b, fitted on log scales over sizes far from the fixed costs.

Each size is timed several times in turns with the others, by CPU time of this process (workers: by the clock); the
least of them counts, as what else runs only adds. The error of b is that of the fit; two sizes would have none.
"""

import time

import numpy as np
import pytest

import dmft
import validation

pytestmark = pytest.mark.benchmark
ROUNDS = 3


def fitted(sizes, seconds):
    """Return the slope of log time against log size, and its standard error."""
    x, y = np.log(sizes), np.log(seconds)
    design = np.column_stack([np.ones(len(x)), x])
    (_, slope), rest, *_ = np.linalg.lstsq(design, y, rcond=None)
    variance = rest[0] / (len(x) - 2)
    return slope, float(np.sqrt(variance / np.sum((x - x.mean()) ** 2)))


def timed(work, sizes, clock=time.process_time):
    """Return the least time of each size; `work(size)` returns what is to be timed, made ready."""
    ready = {size: work(size) for size in sizes}
    for job in ready.values():
        job()  # compiled, loaded, remembered
    found = {size: [] for size in sizes}
    for _ in range(ROUNDS):
        for size, job in ready.items():
            begin = clock()
            job()
            found[size].append(clock() - begin)
    return [min(found[size]) for size in sizes]


NOISY = dmft.RandomNetwork(1.8, drive=dmft.WhiteNoise(0.5))


def network(n):
    return lambda: validation.simulate(NOISY, sizes=n, n_realizations=1, duration=20.0, burn_in=0.0, seed=1)


def march(steps):
    return lambda: dmft.solve_nonstationary(NOISY, 0.1 * steps, method=dmft.TwoTimeMarch(dt=0.1))


def populations(count):
    rng = np.random.default_rng(count)
    gains = 1.8 * rng.uniform(0.5, 1.5, (count, count))
    members = {f"p{i}": dmft.Population(dmft.Tanh(), drive=dmft.WhiteNoise(0.5)) for i in range(count)}
    stated = dmft.Network(members, dmft.Couplings(dmft.Random(gains.tolist())))
    return lambda: dmft.solve_stationary(stated)


def lags(count):
    grid = np.linspace(0.0, 20.0, count)
    state = dmft.solve_stationary(NOISY)
    return lambda: (state.corr_x_at(grid), dmft.solve_two_site(state, lags=grid))


def paths(count):
    stated = dmft.RandomNetwork(2.0, symmetry=0.2)
    return lambda: dmft.solve_stationary(
        stated, method=dmft.Sampled(paths=count, seed=1), max_steps=10, on_failure="ignore"
    )


def points(count):
    over = {"g": np.linspace(1.2, 3.0, count)}
    return lambda: dmft.phase_diagram(NOISY, over, observe=["variance"])


CASES = {
    "network, units N": (network, (500, 1000, 2000, 3000), "2, of products with N^2 couplings"),
    "two-time march, steps": (march, (200, 400, 800, 1600), "2, of pairs of times"),
    "pairs of units, lags": (lags, (50, 100, 200, 400), "1"),
    "state of populations, P": (populations, (2, 4, 8, 16), "1 to 2, of blocks"),
    "sampled state, paths": (paths, (128, 256, 512, 1024), "1"),
    "sweep, points": (points, (20, 40, 80, 160), "1"),
}


@pytest.mark.parametrize("name", CASES)
def test_cost_against_size(name, record_growth):
    work, sizes, expected = CASES[name]
    seconds = timed(work, sizes)
    slope, error = fitted(sizes, seconds)
    record_growth(name, sizes, seconds, slope, error, expected)
    assert np.isfinite(slope)


def test_sweep_against_workers(record_growth):
    """A sweep of 48 points of a tenth of a second each on one and two processes, by the clock, starts included."""
    over = {"g": np.linspace(1.2, 3.0, 48)}
    phi = dmft.Symbolic("x/(1+abs(x))")

    def workers(count):
        return lambda: dmft.phase_diagram(dmft.RandomNetwork(1.8, phi), over, [dmft.lyapunov_exponent], executor=count)

    sizes = (1, 2)
    seconds = timed(workers, sizes, clock=time.perf_counter)
    slope = np.log(seconds[1] / seconds[0]) / np.log(2.0)
    record_growth("sweep, worker processes", sizes, seconds, slope, np.nan, "-1")
    assert np.isfinite(slope)


def test_the_fit_finds_a_known_exponent():
    sizes = np.array([10.0, 20.0, 40.0, 80.0])
    slope, error = fitted(sizes, 3.0 * sizes**1.5 * np.array([1.01, 0.99, 0.99, 1.01]))
    assert abs(slope - 1.5) < 0.01
    assert 0.0 < error < 0.02
