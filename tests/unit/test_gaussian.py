"""Gaussian averages: every closed form against quadrature or mpmath, and Price's theorem between them."""

import math

import exact_averages as exact
import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

import dmft
from dmft.numerics.gaussian import averages
from dmft.numerics.gaussian.averages import Averages
from dmft.numerics.gaussian.hermite import normal_average
from dmft.numerics.gaussian.mehler import MehlerAverages


def trapezoid(phi, c0, c, step=0.02):
    """<phi phi> by a product trapezoidal rule over x = sqrt(c) u + sqrt(c0 - c) v: exact to rounding for smooth phi."""
    z = np.arange(-10, 10 + step / 2, step)
    w = np.exp(-z * z / 2) * step / math.sqrt(2 * math.pi)
    inner = phi(math.sqrt(c) * z[:, None] + math.sqrt(c0 - c) * z) @ w
    return float(w @ inner**2)


@pytest.mark.parametrize("nonlinearity", [dmft.Tanh(), dmft.Erf()], ids=repr)
@pytest.mark.parametrize("c0", [0.04, 1.0, 9.0])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.97])
def test_mixtures_of_erfs_against_quadrature(nonlinearity, c0, part):
    a, c = averages(nonlinearity, c0), part * c0
    assert float(a.corr_phi(c)) == pytest.approx(trapezoid(nonlinearity, c0, c), rel=1e-12, abs=1e-15)
    assert float(a.corr_slope(c)) == pytest.approx(trapezoid(nonlinearity.derivative, c0, c), rel=1e-12)


@pytest.mark.parametrize("c0", [0.5, 71.0])
def test_tanh_against_mpmath(c0):
    for part in (0.5, 0.9):
        reference = exact.correlation(mpmath.tanh, c0, part * c0, digits=15)
        assert float(averages(dmft.Tanh(), c0).corr_phi(part * c0)) == pytest.approx(float(reference), rel=2e-14)


@pytest.mark.parametrize("nonlinearity", [dmft.Tanh(), dmft.Erf()], ids=["tanh", "erf"])
@pytest.mark.parametrize("c0", [1e-3, 0.7, 6.4, 300.0])
def test_the_turn_by_the_variance_is_a_difference_at_given_covariance(nonlinearity, c0):
    c, step = np.array([-0.9, 0.0, 0.3, 0.99, 1.0]) * c0, min(1e-4 * c0, 2e-3)
    slope, turn = averages(nonlinearity, c0).slope_and_turn(c)
    np.testing.assert_allclose(slope, averages(nonlinearity, c0).corr_slope(c), rtol=1e-13)
    # one-sided to fourth order: at c = c0 no smaller variance exists
    ahead = [averages(nonlinearity, c0 + k * step).corr_phi(c) for k in range(5)]
    difference = np.tensordot([-25 / 12, 4.0, -3.0, 4 / 3, -1 / 4], ahead, 1) / step
    np.testing.assert_allclose(turn, difference, rtol=1e-7, atol=1e-9 * float(np.max(np.abs(turn))))


@pytest.mark.parametrize("n", [1, 1.5, 2, 3])
@pytest.mark.parametrize("r", [-0.8, 0.0, 0.6, 0.999])
def test_threshold_powers_against_quadrature(n, r):
    # Conditioned on y > 0, x is N(r y, 1 - r^2); both integrals are over half lines where the integrand is smooth.
    nonlinearity, c0 = dmft.ThresholdPower(n), 1.7

    def density(z):
        return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    def moment(power, mean, sd):
        low = max(-mean / sd, -9.0)
        return quad(lambda z: max(mean + sd * z, 0.0) ** power * density(z), low, 9.0, epsabs=1e-14, epsrel=1e-12)[0]

    sd = math.sqrt(1 - r * r)
    value = quad(lambda y: y**n * density(y) * moment(n, r * y, sd), 0, 9, epsabs=1e-13, epsrel=1e-11)[0]
    assert float(averages(nonlinearity, c0).corr_phi(r * c0)) == pytest.approx(c0**n * value, rel=1e-9)


def test_relu_has_the_arc_cosine_kernel():
    r = np.linspace(-1, 1, 9)
    angle = np.arccos(r)
    expected = 2.0 * (np.sin(angle) + (math.pi - angle) * np.cos(angle)) / (2 * math.pi)
    assert averages(dmft.ReLU(), 2.0).corr_phi(2.0 * r) == pytest.approx(expected, abs=1e-14)


FORMS: dict[str, tuple[object, float]] = {
    "tanh": (dmft.Tanh(), 3.0),
    "erf": (dmft.Erf(), 0.7),
    "relu": (dmft.ReLU(), 1.3),
    "power 2": (dmft.ThresholdPower(2), 1.3),
    "power 1.5": (dmft.ThresholdPower(1.5), 0.4),
    "linear": (dmft.Linear(), 2.0),
}


@pytest.fixture(params=[*FORMS, "mehler"])
def form(request) -> Averages:
    if request.param == "mehler":
        return MehlerAverages(dmft.Tanh(), 1.1)
    return averages(*FORMS[request.param])


def test_prices_theorem(form):
    # d/dc <phi phi> = <phi' phi'>, d/dc potential = <phi phi>: central differences, error h^2.
    c = np.array([0.1, 0.4, 0.7]) * form.variance
    h = 1e-5 * form.variance
    for integral, integrand in ((form.corr_phi, form.corr_slope), (form.potential, form.corr_phi)):
        difference = (integral(c + h) - integral(c - h)) / (2 * h)
        assert difference == pytest.approx(integrand(c), rel=1e-8)
    assert float(form.potential(0.0)) == pytest.approx(0.0, abs=1e-14)


def test_one_point_averages_are_limits_of_two_point_ones(form):
    assert form.mean_square == pytest.approx(float(form.corr_phi(form.variance)), rel=1e-12)
    assert form.mean**2 == pytest.approx(float(form.corr_phi(0.0)), abs=1e-13)
    assert form.mean_square_slope == pytest.approx(float(form.corr_slope(form.variance)), rel=1e-9)
    assert form.mean_slope**2 == pytest.approx(float(form.corr_slope(0.0)), rel=1e-9)


def test_mean_curvature_is_the_same_on_both_sides_of_its_switch(form):
    # 2/d^2 int (phi phi - phi phi(origin)), by its definition for steps where nothing cancels, and across the switch.
    origin = 0.2 * form.variance
    d = np.array([0.0499, 0.0501, 0.3]) * form.variance
    rise = [
        quad(lambda s: float(form.corr_phi(origin + s) - form.corr_phi(origin)), 0, step, epsabs=1e-15, epsrel=1e-12)[0]
        for step in d
    ]
    assert form.mean_curvature(origin, d) == pytest.approx(2 * np.array(rise) / d**2, rel=1e-9)


@pytest.mark.parametrize("c0", [0.3, 2.0, 20.0])
def test_mehler_series_against_the_mixture(c0):
    series, mixture = MehlerAverages(dmft.Tanh(), c0), averages(dmft.Tanh(), c0)
    c = np.linspace(0, c0, 11)
    # The last powers of r decide at r = 1 only where the variance is large.
    for name in ("corr_phi", "potential"):
        exact_values = getattr(mixture, name)(c)
        assert getattr(series, name)(c) == pytest.approx(exact_values, abs=1e-10 * abs(exact_values[-1]))


def test_normal_average_resolves_kinks_and_steps_at_zero():
    assert normal_average(np.abs, 4.0) == pytest.approx(2 * math.sqrt(2 / math.pi), rel=1e-14)
    assert normal_average(lambda x: (x > 0).astype(float), 4.0) == pytest.approx(0.5, rel=1e-14)
    assert normal_average(lambda x: x**8, 1.0) == pytest.approx(105.0, rel=1e-13)


def test_a_nonlinearity_that_is_not_finite_is_named():
    class Pole:
        def __call__(self, x):
            with np.errstate(over="ignore"):
                return np.exp(np.asarray(x) ** 2 * 1e3)

        def derivative(self, x):
            return np.ones_like(x)

        def __repr__(self):
            return "Pole()"

    with pytest.raises(FloatingPointError, match=r"Pole\(\) is not finite at x ="):
        averages(Pole(), 1.0)
    with pytest.raises(ValueError, match=r"Pole\(\) must be finite"):
        dmft.RandomNetwork(2.0, Pole())


def test_own_kernel_is_used():
    class WithKernel(dmft.ReLU):
        calls = 0

        def gaussian_kernel(self, c0, c):
            type(self).calls += 1
            return averages(dmft.ReLU(), c0).corr_phi(c)

    value = MehlerAverages(WithKernel(), 1.0).corr_phi(0.3)
    assert WithKernel.calls == 1
    assert float(value) == pytest.approx(float(averages(dmft.ReLU(), 1.0).corr_phi(0.3)), rel=1e-14)
