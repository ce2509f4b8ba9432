"""What comes of a perceptron: files, diagrams, units, commands."""

import functools
import json

import numpy as np
import pytest

import dmft
from dmft.cli import main

BINARY = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)


SOLVED = {
    "capacity": lambda: dmft.solve_capacity(BINARY, size=50),
    "input": lambda: dmft.solve_robustness(BINARY, 0.4),
    "output": lambda: dmft.solve_robustness(BINARY, 0.4, to="output", size=77),
    "none": lambda: dmft.solve_robustness(BINARY, 40.0),
    "regression": lambda: dmft.solve_regression(BINARY, 0.7, limits=(0.0, 2.0), ridge=0.1),
}


@pytest.mark.parametrize("name", SOLVED)
def test_solutions_come_back_from_files(name, tmp_path):
    solution = SOLVED[name]()
    dmft.save(solution, tmp_path / "a.nc")
    back = dmft.load(tmp_path / "a.nc")
    assert type(back) is type(solution)
    assert back.network == solution.network
    for field in (*solution.variables, *solution.coordinates):
        assert np.array_equal(np.asarray(getattr(back, field)), np.asarray(getattr(solution, field)), equal_nan=True)
    assert back.state == solution.state
    assert dmft.storage.dataset(tmp_path / "a.nc")["kind"].values.tolist() == ["E", "I"]
    assert "<img" in back._repr_html_()
    assert "ingrosso2019" in dmft.cite(back) if name == "regression" else "rubin2017" in dmft.cite(back)


def test_diagrams():
    grid = {"excitatory": np.linspace(0.0, 1.0, 6)}
    free = dmft.Perceptron(excitatory=0.5, cv=(1.0, 2**0.5), positive=0.1)
    diagram = dmft.phase_diagram(free, over=grid, observe=["capacity", "balanced_capacity", "state"])
    assert int(diagram["status"].sum()) == 0
    assert float(diagram["capacity"].max()) == pytest.approx(1.9564509, rel=1e-7)
    solve = functools.partial(dmft.solve_robustness, to="output")
    watched = ["margin", "state", "imbalance"]
    loads = dmft.phase_diagram(BINARY, over={"load": [0.2, 0.6, 0.9, 1.3]}, observe=watched, solve=solve)
    assert np.isnan(loads["imbalance"].values).tolist() == [False, False, False, True]
    assert loads["state"].values.tolist() == ["balanced", "balanced", "unbalanced", ""]
    assert np.isnan(loads["margin"].values[-1])
    assert np.all(loads["margin_error"].values[:3] < 1e-9)
    sizes = dmft.phase_diagram(BINARY, over={"size": [50, 100], "load": [0.2]}, observe=["margin"], solve=solve)
    assert np.all(np.isfinite(sizes["margin"].values))
    parts = dmft.phase_diagram(free, over=grid, observe=["silent.E", "silent.I"])
    assert parts["silent.E"].values[-2] == pytest.approx(0.5, abs=1e-12)
    with pytest.raises(TypeError, match=r"name one of its parts, 'silent.E' or 'silent.I'"):
        dmft.phase_diagram(free, over=grid, observe=["silent"])
    with pytest.raises(TypeError, match=r"silent is not known of .X.; known are E, I"):
        dmft.phase_diagram(free, over=grid, observe=["silent.X"])
    for told in (loads, sizes):
        assert told.attrs["theory"] == "solve_robustness"
        assert "rubin2017" in dmft.cite(told)


@pytest.mark.parametrize(("to", "unit"), [("input", "input"), ("output", "threshold")])
def test_a_margin_has_the_unit_of_what_it_is_robust_to(to, unit, tmp_path):
    solved = dmft.solve_robustness(BINARY, 0.4, to=to)
    assert solved.to_xarray()["margin"].attrs["units"] == unit
    dmft.save(solved, tmp_path / "a.nc")
    assert dmft.load(tmp_path / "a.nc").to_xarray()["margin"].attrs["units"] == unit


def run(*words):
    try:
        return main(list(words)) or 0
    except SystemExit as stop:
        return stop.code or 0


def test_commands(capsys, tmp_path):
    target = tmp_path / "r.nc"
    stated = ["--excitatory", "0.8", "--activity", "0.3,0.15", "--positive", "0.3"]
    asked = ["solve", "robustness", *stated, "--load", "0.25", "--to", "output", "--size", "120", "-o", str(target)]
    assert run(*asked) == 0
    assert "0.4667407009" in capsys.readouterr().out
    assert run("plot", str(target)) == 0
    assert run("show", str(target)) == 0
    assert run("cite", str(target)) == 0
    assert "Rubin, Ran" in capsys.readouterr().out
    assert run("solve", "capacity", "--excitatory", "0.8", "--cv", "1.4,1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["capacity"] == pytest.approx(1.0)
    assert run("solve", "robustness", "--load", "3") == 3
    assert "below the capacity 2" in capsys.readouterr().err
    fit = tmp_path / "g.nc"
    assert (
        run("solve", "regression", *stated[:2], "--load", "1", "--limits", "0,2", "--ridge", "0.1", "-o", str(fit)) == 0
    )
    expected = dmft.solve_regression(dmft.Perceptron(excitatory=0.8), 1.0, limits=(0, 2), ridge=0.1).residual
    assert f"{expected:.10g}" in capsys.readouterr().out
    assert run("plot", str(fit)) == 0
    assert run("cite", str(fit)) == 0
    assert "Ingrosso" in capsys.readouterr().out
    assert run("solve", "regression", "--load", "2", "--limits=-1,inf") == 0
    for wrong in ("1", "a,b", "2,1", "nan,1"):
        assert run("solve", "regression", "--load", "1", "--excitatory", "0.5", "--limits", wrong) == 2
    assert run("solve", "regression", "--load", "1", "--excitatory", "0.5", "--limits=-1,1") == 2
    for wrong in (["--excitatory", "2"], ["--cv", "0"], ["--activity", "x"], ["--activity", "0.1", "--cv", "1"]):
        assert run("solve", "capacity", *wrong) == 2
