"""Discrete time: all steady states, the Jacobian of a step, and what two copies share, against marches and networks."""

import itertools
import math

import numpy as np
import pytest

import dmft

STEP = dmft.Map()


def one(g, mean=0.0, **population):
    couplings = dmft.Couplings(dmft.Random(g), dmft.Mean(mean) if mean else None)
    return dmft.Network(dmft.Population(dmft.Tanh(), STEP, **population), couplings)


def two(noise=0.3, mean=0.0):
    populations = {
        "a": dmft.Population(dmft.Tanh(), STEP, fraction=0.4, drive=dmft.WhiteNoise(noise) if noise else None),
        "b": dmft.Population(dmft.Erf(), STEP, threshold_variance=0.1),
    }
    couplings = dmft.Random([[2.0, math.sqrt(2.0)], [math.sqrt(6.0), 1.0]])
    return dmft.Network(populations, dmft.Couplings(couplings, dmft.Mean([[mean, -mean], [mean, mean]])))


def test_fixed_points_know_no_time():
    """Steady states are the fixed points of continuous time, but for which of them stay."""
    steps, flow = (
        dmft.branches(
            dmft.Network(dmft.Population(dmft.Tanh(), kind), dmft.Couplings(dmft.Random(0.8), dmft.Mean(1.6)))
        )
        for kind in (STEP, dmft.Leaky(1.0))
    )
    assert len(steps) == len(flow) == 3
    assert steps.complete
    for a, b in itertools.product(range(3), repeat=2):
        same = math.isclose(steps[a].solution.mean_x, flow[b].solution.mean_x, abs_tol=1e-9)
        assert not same or steps[a].solution.variance == pytest.approx(flow[b].solution.variance, abs=1e-9)
    assert sum(b.stable for b in steps) == 2
    assert {round(b.solution.mean_x, 6) for b in steps} == {0.0, 1.162522, -1.162522}


def test_branches_hold_what_is_left_and_what_the_map_settles_in():
    """Strong inhibition: the steady state is left for a cycle, and listed; a state that is kept is the solved one."""
    (left,) = dmft.branches(one(0.5, -6.0, bias=1.0))
    assert left.stable is False
    path = dmft.solve_nonstationary(
        left.solution.network, 60, init=(left.solution.mean_x + 1e-4, left.solution.variance)
    )
    assert abs(path.mean_x[-1] - left.solution.mean_x) > 0.5
    (kept,) = dmft.branches(two())
    solved = dmft.solve_stationary(two())
    for name in ("variance", "mean_x", "static_variance", "mean_phi"):
        np.testing.assert_allclose(getattr(kept.solution, name), getattr(solved, name), rtol=1e-10, atol=1e-10)
    assert kept.stable
    assert kept.solution.convergence.converged


@pytest.mark.parametrize("network", [one(1.7), one(0.9, drive=dmft.WhiteNoise(0.4)), two(), two(0.0)])
def test_the_radius_is_how_differences_grow(network):
    solution = dmft.solve_stationary(network)
    spectrum = dmft.jacobian_spectrum(solution)
    assert math.log(spectrum.radius) == pytest.approx(dmft.lyapunov_exponent(solution), abs=1e-10)
    assert spectrum.abscissa == pytest.approx(spectrum.radius, rel=1e-9)
    assert spectrum.contains(0.9 * spectrum.radius * 1j)
    assert not spectrum.contains(1.1 * spectrum.radius)
    r = np.geomspace(1e-3, 1.0 - 1e-9, 600) * spectrum.radius  # saturated units stand next to 0
    ring = 2.0 * np.pi * r**2 * spectrum.density(r)
    assert np.trapezoid(ring, np.log(r)) == pytest.approx(float(spectrum.cdf(r[-1]) - spectrum.cdf(r[0])), abs=2e-4)


def drawn(size, g, mean, seed):
    """The eigenvalues of J diag(phi'(x)) of a network that has come to rest at a positive mean."""
    rng = np.random.default_rng(seed)
    couplings = g * rng.normal(size=(size, size)) / math.sqrt(size) + mean / size
    x = 1.2 + 0.5 * rng.normal(size=size)
    for _ in range(400):
        x = couplings @ np.tanh(x)
    assert np.max(np.abs(x - couplings @ np.tanh(x))) < 1e-10
    values = np.linalg.eigvals(couplings * (1.0 - np.tanh(x) ** 2))
    return values, math.copysign(1.0, x.mean())


@pytest.mark.long
def test_drawn_networks():
    """Rest at tanh, g = .8, M = 1.6: the eigenvalue beside the disc is the one that knows of J and phi'(x) (.4366);
    if they had nothing in common it would be .634. Eight networks of 800 units scatter by .013."""
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(one(0.8, 1.6)))
    theory, naive = (float(np.max(values.real)) for values in (spectrum.outliers, spectrum.naive_outliers))
    found, inside = [], []
    for seed in range(8):
        values, _ = drawn(800, 0.8, 1.6, seed)
        found.append(np.max(values.real))
        inside.append(np.mean(np.abs(values) < 0.6 * spectrum.radius))
    error = np.std(found, ddof=1) / math.sqrt(8)
    assert abs(np.mean(found) - theory) < 3.0 * error + 5e-3  # 1/N
    assert naive - theory > 10.0 * error
    scatter = np.std(inside, ddof=1) / math.sqrt(8)
    assert scatter < 0.02
    assert abs(np.mean(inside) - float(spectrum.cdf(0.6 * spectrum.radius))) < 3.0 * scatter
    assert abs(np.mean(inside) - 0.36) > 8.0 * scatter  # of a disc that is filled evenly


@pytest.mark.long
@pytest.mark.parametrize("noise", ["shared", "own"])
@pytest.mark.parametrize(
    "network", [one(1.7), one(1.1, drive=dmft.WhiteNoise(0.3)), two()], ids=["chaos", "one", "two"]
)
def test_copies_come_to_share_what_a_march_of_their_overlap_does(network, noise):
    solution = dmft.solve_stationary(network)
    found = dmft.copy_overlap(solution, noise=noise)
    march = dmft.StepByStep(overlap=0.3 * solution.variance, shared_noise=noise == "shared", window=1)
    init = (solution.mean_x, solution.variance)
    path = dmft.solve_nonstationary(network, 400, init=init, method=march)
    np.testing.assert_allclose(np.asarray(path.overlap)[..., -1], found.covariance, atol=1e-9)
    grows = dmft.lyapunov_exponent(solution) > 0
    assert np.all(np.asarray(found) < 1.0 - 1e-6) or (not grows and noise == "shared")
    if not grows and noise == "shared":
        np.testing.assert_allclose(found, 1.0, atol=1e-12)


def test_what_has_no_copies_is_refused():
    with pytest.raises(TypeError, match="continuous time"):
        dmft.copy_overlap(dmft.solve_stationary(dmft.RandomNetwork(1.5)))
    with pytest.raises(TypeError, match=r"dmft.Map\(\)"):
        dmft.copy_overlap(3)
    with pytest.raises(ValueError, match="noise must be one of"):
        dmft.copy_overlap(dmft.solve_stationary(one(1.5)), noise="none")
    with pytest.raises(ValueError, match="random phases is not solved in discrete time"):
        dmft.branches(one(1.5, drive=dmft.Sinusoid(0.1, 0.1, "random")))


def test_units_that_are_all_alike_and_active_are_no_quiescent_ones():
    units = dmft.Population(dynamics=dmft.Map(), bias=0.3)
    solution = dmft.solve_stationary(dmft.Network({"a": units}, dmft.Couplings(None, dmft.Mean(-0.5))))
    assert solution.variance[0] == 0.0
    assert abs(solution.mean_x[0] - 0.3 + 0.5 * np.tanh(solution.mean_x[0])) < 1e-12
    assert solution.state == "fixed point"


@pytest.mark.parametrize(
    ("g", "mean", "noise", "reason"),
    [
        (1.3, None, 0.0, r"variances are multiplied by .* = 1\.69 in each step.* g at most 0\.7692 times"),
        (1.3, None, 1.0, r"variances are multiplied by .* = 1\.69 in each step.* g at most 0\.7692 times"),
        (0.3, 1.5, 0.0, r"means are multiplied by .* = 1\.5 in each step.* mean couplings at most 0\.6667 times"),
    ],
)
def test_linear_units_that_diverge_are_told_by_how_much(g, mean, noise, reason):
    """And with couplings a thousandth below what is told there is a state."""
    unit = dmft.Population(dmft.Linear(), dmft.Map(), drive=dmft.WhiteNoise(noise) if noise else None)
    network = dmft.Network(unit, dmft.Couplings(dmft.Random(g), None if mean is None else dmft.Mean(mean)))
    with pytest.raises(dmft.NotConvergedError, match=reason) as caught:
        dmft.solve_stationary(network)
    assert caught.value.solution.convergence.status is dmft.Status.NO_SOLUTION
    path, part = ("couplings.random.g", 0.999 / 1.3) if mean is None else ("couplings.mean.strength", 0.999 / 1.5)
    there = dmft.solve_stationary(network.replace(**{path: part * (mean or g)}))
    assert there.convergence.converged
