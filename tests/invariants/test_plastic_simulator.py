"""The simulator of plastic networks: its two forms of the synapses, its time step, its tangent vectors."""

import numpy as np
import pytest

from dmft import PlasticNetwork
from validation.simulators.plastic_kernel import synaptic_weights
from validation.simulators.question import question_of
from validation.simulators.simulator import Simulator
from validation.simulators.steps import chosen_integrator


def _simulator(network, n, *, dt, seed=1, **settings):
    generators = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)]
    return Simulator(network, n, dt=dt, dtype=np.float64, generators=generators, **settings)


def test_synaptic_weights_solve_the_equation_for_a_linear_source():
    k, p, n, dt = 1.3, 2.5, 10, 0.4
    decay, old, new = synaptic_weights(k, p, n, dt)
    # p dA/dt = -A + (k/n) (2 + 3 t), A(0) = 0.7, in closed form
    a, b, start = 2 * k / n, 3 * k / n, 0.7
    exact = (start - a + b * p) * np.exp(-dt / p) + a + b * (dt - p)
    assert decay * start + old * 2 + new * (2 + 3 * dt) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("k", [1.5, -2.0])
def test_past_rates_and_explicit_matrix_are_the_same_network(k):
    """Two forms of A, with tangent vectors, orthonormalisation, halt, resumption, and another strength on the way."""
    network = PlasticNetwork(g=1.8, k=k, p=0.6)
    # the window of the history is 12 p: exp(-12) of A is left out, so the two part at 1e-5 and the chaos does the rest
    settings = {"dt": 0.05, "n_states": 2, "n_tangents": 2}
    history, explicit = (_simulator(network, 30, synapses=kind, **settings) for kind in ("history", "explicit"))
    for step in range(200):
        if step == 100:
            history.plastic.halted = True
            explicit.plastic.halted = True
        if step == 120:
            history.plastic.halted = False
            explicit.plastic.halted = False
        if step == 150:
            history.plastic.strengthen(1.2 * k)
            explicit.plastic.strengthen(1.2 * k)
        if step % 25 == 24:
            np.testing.assert_allclose(history.orthonormalise(), explicit.orthonormalise(), atol=3e-3)
        history.step()
        explicit.step()
        if step == 40:  # within 12 p nothing is left out
            np.testing.assert_allclose(history.x, explicit.x, atol=1e-12)
            np.testing.assert_allclose(history.tangents, explicit.tangents, atol=1e-11)
    np.testing.assert_allclose(history.x, explicit.x, atol=1e-3)
    np.testing.assert_allclose(history.tangents, explicit.tangents, atol=3e-3)
    for state in (0, 1):
        np.testing.assert_allclose(history.plastic.matrix(state), explicit.plastic.matrix(state), atol=1e-4)


@pytest.mark.parametrize("synapses", ["history", "explicit"])
def test_an_imprinted_fixed_point_stays(synapses):
    network = PlasticNetwork(g=0.5, k=3.0, p=1.0)
    simulator = _simulator(network, 40, dt=0.05, synapses=synapses)
    x = 3.0 * np.sign(simulator.x)
    couplings = simulator.couplings
    for _ in range(500):  # x = J phi + k <phi^2> phi
        phi = np.tanh(x)
        x = couplings @ phi + network.k * np.mean(phi**2) * phi
    simulator.imprint(x)
    simulator.step()
    assert np.max(np.abs(simulator.velocity)) < 1e-4  # the history leaves out exp(-12)
    for _ in range(200):
        simulator.step()
    np.testing.assert_allclose(simulator.x, x, atol=1e-4)


def test_what_does_not_go_together_is_refused():
    network = PlasticNetwork(g=1.0, k=1.0, p=1.0)
    with pytest.raises(ValueError, match="synapses must be"):
        _simulator(network, 20, dt=0.1, synapses="none")
    with pytest.raises(ValueError, match="sign of the present"):
        _simulator(network, 20, dt=0.1).plastic.strengthen(-1.0)


def test_time_step_is_of_second_order_or_better():
    network = PlasticNetwork(g=1.6, k=-1.0, p=1.0)
    finals = []
    for dt in (0.1, 0.05, 0.025, 0.00625):
        simulator = _simulator(network, 40, dt=dt)
        # start from the same smooth past: A = 0 and rates held at the initial state's
        for _ in range(round(3.0 / dt)):
            simulator.step()
        finals.append(simulator.x[:, 0].copy())
    errors = [np.max(np.abs(f - finals[-1])) for f in finals[:-1]]
    assert errors[0] / errors[1] > 2.8
    assert errors[1] / errors[2] > 2.8
    assert errors[0] < 0.05


@pytest.mark.parametrize("k", [1.0, -2.0])
def test_tangent_vector_is_the_derivative_of_the_joint_flow(k):
    network = PlasticNetwork(g=1.8, k=k, p=1.0)
    epsilon = 1e-6
    reference = _simulator(network, 30, dt=0.05, n_tangents=2)
    moved = _simulator(network, 30, dt=0.05)
    direction = reference.tangents[:, 1, 0].copy()
    moved.place(moved.x + epsilon * direction[:, None])
    for _ in range(80):
        reference.step()
        moved.step()
    difference = (moved.x[:, 0] - reference.x[:, 0]) / epsilon
    np.testing.assert_allclose(reference.tangents[:, 1, 0], difference, atol=2e-4 * np.max(np.abs(difference)))


def test_orthonormalising_along_the_way_does_not_change_the_growth():
    network = PlasticNetwork(g=1.8, k=1.0, p=1.0)
    often, once = (_simulator(network, 40, dt=0.05, n_tangents=3) for _ in range(2))
    logs = np.zeros((1, 3))
    for step in range(200):
        often.step()
        once.step()
        if step % 20 == 19:
            logs += often.orthonormalise()
    np.testing.assert_allclose(logs, once.orthonormalise(), atol=1e-8)


def test_sign_reversal_is_a_symmetry_with_the_same_synapses():
    network = PlasticNetwork(g=2.0, k=1.0, p=2.5)
    one, other = (_simulator(network, 50, dt=0.1) for _ in range(2))
    other.place(-one.x)
    for _ in range(100):
        one.step()
        other.step()
    np.testing.assert_allclose(other.x, -one.x, atol=1e-9)
    np.testing.assert_allclose(other.plastic.matrix(), one.plastic.matrix(), atol=1e-12)


def test_another_integrator_is_refused():
    with pytest.raises(ValueError, match="integrator must be None or"):
        chosen_integrator(question_of(PlasticNetwork(g=1.0, k=1.0, p=1.0)), "runge-kutta-4")


def test_exponents_at_a_fixed_point_are_the_eigenvalues_of_the_joint_jacobian():
    # p small: the N^2 - N exponents -1/p, of perturbations of A alone, lie below those that are compared
    simulator = _simulator(PlasticNetwork(g=0.8, k=2.2, p=0.5), 30, dt=0.04, seed=3, n_tangents=4)
    simulator.place(4.0 * simulator.x)
    for _ in range(2000):
        simulator.step()
        simulator.orthonormalise()
    assert np.sqrt(np.mean(simulator.velocity**2)) < 1e-8
    assert np.mean(simulator.rates**2) > 0.5
    logs = np.zeros(4)
    for step in range(2000):
        simulator.step()
        if step % 10 == 9:
            logs += simulator.orthonormalise()[0]
    eigenvalues = np.linalg.eigvals(simulator.jacobian())
    leading = np.sort(eigenvalues.real)[::-1][:4]
    np.testing.assert_allclose(logs / 80.0, leading, atol=5e-3)
    assert np.abs(np.diff(leading)).max() > 0.01
