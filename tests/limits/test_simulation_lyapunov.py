"""Lyapunov exponents of systems where they are known, by the frames, integrators and estimators of the package."""

import numpy as np
import pytest

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.estimators import Sampling
from validation.estimators.lyapunov import Lyapunov
from validation.simulators.frames import orthonormalise
from validation.simulators.integrators import INTEGRATORS
from validation.simulators.simulator import Simulator


class Flow:
    """dy/dt = f(y), as the integrators want it: h = f + y; one state, and all its tangent vectors."""

    n_states = 1

    def __init__(self, start, rate, jacobian, dt, integrator):
        self.n = self.n_tangents = len(start)
        self._rate, self._jacobian = rate, jacobian
        self.state = np.concatenate([[start], np.eye(self.n)])
        self._integrator = INTEGRATORS[integrator](self, self.state.shape, np.float64, dt)

    def couple(self, state, out):
        out[0] = self._rate(state[0]) + state[0]
        out[1:] = state[1:] @ self._jacobian(state[0]).T + state[1:]

    def advance_input(self, step):
        pass

    def step(self):
        self._integrator.step(self.state)

    def orthonormalise(self):
        history = self._integrator.history[:, 1:]
        return orthonormalise(self.state[None, 1:], history[:, None])[0]


def exponents_of(flow, dt, n_burn, n_samples, interval):
    sampling = Sampling(interval, n_burn, n_samples)
    logs = Lyapunov(flow.n, interval).start(flow, sampling)
    for sample in range(-n_burn, n_samples):
        for _ in range(round(interval / dt)):
            flow.step()
        (logs.burn if sample < 0 else logs.update)(flow)
    return logs.result()


@pytest.mark.long
@pytest.mark.parametrize("integrator", ["adams-bashforth-4", "runge-kutta-4"])
def test_the_lorenz_flow(integrator):
    """0.9056, 0, -14.5723 [Sprott, Chaos and Time-Series Analysis (2003), 0.9056(1)]; the sum is exact: -41/3."""
    sigma, rho, beta = 10.0, 28.0, 8.0 / 3.0

    def rate(y):
        return np.array([sigma * (y[1] - y[0]), y[0] * (rho - y[2]) - y[1], y[0] * y[1] - beta * y[2]])

    def jacobian(y):
        return np.array([[-sigma, sigma, 0.0], [rho - y[2], -1.0, -y[0]], [y[1], y[0], -beta]])

    dt = 0.0025 if integrator == "adams-bashforth-4" else 0.005
    found = exponents_of(Flow([1.0, 1.0, 20.0], rate, jacobian, dt, integrator), dt, 40, 600, 0.5)
    exponents, history = found["lyapunov_exponents"], found["lyapunov_history"]
    # The scatter of a 300 time unit average is about 0.008 (spread of eight starts).
    assert exponents[0] == pytest.approx(0.9056, abs=0.035)
    assert exponents[1] == pytest.approx(0.0, abs=0.01)
    assert exponents.sum() == pytest.approx(-41.0 / 3.0, abs=1e-4)
    np.testing.assert_array_equal(history[-1], exponents)


def test_a_linear_flow_has_the_real_parts_of_its_eigenvalues():
    matrix = np.array([[-0.2, 1.5, 0.0, 0.3], [-1.5, -0.2, 0.4, 0.0], [0.0, 0.0, -0.9, 0.7], [0.0, 0.0, 0.0, -1.6]])
    flow = Flow([1.0, 0.0, 0.0, 0.0], lambda y: matrix @ y, lambda y: matrix, 0.02, "adams-bashforth-4")
    # One period of the rotation, 2 pi/1.5, is sampled evenly.
    found = exponents_of(flow, 0.02, 40, 400, 0.5)
    assert found["lyapunov_exponents"] == pytest.approx([-0.2, -0.2, -0.9, -1.6], abs=2e-3)


def test_a_linear_map_has_the_logs_of_its_eigenvalues():
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.standard_normal((5, 5)))[0] + 0.2 * rng.standard_normal((5, 5))
    matrix = basis @ np.diag([1.7, -1.1, 0.6, 0.3, -0.05]) @ np.linalg.inv(basis)
    frames, nothing = np.eye(5)[None].copy(), np.empty((0, 1, 5, 5))
    logs = []
    for _ in range(60):
        frames[0] = frames[0] @ matrix.T
        logs.append(orthonormalise(frames, nothing)[0][0])
    assert np.mean(logs[30:], axis=0) == pytest.approx(np.log([1.7, 1.1, 0.6, 0.3, 0.05]), abs=1e-6)


def test_a_symmetric_linear_network_has_its_eigenvalues():
    network = dmft.RandomNetwork(g=0.4, nonlinearity=dmft.Linear(), symmetry=1.0)
    spectrum = validation.lyapunov_spectrum(
        network, 12, seed=3, duration=400.0, burn_in=400.0, dtype="float64", dt=0.05, integrator="runge-kutta-4"
    )
    simulator = Simulator(network, 12, dt=0.1, generators=realization_seed(root_seed(3), 12, 0).generators(4))
    np.testing.assert_allclose(spectrum.exponents, np.linalg.eigvalsh(simulator.jacobian())[::-1], atol=1e-5)
    assert spectrum.kaplan_yorke_dimension == 0.0
    assert spectrum.entropy_rate == 0.0


def test_the_sum_of_all_exponents_is_the_mean_trace():
    """-N + sum_i J_ii <phi'(x_i)>, taken along the same trajectory; Abel's identity, whatever the network does."""
    n, network = 60, dmft.RandomNetwork(g=3.0)
    simulator = Simulator(
        network,
        n,
        dt=0.05,
        dtype=np.float64,
        n_tangents=n,
        generators=realization_seed(root_seed(3), n, 0).generators(4),
    )
    diagonal = np.diagonal(simulator.couplings).copy()
    logs, traces = 0.0, []
    for step in range(800):
        traces.append(-n + diagonal @ simulator.slope[:, 0])
        simulator.step()
        if (step + 1) % 20 == 0:
            logs += simulator.orthonormalise()[0].sum()
    traces.append(-n + diagonal @ simulator.slope[:, 0])
    trapezoid = 0.05 * (np.sum(traces) - 0.5 * (traces[0] + traces[-1]))
    assert logs == pytest.approx(trapezoid, rel=1e-4)
    assert abs(trapezoid / 40.0 + n) > 0.05


@pytest.mark.long
def test_the_dimension_and_the_entropy_are_extensive():
    """Per neuron, the same at two sizes, within their errors; sizes large enough for the 1/N terms to be small."""
    network = dmft.RandomNetwork(g=4.0)
    found = {
        n: validation.lyapunov_spectrum(network, n, n // 4, seed=3, duration=60.0, n_realizations=count)
        for n, count in ((100, 20), (200, 10))
    }
    for quantity in ("kaplan_yorke_dimension", "entropy_rate"):
        small, large = (getattr(found[n], quantity) for n in (100, 200))
        error = np.hypot(small.standard_error / 100, large.standard_error / 200)
        assert abs(small / 100 - large / 200) < 5 * error
        assert error < 0.2 * large / 200


def test_too_few_exponents_for_a_dimension_are_said():
    network = dmft.RandomNetwork(g=4.0)
    spectrum = validation.lyapunov_spectrum(network, 100, 1, seed=3, duration=30.0)
    assert "1 Lyapunov exponents" in str(spectrum)
    with pytest.raises(ValueError, match="k must be larger"):
        spectrum.kaplan_yorke_dimension  # noqa: B018
    with pytest.raises(ValueError, match="k must be larger"):
        spectrum.entropy_rate  # noqa: B018


def test_more_exponents_than_neurons_are_refused():
    with pytest.raises(ValueError, match="at most the number of neurons, 30, got 31"):
        validation.lyapunov_spectrum(dmft.RandomNetwork(g=2.0), 30, 31, seed=1)


def test_the_error_in_time_is_that_of_batches():
    """One realization: the error comes from parts of its time, of the size of the scatter between them."""
    network = dmft.RandomNetwork(g=4.0)
    alone = [validation.lyapunov_spectrum(network, 60, 3, seed=s, duration=128.0) for s in range(12)]
    scatter = np.std([a.exponents[0] for a in alone], ddof=1)
    stated = np.sqrt(np.mean([a.standard_error[0] ** 2 for a in alone]))
    # The scatter holds the differences between matrices too: it may be larger, not much smaller.
    assert 0.15 * scatter < stated < 2.0 * scatter
