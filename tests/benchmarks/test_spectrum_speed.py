"""Speed and accuracy of Lyapunov spectra against the plain program: RK4 dt 0.1, float64, QR every 0.5 tau."""

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import dmft
from validation.ensemble import realization_seed, root_seed
from validation.simulators.simulator import Simulator

pytestmark = pytest.mark.benchmark
NET = dmft.RandomNetwork(g=2.0)


def simulator_of(n, k, dt, dtype, integrator):
    generators = realization_seed(root_seed(1), n, 0).generators(4)
    return Simulator(NET, n, dt=dt, dtype=dtype, n_tangents=k, generators=generators, integrator=integrator)


def finite_time_exponents(simulator, duration, interval=1.0):
    logs = 0.0
    for _ in range(round(duration / interval)):
        for _ in range(round(interval / simulator.dt)):
            simulator.step()
        logs = logs + simulator.orthonormalise()[0]
    return logs / duration


def plain_exponents(couplings, x, frame, duration, dt=0.1, interval=0.5):
    """State and tangents by Runge-Kutta 4 in numpy, a product for each in every stage."""

    def field(x, v):
        phi = np.tanh(x)
        return -x + couplings @ phi, -v + couplings @ ((1.0 - phi**2)[:, None] * v)

    logs = 0.0
    for step in range(round(duration / dt)):
        k1, l1 = field(x, frame)
        k2, l2 = field(x + 0.5 * dt * k1, frame + 0.5 * dt * l1)
        k3, l3 = field(x + 0.5 * dt * k2, frame + 0.5 * dt * l2)
        k4, l4 = field(x + dt * k3, frame + dt * l3)
        x = x + dt / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
        frame = frame + dt / 6.0 * (l1 + 2 * l2 + 2 * l3 + l4)
        if (step + 1) % round(interval / dt) == 0:
            frame, r = np.linalg.qr(frame)
            logs = logs + np.log(np.abs(np.diagonal(r)))
    return logs / duration


@pytest.mark.parametrize(
    ("n", "k", "dt", "duration", "asked", "accuracy"),
    [(500, 50, 0.1, 5.0, 5.0, 1e-4), (300, 300, 0.0625, 5.0, 4.0, 5e-4)],
    ids=["first 50 of 500", "all of 300"],
)
def test_a_spectrum_against_the_plain_program(n, k, dt, duration, asked, accuracy, record_speed):
    """The accuracy is that of finite-time exponents along one trajectory, before chaos tells the two apart."""
    exact, fast = simulator_of(n, k, 0.02, np.float64, "runge-kutta-4"), simulator_of(n, k, dt, np.float32, None)
    finite_time_exponents(fast, 30.0)
    exact._state[...] = fast._state
    fast = simulator_of(n, k, dt, np.float32, None)
    fast._state[...] = exact._state
    couplings = fast.couplings.astype(np.float64)
    x, frame = exact.x[:, 0].copy(), exact.tangents[:, :, 0].copy()

    reference = finite_time_exponents(exact, duration)
    error = np.abs(finite_time_exponents(fast, duration) - reference).max()
    assert error < accuracy
    # The plain program is right too: the two compute the same thing.
    assert np.abs(plain_exponents(couplings, x, frame, duration) - reference).max() < accuracy
    ratios = []
    with threadpool_limits(1):
        for _ in range(3):
            start = time.process_time()
            plain_exponents(couplings, x, frame, duration)
            middle = time.process_time()
            finite_time_exponents(fast, duration)
            ratios.append((middle - start) / (time.process_time() - middle))
    ratio = float(np.median(ratios))
    job = f"Lyapunov exponents, {k} of N={n} (error {error:.1e})"
    record_speed(job, "numpy, RK4 dt 0.1, float64, QR 0.5", ratio, f">= {asked:g}")
