"""Several populations against plain iteration on uniform lags: ratios of CPU times in one process."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

import dmft

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from make_populations_reference import Grid

pytestmark = pytest.mark.benchmark
TWO = {"f": [0.5, 0.5], "G": [[9, 2], [4, 3]], "phi": ["erf", "erf"], "tau": [1.0, 2.5]}


def cpu(function, repeat):
    """CPU seconds of one call, the best of `repeat`."""
    best = float("inf")
    for _ in range(repeat):
        begin = time.process_time()
        function()
        best = min(best, time.process_time() - begin)
    return best


def network(n, phi):
    """Return n populations of random gains."""
    rng = np.random.default_rng(1)
    populations = {f"p{a}": dmft.Population(phi, dmft.Leaky(1.0 + 1.5 * a / max(n - 1, 1))) for a in range(n)}
    return dmft.Network(populations, dmft.Random(np.sqrt(rng.uniform(2.0, 8.0, (n, n))).tolist()))


def test_two_populations_against_plain_iteration(record_speed):
    populations = {
        name: dmft.Population(dmft.Erf(), dmft.Leaky(tau), fraction=0.5)
        for name, tau in zip("ab", TWO["tau"], strict=True)
    }
    stated = dmft.Network(populations, dmft.Random(np.sqrt(TWO["G"]).tolist()))
    solution = dmft.solve_stationary(stated)
    plain = Grid(TWO, 0.1, 120.0, (400, 0.04))
    c, _, _ = plain.state()
    np.testing.assert_allclose(c[:, 0], solution.variance, rtol=1e-8)
    ours, theirs = cpu(lambda: dmft.solve_stationary(stated), 10), cpu(plain.state, 1)
    record_speed(
        f"two populations, erf ({1e3 * ours:.0f} ms; goal 40 ms)",
        f"plain iteration on uniform lags ({theirs:.2g} s)",
        theirs / ours,
        "-",
    )


@pytest.mark.parametrize(("n", "goal"), [(2, "40 and 30 ms"), (16, "500 ms")])
def test_states_and_exponents(record_speed, n, goal):
    stated = network(n, dmft.Tanh())
    solution = dmft.solve_stationary(stated)
    state, exponent = (
        cpu(work, 5) for work in (lambda: dmft.solve_stationary(stated), lambda: dmft.lyapunov_exponent(solution))
    )
    record_speed(
        f"state of {n} populations, tanh ({1e3 * state:.0f} ms; goal {goal})",
        f"its exponent ({1e3 * exponent:.0f} ms)",
        exponent / state,
        "-",
    )
