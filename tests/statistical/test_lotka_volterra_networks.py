"""The fixed point of Lotka-Volterra equations against networks: the points of the sheet, and points at random.

Power: of 16 networks of 200 species the mean abundance has an error of about 0.4 %, its square and the fraction alive
1.7 % and 0.9 %: a wrong sign of the symmetry (q by 40 %), a factor 2 of chi or of sigma^2 would be ten errors or more.
"""

import numpy as np
import pytest

import dmft
import validation

POINTS = {
    "independent": dmft.LotkaVolterraNetwork(4.0, 0.8),
    "symmetric": dmft.LotkaVolterraNetwork(4.0, 0.8, 0.5),
    "immigration": dmft.LotkaVolterraNetwork(4.0, 0.8, -0.3, 1e-2),
}


def networks(network, counts, seed, burn_in=80.0):
    settings = {"duration": 5.0, "burn_in": burn_in, "measure": ("correlation", "survival")}
    runs = [validation.simulate(network, n, n_realizations=k, seed=seed, **settings) for n, k in counts.items()]
    return sum(runs[1:], runs[0])


@pytest.mark.parametrize("name", POINTS)
def test_networks_agree_with_the_fixed_point(name):
    solution = dmft.solve_stationary(POINTS[name])
    found = validation.compare(solution, networks(POINTS[name], {200: 16}, seed=3), tolerance=0.2)
    assert found.verdict == "agree", str(found)
    assert all(abs(row.z) < 4.0 for row in found.rows), str(found)


@pytest.mark.long
@pytest.mark.parametrize("gamma", [-0.5, 0.0, 0.3])
def test_pooled_networks_agree_within_five_per_cent(gamma):
    network = dmft.LotkaVolterraNetwork(4.0, 1.2 if gamma < 0 else 0.8, gamma)
    found = validation.compare(dmft.solve_stationary(network), networks(network, {200: 150, 400: 100}, seed=8))
    assert found.verdict != "disagree", str(found)
    # the numbers of the sheet's table; the variance, 1/N low, is the noisiest of them
    assert {found.row(name).verdict for name in ("mean_x", "corr_x[0]", "survival")} == {"agree"}, str(found)
    wrong = dmft.solve_stationary(network.replace(symmetry=gamma + 0.15))
    numbers = {"mean_x": wrong.mean_x, "corr_x[0]": wrong.corr_x[0], "survival": wrong.survival}
    assert validation.compare(numbers, found.simulation).verdict == "disagree"


@pytest.mark.long
def test_points_at_random():
    """Points that stand in no file: none disagrees, and some would with a spread that is a fifth smaller.

    Not those next to the instability, nor with much immigration, where the bounds on the bias are wide.
    """
    rng = np.random.default_rng(12)
    seen = 0
    for k in range(10):
        gamma = rng.uniform(-1.0, 1.0)
        sigma = rng.uniform(0.1, 0.85) * min(np.sqrt(2) / (1 + gamma), 3.0)
        line = dmft.solve_stationary(dmft.LotkaVolterraNetwork(5.0, sigma, gamma)).process.divergent_mu
        rate = rng.choice([0.0, 10 ** rng.uniform(-4, 0)])
        network = dmft.LotkaVolterraNetwork(line + rng.uniform(0.5, 6.0), sigma, gamma, rate)
        found = validation.compare(dmft.solve_stationary(network), networks(network, {160: 24}, seed=100 + k))
        assert "disagree" not in {row.verdict for row in found.rows}, str(found)
        assert abs(found.row("mean_x").deviation) < 0.05, str(found)
        wrong = dmft.solve_stationary(network.replace(sigma=0.8 * sigma))
        numbers = {"mean_x": wrong.mean_x, "static_variance": wrong.variance, "survival": wrong.survival}
        seen += validation.compare(numbers, found.simulation).verdict == "disagree"
    assert seen >= 3


@pytest.mark.long
@pytest.mark.parametrize(("network", "alive"), [(POINTS["independent"], 0.794), (POINTS["symmetric"], 0.627)])
def test_small_networks_are_as_far_off_as_the_bound_allows(network, alive):
    """What is left out at N = 60 is seen, at most half of the bound but for two errors, and more than a tenth of it."""
    solution = dmft.solve_stationary(network)
    found = validation.compare(solution, networks(network, {60: 300}, seed=5), order=0, tolerance=0.3)
    for row in found.rows:
        assert abs(row.estimate.value - row.theory) < row.bias_bound / 2 + 2 * row.error, str(found)
    assert found.row("survival").deviation * 60 > 0.1
    assert found.row("survival").theory == pytest.approx(alive, abs=1e-3)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_moves_beyond_the_line_is_sampled(seed):
    """C4 of the sheet, with immigration: m .434(1), <x^2> .970(10); 8 networks of 500 have .448(21) and 1.03(11).

    With the second and third seed the iteration comes to the unstable fixed point, m .447, first.
    """
    moving = dmft.LotkaVolterraNetwork(4.0, 2.0, 0.0, 1e-3)
    assert dmft.solve_stationary(moving, on_failure="ignore").convergence.status is dmft.Status.UNSTABLE
    solution = dmft.solve_stationary(moving, method=dmft.Sampled(paths=256, seed=seed))
    assert solution.state == "chaotic"
    assert solution.mean_x == pytest.approx(0.434, abs=0.006)
    assert solution.corr_x[0] == pytest.approx(0.970, abs=0.03 + 2 * solution.corr_x_error[0])
