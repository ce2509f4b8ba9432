"""Solutions of stated units: arrays and errors, files, the same numbers from a seed, accuracy that is asked for."""

import numpy as np
import pytest

import dmft

NETWORK = dmft.Network(dmft.Population(dynamics=dmft.DivisiveNorm(2.0)), dmft.Random(3.0))
FEW = dmft.Sampled(paths=64, seed=1)


@pytest.fixture(scope="module")
def solution():
    return dmft.solve_stationary(NETWORK, method=FEW)


def test_what_a_solution_holds(solution):
    n = len(solution.lags)
    assert solution.sampled
    assert solution.convergence.converged
    assert solution.state == "chaotic"
    for name in ("corr_x", "corr_phi", "corr_x_error", "corr_phi_error"):
        assert getattr(solution, name).shape == (n,)
    assert solution.convergence.error >= solution.corr_x_error[0] / solution.variance * (1 - 1e-12)
    assert solution.settings["errors"].keys() == {"sampling", "steps", "window", "iteration"}
    assert solution.process.outputs[0] == pytest.approx(solution.corr_phi)
    assert solution.process.response.shape == (1, 1, len(solution.process.omega))
    assert "stern2014" in solution.references
    assert solution.corr_x_at(0.0) == pytest.approx(solution.variance)


def test_a_solution_comes_back_from_a_file(solution, tmp_path):
    dmft.save(solution, tmp_path / "unit.nc")
    again = dmft.load(tmp_path / "unit.nc")
    assert again.network == NETWORK
    assert again.convergence == solution.convergence
    assert np.array_equal(again.corr_phi, solution.corr_phi)
    assert np.array_equal(again.process.response, solution.process.response)


def test_the_same_seed_gives_the_same_numbers(solution):
    again = dmft.solve_stationary(NETWORK, method=FEW)
    assert np.array_equal(again.corr_x, solution.corr_x)


def test_what_follows_from_another_theory_is_refused(solution):
    with pytest.raises((ValueError, TypeError)):
        dmft.effective_dimension(solution, "x")


def test_the_jacobian_is_sampled_again_from_a_seed(solution):
    found, again, other = (dmft.jacobian_spectrum(solution, paths=64, seed=seed) for seed in (0, 0, 1))
    assert found.abscissa == again.abscissa
    error = found.abscissa.standard_error + other.abscissa.standard_error
    assert 0.0 < abs(found.abscissa - other.abscissa) < 4.0 * error
    assert found.contains(found.rightmost - 1e-3)
    assert not found.contains(found.rightmost + 1e-3)


@pytest.mark.long
def test_an_accuracy_is_reached_or_not_called_converged(solution):
    wanted = 0.3 * solution.convergence.error
    better = dmft.solve_stationary(NETWORK, method=dmft.Sampled(paths=64, seed=1, accuracy=wanted))
    assert better.convergence.error <= wanted
    assert better.settings["seeds"] > solution.settings["seeds"]
    never = dmft.solve_stationary(NETWORK, method=dmft.Sampled(paths=64, seed=1, accuracy=1e-5), on_failure="ignore")
    assert never.convergence.status is dmft.Status.STALLED
