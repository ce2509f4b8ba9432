"""`dmft solve --file` and `dmft branches`: networks that a file states."""

import json

import numpy as np
import pytest

import dmft
from dmft.cli import main

TWO = """
type = "Network"
[populations.E]
type = "Population"
fraction = 0.8
[populations.I]
type = "Population"
nonlinearity = "erf"
dynamics = { type = "Leaky", tau = 2.0 }
[couplings]
type = "Couplings"
random = { type = "Random", g = [[2.0, 1.0], [1.5, 1.0]] }
"""
STEPS = """
[network]
type = "Network"
[network.populations]
type = "Population"
dynamics = { type = "Map" }
[network.couplings]
type = "Couplings"
random = { type = "Random", g = 1.7 }
"""


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as done:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return done.value.code or 0, out, err


@pytest.fixture
def two(tmp_path):
    file = tmp_path / "two.toml"
    file.write_text(TWO)
    return file


def test_numbers_of_each_population(two, tmp_path, capsys):
    code, out, _ = run(capsys, "solve", "stationary", "--file", two, "--json", "-o", tmp_path / "two.nc")
    assert code == 0
    told, read = json.loads(out), dmft.load(tmp_path / "two.nc")
    for a, name in enumerate("EI"):
        assert told[f"variance.{name}"] == read.variance[a]
        assert told[f"mean_slope.{name}"] == read.mean_slope[a]
        assert told[f"corr_phi[0].{name}"] == read.corr_phi[a, 0]
    assert told["lyapunov_exponent"] == float(dmft.lyapunov_exponent(read))
    # the network of a stored result
    code, again, _ = run(capsys, "solve", "stationary", "--file", tmp_path / "two.nc", "--json")
    assert code == 0
    assert json.loads(again) == told


def test_states_of_a_network(tmp_path, capsys):
    file = tmp_path / "steps.toml"
    file.write_text(STEPS)
    code, out, _ = run(capsys, "branches", file, "-o", tmp_path / "b.nc", "--figure", tmp_path / "b.png")
    assert code == 0
    assert "chaotic" in out
    assert (tmp_path / "b.png").stat().st_size > 3000
    code, out, _ = run(capsys, "branches", file, "--json")
    told, read = json.loads(out), dmft.load(tmp_path / "b.nc")
    assert [state["stable"] for state in told["states"]] == [False, True]
    np.testing.assert_array_equal([b.solution.variance for b in read], [state["variance"] for state in told["states"]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = [", "is not TOML"),
        ('type = "Foo"', "must be of a type among"),
        ("", "needs a type, or a table [network]"),
        ("network = 3", "must be"),
        ("\xff", "is not TOML"),
        (TWO.replace("2.0, 1.0], [1.5", "2.0, -1.0], [1.5"), "no negative entry"),
        (TWO.replace('"Leaky", tau = 2.0', '"Map"'), "either all populations"),
    ],
)
@pytest.mark.parametrize("command", [("solve", "stationary", "--file"), ("branches",)])
def test_bad_files_are_refused_in_a_line(command, text, message, tmp_path, capsys):
    file = tmp_path / "bad.toml"
    file.write_bytes(text.encode("latin-1"))
    code, _, err = run(capsys, *command, file)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
