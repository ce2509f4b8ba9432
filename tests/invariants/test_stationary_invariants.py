"""What every stationary solution must obey, whatever its parameters."""

import math
import pickle

import numpy as np
import pytest

import dmft

NETWORKS = {
    "chaotic": dmft.RandomNetwork(2.5),
    "erf": dmft.RandomNetwork(1.7, dmft.Erf()),
    "noise": dmft.RandomNetwork(1.4, drive=dmft.WhiteNoise(0.3)),
    "relu": dmft.RandomNetwork(1.1, dmft.ReLU(), dmft.WhiteNoise(0.5)),
    "coloured": dmft.RandomNetwork(2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0)),
    "sine": dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(0.5, 0.2, "random")),
    "strong sine": dmft.RandomNetwork(1.5, drive=dmft.Sinusoid(4.0, 0.1, "random")),
}


@pytest.fixture(scope="module", params=NETWORKS, ids=list(NETWORKS))
def solution(request):
    return dmft.solve_stationary(NETWORKS[request.param])


def test_correlations_are_even_and_bounded(solution):
    lags = np.linspace(0, 60, 301)
    for at in (solution.corr_x_at, solution.corr_phi_at, solution.corr_slope_at):
        values = at(lags)
        assert np.array_equal(values, at(-lags))
        assert np.all(np.abs(values) <= values[0] * (1 + 1e-12))


def test_arrays_are_the_functions_on_the_grid(solution):
    assert solution.lags[0] == 0
    assert np.all(np.diff(solution.lags) > 0)
    for name in ("corr_x", "corr_phi", "corr_slope"):
        assert getattr(solution, name) == pytest.approx(getattr(solution, f"{name}_at")(solution.lags), rel=1e-12)
        assert not getattr(solution, name).flags.writeable


def test_scalar_in_scalar_out(solution):
    assert isinstance(solution.corr_x_at(1.0), float)
    assert isinstance(solution.corr_phi_at(1.0), float)
    assert solution.corr_x_at([1.0, 2.0]).shape == (2,)


def test_the_differential_equation_holds(solution):
    # (1 - d^2) C^x = g^2 C^phi + C_I at lags > 0, by a sixth-order difference: 1e-7 with this step.
    network = solution.network
    lag, h = np.linspace(0.8, 12.0, 29), 0.05
    stencil = np.array([1 / 90, -3 / 20, 3 / 2, -49 / 18, 3 / 2, -3 / 20, 1 / 90]) / h**2
    second = sum(s * solution.corr_x_at(lag + k * h) for s, k in zip(stencil, range(-3, 4), strict=True))
    drive = network.drive
    source = np.zeros_like(lag)
    if isinstance(drive, dmft.OrnsteinUhlenbeck):
        source = drive.variance * np.exp(-lag / drive.correlation_time)
    if isinstance(drive, dmft.Sinusoid):
        source = 0.5 * drive.amplitude**2 * np.cos(2 * np.pi * drive.frequency * lag)
    defect = solution.corr_x_at(lag) - second - network.g**2 * solution.corr_phi_at(lag) - source
    assert np.max(np.abs(defect)) < 3e-7 * solution.corr_x[0]


def test_slope_at_zero_lag(solution):
    # White noise makes x a diffusion: C'(0+) = -intensity/2. Otherwise C is smooth at 0.
    h = 1e-4
    c = solution.corr_x_at(np.array([0.0, h, 2 * h]))
    slope = (-3 * c[0] + 4 * c[1] - c[2]) / (2 * h)
    drive = solution.network.drive
    expected = -0.5 * drive.intensity if isinstance(drive, dmft.WhiteNoise) else 0.0
    assert slope == pytest.approx(expected, abs=2e-6)


def test_exponent_and_phase_agree(solution):
    exponent = dmft.lyapunov_exponent(solution)
    assert (exponent > 0) == (solution.state in ("chaotic", "driven, chaotic"))
    # No exponent exceeds the abscissa of the Jacobian's bulk, g sqrt<phi'^2> - 1.
    assert exponent < dmft.jacobian_spectrum(solution).abscissa
    assert exponent == pytest.approx(dmft.lyapunov_exponent(solution, method="riccati"), abs=2e-7)


def test_pickle_keeps_everything(solution):
    copy = pickle.loads(pickle.dumps(solution))
    lags = np.linspace(0, 30, 7)
    assert np.array_equal(copy.corr_phi_at(lags), solution.corr_phi_at(lags))
    assert copy.network == solution.network
    assert copy.convergence == solution.convergence


def test_dataset_carries_units_and_inputs(solution):
    data = solution.to_xarray()
    assert data["corr_x"].dims == ("lags",)
    assert data["lags"].attrs["units"] == "tau"
    assert data.attrs["network"] == repr(solution.network)
    assert data.attrs["status"] == "CONVERGED"


def test_relu_scale_invariance():
    # phi(a x) = a phi(x): the state under s^2-fold noise is s times as large.
    one = dmft.solve_stationary(dmft.RandomNetwork(1.2, dmft.ReLU(), dmft.WhiteNoise(1.0)))
    nine = dmft.solve_stationary(dmft.RandomNetwork(1.2, dmft.ReLU(), dmft.WhiteNoise(9.0)))
    lags = np.linspace(0, 10, 21)
    assert nine.corr_x_at(lags) == pytest.approx(9 * one.corr_x_at(lags), rel=1e-9)


def test_relu_is_the_threshold_power_one():
    one = dmft.solve_stationary(dmft.RandomNetwork(1.2, dmft.ReLU(), dmft.WhiteNoise(1.0)))
    other = dmft.solve_stationary(dmft.RandomNetwork(1.2, dmft.ThresholdPower(1), dmft.WhiteNoise(1.0)))
    assert other.variance == pytest.approx(one.variance, rel=1e-13)


def test_a_sine_is_not_gaussian_noise():
    # Weak sines are (their fourth cumulant enters at order amplitude^4); strong ones are not.
    drive = dmft.Sinusoid(3.0, 0.2, "random")
    site = dmft.solve_stationary(dmft.RandomNetwork(1.5, drive=drive))
    from dmft.numerics.gaussian import averages

    gaussian = averages(dmft.Tanh(), site.corr_x[0])
    assert abs(gaussian.mean_square - site.corr_phi[0]) > 0.01


def test_reduced_gain_invariance():
    # tanh(a x)/a with gain g is tanh with gain g, x scaled by 1/a: through the Mehler series instead of the mixture.
    class Scaled:
        def __call__(self, x):
            return np.tanh(2 * x) / 2

        def derivative(self, x):
            return 1 - np.tanh(2 * x) ** 2

    plain = dmft.solve_stationary(dmft.RandomNetwork(1.8))
    scaled = dmft.solve_stationary(dmft.RandomNetwork(1.8, Scaled()))
    assert scaled.variance == pytest.approx(plain.variance / 4, rel=1e-10)
    assert dmft.lyapunov_exponent(scaled) == pytest.approx(dmft.lyapunov_exponent(plain), abs=1e-10)
    assert math.isclose(scaled.corr_phi_at(3.0), plain.corr_phi_at(3.0) / 4, rel_tol=1e-9)
