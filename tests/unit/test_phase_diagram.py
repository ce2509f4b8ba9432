from __future__ import annotations

import math

import numpy as np
import phase_toys as toys
import pytest

import dmft
from dmft.numerics.value import Value
from dmft.phases.theory import theory_of


def swept(**settings):
    arguments = {"observe": [toys.area], "solve": toys.solve_toy} | settings
    over = arguments.pop("over", {"x": [1.0, 2.0, 4.0], "y": [10.0, 20.0]})
    return dmft.phase_diagram(arguments.pop("network", toys.ToyNetwork()), over, **arguments)


def test_values_stand_where_their_coordinates_say():
    grid = swept(over={"y": [10.0, 20.0], "x": [1.0, 2.0, 4.0]})
    assert grid["area"].dims == ("y", "x")
    np.testing.assert_array_equal(grid["area"], [[10, 20, 40], [20, 40, 80]])
    assert float(grid["area"].sel(x=4.0, y=10.0)) == 40
    assert np.all(grid["status"] == 0)


def test_units_and_inputs_are_in_the_attributes():
    grid = swept(over={"x": [1.0], "drive.strength": [0.5, 0.0]})
    assert grid["x"].attrs["units"] == "tau"
    assert grid["drive.strength"].attrs == {"units": "1/tau", "long_name": "strength of the knob"}
    assert "ToyNetwork(x=0.0" in grid.attrs["network"]
    assert '"drive.strength":[0.5,0.0]' in grid.attrs["question"]


def test_the_default_theory_is_the_networks():
    net = dmft.RandomNetwork(g=1.0, drive=dmft.WhiteNoise(0.3))
    grid = dmft.phase_diagram(net, {"g": [0.8, 2.0]}, observe=["variance", "state", dmft.lyapunov_exponent])
    for g in (0.8, 2.0):
        sol = dmft.solve_stationary(net.replace(g=g))
        here = grid.sel(g=g)
        assert float(here["variance"]) == sol.variance
        assert float(here["lyapunov_exponent"]) == dmft.lyapunov_exponent(sol)
        assert here["state"].item() == sol.state
    assert grid["lyapunov_exponent"].attrs["units"] == "1/tau"
    assert grid.attrs["theory"] == "solve_stationary"


def test_a_model_brings_its_theory():
    class OwnNetwork(toys.ToyNetwork):
        pass

    theory_of.register(OwnNetwork, lambda network: toys.solve_toy)
    grid = dmft.phase_diagram(OwnNetwork(), {"x": [3.0]}, observe="state")
    assert grid["state"].item() == "calm"
    with pytest.raises(TypeError, match="no theory is known of a ToyNetwork"):
        theory_of(toys.ToyNetwork())


def test_a_failed_point_is_nan_and_its_code():
    grid = swept(over={"x": [-1.0, 1.0], "y": [1.0]}, solve=toys.solve_unless_negative)
    assert np.isnan(grid["area"][0, 0])
    assert grid["area"][1, 0] == 1
    assert grid["status"].values.ravel().tolist() == [dmft.Status.STALLED.code, 0]
    assert grid["message"].values.ravel().tolist() == ["stuck below zero", ""]
    assert float(grid["residual"][0, 0]) == 0.5
    words = dict(zip(grid["status"].attrs["flag_values"], grid["status"].attrs["flag_meanings"].split(), strict=True))
    assert words[dmft.Status.STALLED.code] == "STALLED"


def test_an_observable_that_raises_spoils_only_itself():
    grid = swept(over={"x": [-4.0, 4.0]}, observe=[toys.root_of_x, "state"])
    assert grid["message"][0].item() == "root_of_x: ValueError: math domain error"
    assert grid["state"][0].item() == "calm"
    assert math.isnan(grid["root_of_x"][0])
    assert grid["root_of_x"][1] == 2
    assert grid["status"].values.tolist() == [101, 0]


def test_a_network_that_refuses_its_value_is_a_failed_point():
    grid = dmft.phase_diagram(dmft.RandomNetwork(g=1.0), {"g": [-1.0, 0.5]}, observe="variance")
    assert grid["status"].values.tolist() == [100, 0]
    assert "g must be finite and positive, got -1.0" in grid["message"][0].item()


def test_a_standard_error_becomes_a_variable():
    grid = swept(observe={"size": lambda s: Value(s.network.x, 0.1 * s.network.x)})
    np.testing.assert_allclose(grid["size_error"][:, 0], [0.1, 0.2, 0.4])
    assert np.all(np.isnan(swept()["area_error"]))  # a plain number says nothing of its error


def test_both_ways_shows_hysteresis():
    x = np.linspace(-2, 2, 9)
    grid = swept(over={"y": [0.0, 1.0], "x": x}, observe="branch", solve=toys.solve_hysteretic, continuation="both")
    assert grid["branch"].dims == ("direction", "y", "x")
    for y in (0.0, 1.0):
        np.testing.assert_array_equal(grid["branch"].sel(direction="up", y=y), np.where(x > 1, 1, -1))
        np.testing.assert_array_equal(grid["branch"].sel(direction="down", y=y), np.where(x < -1, -1, 1))


@pytest.mark.parametrize("x", [[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
@pytest.mark.parametrize(("way", "order"), [("up", [1, 2, 3]), ("down", [3, 2, 1])])
def test_chains_run_along_the_value_not_the_index(x, way, order):
    grid = swept(over={"x": x}, observe="branch", solve=toys.solve_counting, continuation=way)
    np.testing.assert_array_equal(grid["branch"].sortby("x"), order)


def test_a_failed_point_does_not_break_its_chain():
    def solve(network, *, init=None):
        if network.x == 1:
            raise ArithmeticError("no")
        return toys.solve_counting(network, init=init)

    grid = swept(over={"x": [0.0, 1.0, 2.0]}, observe="branch", solve=solve, continuation="up")
    assert grid["branch"].values.tolist()[::2] == [1, 2]
    assert grid["status"].values.tolist() == [0, 100, 0]


def test_a_real_chain_follows_the_moving_state_down_to_the_onset():
    net = dmft.RandomNetwork(g=1.0)
    grid = dmft.phase_diagram(net, {"g": [0.8, 0.95, 1.1, 1.5]}, observe="state", continuation="both")
    for way in ("up", "down"):
        assert grid["state"].sel(direction=way).values.tolist() == ["quiescent", "quiescent", "chaotic", "chaotic"]


def test_it_goes_to_disk_and_back(tmp_path):
    import xarray

    grid = swept(over={"x": [-1.0, 1.0], "y": [1.0]}, observe=[toys.area, "state"], solve=toys.solve_unless_negative)
    grid.to_netcdf(tmp_path / "grid.nc", engine="h5netcdf")
    back = xarray.load_dataset(tmp_path / "grid.nc", engine="h5netcdf")
    xarray.testing.assert_equal(back, grid)
    assert back.attrs == grid.attrs


def test_progress_shows_rate_and_failures(capsys, monkeypatch):
    monkeypatch.setattr("dmft.progress._SPARSE", 0.0)  # seconds between two lines where there is no terminal
    swept(over={"x": [-1.0, 1.0], "y": [1.0]}, solve=toys.solve_unless_negative, progress=True)
    shown = capsys.readouterr().err
    assert "2/2" in shown
    assert "point/s" in shown
    assert "1 failed" in shown


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"over": {}}, ValueError, "at least one field"),
        ({"over": [1, 2]}, TypeError, "must map names of fields to grids"),
        ({"over": {"z": [1.0]}}, ValueError, "ToyNetwork has no field 'z'; its fields are x, y, drive"),
        ({"over": {"drive.colour": [1.0]}}, ValueError, "has no field 'colour'; it has strength"),
        ({"over": {"x.y": [1.0]}}, ValueError, "which has no fields"),
        ({"over": {"name": [1.0]}}, TypeError, "name is 'toy', which is not a number"),
        ({"over": {"x": []}}, ValueError, r"over\['x'\] must be .* at least one value, got shape \(0,\)"),
        ({"over": {"x": [[1.0]]}}, ValueError, r"got shape \(1, 1\)"),
        ({"over": {"x": [1.0, 3.0, 2.0]}}, ValueError, "strictly increase .*, got 3 and then 2"),
        ({"over": {"x": [1.0, 1.0]}}, ValueError, "got 1 and then 1"),
        ({"over": {"x": [1.0, math.nan]}}, ValueError, "must be finite, got nan"),
        ({"over": {"x": ["a"]}}, TypeError, "must be a grid of numbers"),
        ({"observe": []}, ValueError, "at least one observable"),
        ({"observe": [lambda s: 1.0]}, ValueError, "has no name"),
        ({"observe": [toys.area, toys.area]}, ValueError, "two observables are called 'area'"),
        ({"observe": {"status": toys.area}}, ValueError, "'status' is taken"),
        ({"observe": {"x": toys.area}}, ValueError, "'x' is taken"),
        ({"observe": {"a": 3}}, TypeError, "must be a function or the name of a field, got 3"),
        ({"observe": 3}, TypeError, "must be a list of functions"),
        ({"solve": 3}, TypeError, "solve must be a function"),
        ({"continuation": "sideways"}, ValueError, "continuation must be one of 'up', 'down', 'both'"),
        ({"continuation": "up"}, ValueError, "no parameter init"),
        ({"executor": "four"}, TypeError, "anything with `submit`"),
        ({"executor": 0}, ValueError, ">= 1"),
    ],
)
def test_refusals(settings, error, words):
    with pytest.raises(error, match=words):
        swept(**settings)


EI = dmft.Network(
    {
        "E": dmft.Population(dmft.Tanh(), fraction=0.8, drive=dmft.WhiteNoise(0.5)),
        "I": dmft.Population(dmft.Tanh(), dmft.Leaky(0.7), fraction=0.2),
    },
    dmft.Couplings(dmft.Random(g=[[2.4, 3.0], [2.6, 3.4]]), dmft.Mean([[1.0, -2.0], [1.0, -2.0]])),
)


def test_a_path_reaches_a_population_and_an_element_of_a_matrix():
    over = {"populations.E.drive.intensity": [0.1, 0.2], "couplings.random.g.E.I": [1.0, 2.0, 3.0]}
    read = {"noise": lambda s: s.network.named["E"].drive.intensity, "g": lambda s: s.network.couplings.random.g[0][1]}
    grid = dmft.phase_diagram(EI, over, read, solve=toys.solve_toy)
    assert grid["noise"].dims == tuple(over)
    np.testing.assert_array_equal(grid["noise"][:, 0], [0.1, 0.2])
    np.testing.assert_array_equal(grid["g"][0], [1.0, 2.0, 3.0])
    assert grid["populations.E.drive.intensity"].attrs == {"units": "1/tau", "long_name": "noise intensity"}
    assert grid["couplings.random.g.E.I"].attrs["long_name"] == "gain: J_ij has variance g^2/N"


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("populations.X.bias", ValueError, "populations has no 'X'; it has 'E', 'I'"),
        ("couplings.random.g.E.X", ValueError, "couplings.random.g.E has no 'X'; it has 'E', 'I'"),
        ("couplings.random.g", TypeError, "which is not a number"),
        ("populations.I.drive.intensity", ValueError, "populations.I.drive, which is None; .*WhiteNoise"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path, error, words):
    with pytest.raises(error, match=words):
        dmft.phase_diagram(EI, {path: [0.1, 0.2]}, {"g": lambda s: 1.0}, solve=toys.solve_toy)


def test_a_composed_network_of_one_population_is_swept_as_its_short_name():
    short = dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(0.1))
    over = {"drive.intensity": [0.1, 0.4]}
    composed = dmft.phase_diagram(
        short.compose(), {f"populations.{path}": grid for path, grid in over.items()}, observe="variance"
    )
    np.testing.assert_array_equal(
        composed["variance"], dmft.phase_diagram(short, over, observe="variance")["variance"].values
    )
    gains = dmft.phase_diagram(short.compose(), {"couplings.random.g": [0.5, 1.5]}, observe="variance")
    assert gains["variance"][1] == composed["variance"][0]


def test_a_keyword_of_the_verb_is_swept_beside_fields_of_the_network():
    net = dmft.RandomNetwork(g=0.5)
    grid = dmft.phase_diagram(
        net, {"g": [0.5, 0.8], "duration": [1, 2, 3]}, {"end": lambda s: s.times[-1]}, solve=dmft.solve_nonstationary
    )
    np.testing.assert_allclose(grid["end"], [[1, 2, 3], [1, 2, 3]])
    assert grid.attrs["theory"] == "solve_nonstationary"

    def solve(network, *, samples, tolerance=0.0):
        assert isinstance(samples, int)
        return toys.ToySolution(network, toys.GOOD, samples * tolerance)

    grid = swept(over={"tolerance": [0.5, 1.0], "samples": [3, 4]}, observe="branch", solve=solve)
    np.testing.assert_array_equal(grid["branch"], [[1.5, 2.0], [3.0, 4.0]])
    by_theory = dmft.phase_diagram(net, {"max_steps": [50, 100]}, observe="variance")
    assert by_theory["status"].values.tolist() == [0, 0]
    with pytest.raises(ValueError, match="has no field 'init'"):
        swept(over={"init": [0.0]}, solve=toys.solve_hysteretic)


def test_a_path_through_no_drive_names_the_drives():
    with pytest.raises(ValueError, match=r"drive, which is None; .*WhiteNoise, OrnsteinUhlenbeck, Sinusoid"):
        dmft.phase_diagram(dmft.RandomNetwork(g=1.0), {"drive.intensity": [0.1]}, observe="variance")


def test_a_field_that_no_solution_has_is_refused_before_the_sweep():
    with pytest.raises(ValueError, match=r"a number of the solution, one of .*variance.*; got 'entropy'"):
        dmft.phase_diagram(dmft.RandomNetwork(g=1.0), {"g": [0.5]}, observe="entropy")


def test_an_array_is_no_observable():
    with pytest.raises(TypeError, match=r"works at no point .* must give a number or a word, got an array of shape"):
        dmft.phase_diagram(dmft.RandomNetwork(g=0.5), {"g": [0.5]}, observe="corr_x")
