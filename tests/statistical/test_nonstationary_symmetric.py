"""Sampled transients of partially symmetric networks: against finite networks of the same step, and solvable limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft

DT = 0.1
DRIVE = dmft.Sinusoid(0.5, 0.2)


def networks(symmetry: float, n: int, count: int, steps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """<x^2> over neurons at each Euler step, mean and error over networks; couplings built from two parts."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        # a symmetric and an antisymmetric part, in the proportion that gives N cov(J_ij, J_ji) = symmetry g^2
        one, two = (rng.standard_normal((n, n)) for _ in range(2))
        sym, anti = np.triu(one, 1), np.triu(two, 1)
        j = math.sqrt((1 + symmetry) / 2) * (sym + sym.T) + math.sqrt((1 - symmetry) / 2) * (anti - anti.T)
        j *= 1.5 / math.sqrt(n)
        x = rng.standard_normal(n)
        squares = [np.mean(x**2)]
        for t in range(steps):
            x = x + DT * (-x + j @ np.tanh(x) + 0.5 * math.sin(0.4 * math.pi * t * DT))
            squares.append(np.mean(x**2))
        found.append(squares)
    found = np.array(found)
    return found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(count)


@pytest.mark.parametrize("symmetry", [0.5, -0.5])
def test_transient_of_driven_networks(symmetry: float) -> None:
    net = dmft.RandomNetwork(1.5, drive=DRIVE, symmetry=symmetry)
    sol = dmft.solve_nonstationary(net, 4.0, method=dmft.SampledPaths(dt=DT, paths=2000, runs=4, seed=3))
    square, error = networks(symmetry, 600, 10, 40, seed=4)
    ours = np.diag(sol.corr_x)
    for t in (10, 20, 40):
        allowed = 4.5 * math.hypot(error[t], sol.variance_error[t]) + 6 / 600 * square[t]
        assert abs(ours[t] - square[t]) < allowed
    # the symmetry is what makes the difference: without it neither would fit
    method = dmft.SampledPaths(dt=DT, paths=2000, runs=2, seed=5)
    plain = dmft.solve_nonstationary(net.replace(symmetry=0.0), 4.0, method=method)
    assert abs(np.diag(plain.corr_x)[40] - square[40]) > 20 * error[40]


def test_without_symmetry_it_is_the_gaussian_theory() -> None:
    """Richardson in the Euler step against the march; within sampling error."""
    net = dmft.RandomNetwork(1.5, drive=DRIVE)
    expected = dmft.solve_nonstationary(net, 3.0, method=dmft.TwoTimeMarch(dt=0.05))
    coarse, fine = (
        dmft.solve_nonstationary(net, 3.0, method=dmft.SampledPaths(dt=dt, paths=8000, runs=8, seed=7))
        for dt in (0.1, 0.05)
    )
    value = 2 * fine.variance[-1] - coarse.variance[-1]
    # the errors hold that of the step, which the extrapolation takes off: they are wide here, and each alone must do
    for found in (coarse, fine):
        assert abs(found.variance[-1] - expected.variance[-1]) < 1.5 * found.variance_error[-1]
    assert fine.variance_error[-1] < coarse.variance_error[-1]
    assert value == pytest.approx(expected.variance[-1], rel=0.05)
    mean = 2 * fine.mean_x[-1] - coarse.mean_x[-1]
    assert mean == pytest.approx(
        expected.mean_x[-1], abs=4.5 * math.hypot(2 * fine.mean_x_error[-1], coarse.mean_x_error[-1])
    )


def test_symmetric_linear_network() -> None:
    """phi = x: G(t, s) and <x^2> from the semicircle law, x(t) = exp((J - 1) t) x(0), eigenvalues in [-2 g, 2 g]."""
    g, t = 0.3, 2.0
    net = dmft.RandomNetwork(g, nonlinearity=dmft.Linear(), symmetry=1.0)
    methods = [dmft.SampledPaths(dt=dt, paths=4000, runs=4, seed=9) for dt in (0.1, 0.05)]
    sols = [dmft.solve_nonstationary(net, t, method=method) for method in methods]
    angle = (np.arange(400) + 0.5) * math.pi / 400
    weight = 2 / math.pi * np.sin(angle) ** 2 * math.pi / 400

    def moment(power: float) -> float:
        return float(np.sum(weight * np.exp(power * (2 * g * np.cos(angle) - 1) * t)))

    square = 2 * sols[1].variance[-1] - sols[0].variance[-1]
    error = math.hypot(2 * sols[1].variance_error[-1], sols[0].variance_error[-1])
    assert square == pytest.approx(moment(2.0), abs=4.5 * error)
    # response over the whole time: <exp((J - 1) t)>; linear tangents are not random
    response = 2 * sols[1].response[-1, 0] - sols[0].response[-1, 0]
    assert response == pytest.approx(moment(1.0), rel=0.02)


def test_seed_and_refusals() -> None:
    net = dmft.RandomNetwork(1.2, symmetry=0.3)
    method = dmft.SampledPaths(paths=50, runs=2, seed=1)
    one, two = (dmft.solve_nonstationary(net, 1.0, method=method) for _ in range(2))
    np.testing.assert_array_equal(one.corr_x, two.corr_x)
    assert np.all(np.triu(one.response) == 0)
    assert one.references == ("crisanti1987", "marti2018")
    # one covariance, in the form of every method
    np.testing.assert_allclose(np.diag(one.covariance), one.variance, rtol=1e-12)
    np.testing.assert_allclose(one.covariance, one.corr_x, atol=0.1)
    for settings, message in (
        ({"dt": 0.5}, "dt must be at most 0.2"),
        ({"runs": 1}, "runs must be at least 2"),
        ({"paths": 1}, "paths must be"),
    ):
        with pytest.raises(ValueError, match=message):
            dmft.SampledPaths(**settings)
    with pytest.raises(ValueError, match="bytes of tangents"):
        dmft.solve_nonstationary(net, 1.0, method=dmft.SampledPaths(paths=10**9))
    with pytest.raises(ValueError, match=r"variance of x.0. must be finite and not negative"):
        dmft.solve_nonstationary(net, 1.0, init=(0.0, -1.0), method=method)
    with pytest.raises(ValueError, match="go on from; it is sampled"):
        dmft.solve_nonstationary(net.replace(symmetry=0.0), 1.0, init=one)


def test_two_random_phases_are_sampled() -> None:
    """Without couplings two sinusoids of random phases leave two responses: independent phases, variances add."""
    drive = dmft.Sinusoid(1.0, 0.2, "random") + dmft.Sinusoid(0.5, 0.2, "random")
    sol = dmft.solve_nonstationary(dmft.RandomNetwork(1e-6, drive=drive), 6.0, init=(0.0, 0.0))
    response = 1 / (1 + (0.4 * math.pi) ** 2)
    assert abs(sol.variance[-1] - 0.5 * (1.0 + 0.25) * response) < 4.0 * sol.variance_error[-1]
