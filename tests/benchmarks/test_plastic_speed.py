"""Speed of plastic networks, as ratios of CPU time to plain numpy in the same run, one BLAS thread."""

import time

import numpy as np
import plain_plastic_sampler
import pytest

from dmft import PlasticNetwork, solve_plastic
from validation.simulators.plastic_history import RateHistory
from validation.simulators.plastic_kernel import synaptic_weights, update_and_multiply

pytestmark = pytest.mark.benchmark


def _cpu(function, repeat):
    """Return the least CPU time of a call."""
    best = np.inf
    for _ in range(repeat):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_fused_pass_against_numpy_in_place(dtype, record_speed):
    n, dt, p = 2000, 0.1, 2.5
    rng = np.random.default_rng(0)
    couplings = (2.0 / np.sqrt(n) * rng.standard_normal((n, n))).astype(dtype)
    plastic = np.zeros((n, n), dtype=dtype)
    old, new = np.tanh(rng.standard_normal((2, n))).astype(dtype)
    out = np.empty(n, dtype=dtype)
    weights = tuple(dtype(w) for w in synaptic_weights(1.0, p, n, dt))
    decay, gain_old, gain_new = weights

    def fused():
        np.dot(couplings, new, out=out)
        update_and_multiply(plastic, old, new, decay, gain_old, gain_new, out)

    work = np.empty((n, n), dtype=dtype)

    def in_place():
        np.multiply(plastic, decay, out=plastic)
        np.multiply.outer(gain_old * old, old, out=work)
        np.add(plastic, work, out=plastic)
        np.multiply.outer(gain_new * new, new, out=work)
        np.add(plastic, work, out=plastic)
        np.add(couplings, plastic, out=work)
        np.dot(work, new, out=out)

    fused()
    one_pass, after = out.copy(), plastic.copy()
    plastic[...] = 0
    in_place()
    tolerance = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(one_pass, out, rtol=0, atol=tolerance * np.max(np.abs(out)))
    np.testing.assert_allclose(after, plastic, rtol=0, atol=tolerance * np.max(np.abs(plastic)))
    ratio = _cpu(in_place, 12) / _cpu(fused, 12)
    record_speed(f"plastic step, one pass, N=2000 {np.dtype(dtype)}", "numpy in place", ratio, "> 1")


def test_past_rates_against_numpy_in_place(record_speed):
    n, dt, p = 2000, 0.1, 2.5
    rng = np.random.default_rng(0)
    history = RateHistory(1.0, p, n, dt, 0, np.float64)
    rates = np.tanh(rng.standard_normal(n))
    empty, out = np.empty((0, n)), np.empty(n)
    plastic = np.zeros((n, n))
    work = np.empty((n, n))
    decay, gain_old, gain_new = synaptic_weights(1.0, p, n, dt)

    def past():
        out[...] = 0
        history.couple(rates, empty, out, empty, halted=False)

    def in_place():
        np.multiply(plastic, decay, out=plastic)
        np.multiply.outer((gain_old + gain_new) * rates, rates, out=work)
        np.add(plastic, work, out=plastic)
        np.dot(plastic, rates)

    past()
    for _ in range(5):  # A is 0 when the first rates come in
        past()
        in_place()
    past()
    in_place()
    np.testing.assert_allclose(out, plastic @ rates, rtol=1e-12)
    ratio = _cpu(in_place, 12) / _cpu(past, 40)
    record_speed("plastic step, A as past rates, N=2000 float64", "numpy in place", ratio, "> 1")


@pytest.mark.parametrize("k", [1.0, -1.0])
def test_a_solution_against_the_plain_sampler_at_the_same_error(k, record_speed):
    """The plain sampler's error falls with the square root of its time, which is scaled to the error reached here."""
    network = PlasticNetwork(g=2.0, k=k, p=2.5)
    solve_plastic(network, samples=16, noise_seeds=2, on_failure="ignore", window=51.2)  # compile
    start = time.process_time()
    solution = solve_plastic(network, samples=192, noise_seeds=6, window=204.8, on_failure="ignore")
    own = time.process_time() - start
    # rms over short lags: a steadier measure of the error than one lag
    error = float(np.sqrt(np.mean(solution.corr_phi_error[:25] ** 2)))
    start = time.process_time()
    plain = np.array(
        [plain_plastic_sampler.solve(seed, g=2.0, k=k, p=2.5, n_paths=32, step=0.2, iterations=50) for seed in range(5)]
    )
    spent = time.process_time() - start
    plain_error = float(np.sqrt(np.mean(plain[:, :25].var(axis=0, ddof=1)) / len(plain)))
    ratio = spent * (plain_error / error) ** 2 / own
    record_speed(f"plastic state, k={k:g}, error {error:.0e}, {own:.2f} s", "plain sampler", ratio, ">= 1000")
    assert solution.corr_phi[0] == pytest.approx(np.mean(plain[:, 0]), abs=5 * plain_error)
