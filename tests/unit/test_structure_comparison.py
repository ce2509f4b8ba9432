"""Quantities of populations by name: in comparisons, extrapolation and files."""

import numpy as np
import pytest

import dmft
import validation

POPULATIONS = {"E": dmft.Population(fraction=0.75), "I": dmft.Population(dynamics=dmft.Leaky(0.5))}


@pytest.fixture(scope="module")
def simulation():
    network = dmft.Network(
        {name: p.replace(drive=dmft.WhiteNoise(1.0)) for name, p in POPULATIONS.items()},
        dmft.Random([[0.5, 0.3], [0.4, 0.2]]),
    )
    return validation.simulate(
        network,
        [40, 80],
        n_realizations=4,
        duration=20.0,
        burn_in=5.0,
        initial_states=4,
        measure=("correlation", "lyapunov", "dimension"),
        seed=1,
    )


def test_rows_are_named_population_by_population(simulation):
    names = ("corr_x.E[0]", "corr_phi.I[2]", "mean_x.I", "variance.E", "covariance_blocks_x.E.I", "lyapunov_exponent")
    found = validation.compare(dict.fromkeys(names, 0.0), simulation)
    assert tuple(row.quantity for row in found.rows) == names
    values = simulation.values("corr_x", 80)
    assert values.shape == (4, 2, len(simulation.lags))
    estimate = validation.extrapolate(simulation, "corr_x.I", at=1.0, order=0)
    assert estimate.means[-1] == pytest.approx(values[:, 1, 2].mean())
    blocks = simulation.values("covariance_blocks_x", 80)
    np.testing.assert_allclose(blocks, blocks.transpose(0, 2, 1), rtol=1e-5)
    np.testing.assert_allclose(blocks.sum(axis=(1, 2)), simulation.values("psi_x", 80)[:, 0], rtol=1e-5)
    row = found.row("covariance_blocks_x.E.I")
    assert row.estimate.means[-1] == pytest.approx(blocks[:, 0, 1].mean())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("corr_x[0]", "depends on population, lag: say at which value, like corr_x.E"),
        ("corr_x.X[0]", "populations of corr_x are E, I; got 'X'"),
        ("lyapunov_exponent.E", "lyapunov_exponent is not by population"),
        ("mean_x.E[0]", r"has the dimensions \(\), not one"),
        ("mean_x.", "a quantity is named like"),
    ],
)
def test_names_that_lead_nowhere_are_refused(simulation, name, words):
    with pytest.raises(ValueError, match=words):
        validation.compare({name: 0.0}, simulation)


def test_a_simulation_of_populations_is_stored_and_shown(simulation, tmp_path):
    validation.save(simulation, tmp_path / "networks")
    back = validation.load(tmp_path / "networks")
    assert back.plan == simulation.plan
    np.testing.assert_array_equal(back.values("variance", 80), simulation.values("variance", 80))
    data = simulation.to_xarray()
    assert list(data.population.values) == ["E", "I"]
    assert data.corr_x.dims == ("size", "realization", "population", "lag")
    assert "lyapunov_exponent" in str(simulation)
    assert "mean_phi.I" in str(simulation)
