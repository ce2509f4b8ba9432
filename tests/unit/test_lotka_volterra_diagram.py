"""The ready-made diagram of many species, its lines, and the names of phases."""

import numpy as np
import pytest

import dmft
from dmft.cli import main
from dmft.phases.lotka_volterra_diagram import divergence, stability_line


def test_the_preset():
    grid = dmft.lotka_volterra_diagram(mu=[-2.0, -0.5, 4.0], sigma=[0.5, 1.3, 1.6])
    settled, moving, unbounded = "one fixed point", "no stable fixed point", "unbounded"
    assert grid["phase"].values.tolist() == [
        [unbounded, unbounded, moving],
        [settled, unbounded, moving],
        [settled, settled, moving],
    ]
    for name in ("mean_abundance", "mean_square", "survival", "response"):
        assert np.array_equal(np.isnan(grid[name].values), [[1, 1, 1], [0, 1, 1], [0, 0, 0]])
    alone = dmft.solve_stationary(dmft.LotkaVolterraNetwork(4.0, 1.3))
    assert float(grid["mean_abundance"][2, 1]) == alone.mean_x
    assert float(grid["survival"][2, 1]) == alone.survival
    assert 0 < float(grid["mean_abundance_error"][2, 1]) < 1e-12
    assert not np.any(grid["status"])
    inside = grid["stability_x"].values >= 0
    assert grid["stability_y"].values[inside] == pytest.approx(np.sqrt(2), rel=1e-12)
    assert np.all(np.isnan(grid["stability_y"].values[~inside]))


@pytest.mark.parametrize("symmetry", [-0.5, 0.0, 0.8])
def test_lines_are_where_solutions_end(symmetry):
    network = dmft.LotkaVolterraNetwork(0.0, 0.5, symmetry)
    (mu,) = divergence(network, [0.5])
    assert dmft.classify_phase(network.replace(mu=mu + 1e-4)) == "one fixed point"
    with pytest.raises(ValueError, match="lose digits"):
        dmft.classify_phase(network.replace(mu=mu + 1e-9))
    assert dmft.classify_phase(network.replace(mu=mu - 1e-8)) == "unbounded"
    wet = network.replace(immigration=1e-2)
    assert dmft.classify_phase(wet.replace(mu=mu - 1e-8)) == "unbounded"
    (sigma,) = stability_line(wet, [3.0], 0.5, 20.0)
    assert sigma > 1.01 * np.sqrt(2) / (1 + symmetry)
    assert dmft.classify_phase(wet.replace(mu=3.0, sigma=sigma - 1e-8)) == "one fixed point"
    assert dmft.classify_phase(wet.replace(mu=3.0, sigma=sigma + 1e-8)) == "no stable fixed point"


def test_phases_carry_what_decided():
    phase = dmft.classify_phase(dmft.LotkaVolterraNetwork(4.0, 0.8).compose())
    assert phase.numbers["growth"] == pytest.approx(0.8**2 * phase.numbers["survival"])
    assert "sigma_c" in dmft.classify_phase(dmft.LotkaVolterraNetwork(4.0, 2.0)).criterion


def test_what_the_diagram_refuses():
    with pytest.raises(ValueError, match="sigma must be above 0"):
        dmft.lotka_volterra_diagram(sigma=[-0.5, 1.0])
    with pytest.raises(ValueError, match="symmetry must be in"):
        dmft.lotka_volterra_diagram(symmetry=2.0)
    with pytest.raises(ValueError, match="immigration"):
        dmft.lotka_volterra_diagram(immigration=-1.0)


def test_a_sweep_of_any_parameter():
    species = dmft.LotkaVolterraNetwork(4.0, 0.5, immigration=1e-4)
    sweep = dmft.phase_diagram(species, {"symmetry": [-1.0, 0.0, 1.0]}, observe=["mean_x", "survival", "state"])
    assert np.all(np.diff(sweep["mean_x"].values) > 0)
    assert set(sweep["state"].values) == {"fixed point"}


def run(arguments, code):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == code


def test_the_command(tmp_path, capsys):
    (tmp_path / "species.toml").write_text(
        'type = "LotkaVolterraNetwork"\nmu = 4.0\nsigma = 0.8\nsymmetry = 0.5\n', encoding="utf-8"
    )
    file = str(tmp_path / "species.toml")
    run(["solve", "stationary", "--file", file, "-o", str(tmp_path / "species.nc")], 0)
    assert "0.62689" in capsys.readouterr().out
    assert dmft.load(tmp_path / "species.nc").survival == pytest.approx(0.626890486, abs=1e-9)
    (tmp_path / "species.toml").write_text('type = "LotkaVolterraNetwork"\nmu = -4.0\nsigma = 0.8\n', encoding="utf-8")
    run(["solve", "stationary", "--file", file], 3)
    assert "mu_div" in capsys.readouterr().err
