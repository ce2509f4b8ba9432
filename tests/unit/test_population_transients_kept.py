"""Transients and periodic states of populations in files, pictures, commands; and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import dmft
from dmft.cli import main

TEXT = """
[network]
type = "Network"
[network.populations.E]
type = "Population"
fraction = 0.8
drive = { type = "Sinusoid", amplitude = 1.0, frequency = 0.2 }
[network.populations.I]
type = "Population"
dynamics = { type = "Leaky", tau = 0.7 }
drive = { type = "Sinusoid", amplitude = 0.5, frequency = 0.2, phase = 1.0 }
[network.couplings]
type = "Couplings"
random = { type = "Random", g = [[1.2, 0.8], [1.2, 0.5]] }
mean = { type = "Mean", strength = [[1.0, -2.0], [1.5, -1.0]] }
"""


def network(**changes: object) -> dmft.Network:
    populations = {
        "E": dmft.Population(fraction=0.8, drive=dmft.Sinusoid(1.0, 0.2)),
        "I": dmft.Population(dynamics=dmft.Leaky(0.7), drive=dmft.Sinusoid(0.5, 0.2, phase=1.0)),
    }
    couplings = dmft.Couplings(dmft.Random([[1.2, 0.8], [1.2, 0.5]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]]))
    return dmft.Network(populations, couplings).replace(**changes)


@pytest.fixture(scope="module")
def march() -> dmft.NonstationarySolution:
    return dmft.solve_nonstationary(network(), 3.0, init=((0.1, -0.1), 0.5))


@pytest.fixture(scope="module")
def locked() -> dmft.PeriodicSolution:
    return dmft.solve_periodic(network(), n=32)


@pytest.mark.long
@pytest.mark.parametrize("which", ["march", "locked"])
def test_they_are_kept_and_shown(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    solution = request.getfixturevalue(which)
    dmft.save(solution, tmp_path / "kept.nc")
    back = dmft.load(tmp_path / "kept.nc")
    assert back.network == solution.network == network()
    assert dict(back.settings) == dict(solution.settings)
    for name in ("mean_x", "variance", "mean_phi"):
        np.testing.assert_array_equal(getattr(back, name), getattr(solution, name))
    data = solution.to_xarray()
    assert data["variance"].dims == ("population", "times")
    assert list(data["population"].values) == ["E", "I"]
    labels = [text.get_text() for ax in solution.plot().axes if ax.get_legend() for text in ax.get_legend().texts]
    assert labels[:2] == ["E", "I"]
    assert "svg" in solution._repr_html_() or "png" in solution._repr_html_()


def test_of_a_named_population_alone_arrays_have_its_axis() -> None:
    alone = dmft.Network({"only": dmft.Population()}, dmft.Couplings(dmft.Random(1.5)))
    plain = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(1.5)))
    one, two = (dmft.solve_nonstationary(statement, 2.0) for statement in (alone, plain))
    assert one.band.shape == (1, *two.band.shape)
    np.testing.assert_array_equal(one.variance[0], two.variance)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code: object = main(list(arguments))
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return int(code or 0), captured.out, captured.err  # type: ignore[call-overload]

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "populations.toml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize(("verb", "settings"), [("nonstationary", ("--duration", "2")), ("periodic", ())])
def test_commands_take_a_file(run: Run, file: Path, verb: str, settings: tuple[str, ...]) -> None:
    code, out, err = run("solve", verb, "--file", str(file), *settings, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    if verb == "periodic":
        solution = dmft.solve_periodic(network())
        assert document["lyapunov_exponent"] == pytest.approx(dmft.lyapunov_exponent(solution))
    else:
        solution = dmft.solve_nonstationary(network(), 2.0, init=(0.0, 1.0))
    for index, name in enumerate("EI"):
        assert document[f"variance.{name} at the end"] == pytest.approx(solution.variance[index, -1])


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (TEXT, ("--g", "2"), "the network is stated by"),
        ("nonsense", (), "is not TOML"),
        ("[other]\nx = 1", (), "needs a type, or a table \\[network\\] with one; it has other"),
        (TEXT.replace('"Leaky"', '"Leeky"'), (), "Leeky"),
    ],
)
def test_files_that_are_refused(run: Run, tmp_path: Path, content: str, options: tuple[str, ...], message: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content)
    code, _, err = run("solve", "nonstationary", "--duration", "2", "--file", str(path), *options)
    assert code == 2
    assert re.search(message, err)


def test_the_network_must_be_stated(run: Run) -> None:
    code, _, err = run("solve", "stationary")
    assert code == 2
    assert "give --g, or --file" in err


MEMORY = "x hears its own past"


@pytest.mark.parametrize(
    ("statement", "settings", "message"),
    [
        (network(**{"couplings.random.symmetry": 0.5}), {}, MEMORY),
        (network(), {"init": (0.0,)}, "init must be a pair"),
        (network(), {"init": ((0.0, 0.0, 0.0), 1.0)}, "one for each of 2 populations"),
        (network(), {"init": (0.0, (1.0, -1.0))}, "variance of x.0. must be >= 0, got -1"),
        (network(), {"init": (np.nan, 1.0)}, "must be a finite number"),
        (network(), {"method": dmft.TwoTimeMarch(dt=0.4)}, "dt must be at most 0.3125"),
        (network(), {"method": dmft.TwoTimeMarch(window=4.0)}, "window must be longer than 5"),
        (network(), {"method": dmft.SampledPaths()}, "this theory is of one population"),
        (network(), {"method": dmft.StepByStep()}, "it is for discrete time"),
        (
            network(**{"populations.I.drive": dmft.Sinusoid(0.5, 0.283)}),
            {"method": dmft.TwoTimeMarch(window=8.0)},
            "a window needs a drive that is periodic or constant",
        ),
        (
            network(**{"populations.I.drive": dmft.Sinusoid(0.5, 0.2, "random") + dmft.Sinusoid(0.5, 0.3, "random")}),
            {},
            "x is conditioned on one random phase: give one Sinusoid of random phases, got 2",
        ),
    ],
)
def test_refuses(statement: dmft.Network, settings: dict[str, object], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        dmft.solve_nonstationary(statement, 5.0, **settings)


def test_a_march_too_long_is_refused() -> None:
    with pytest.raises(dmft.TooCostlyError):
        dmft.solve_nonstationary(network(), 1e7)


def test_activity_that_grows_without_bound_is_told() -> None:
    populations = {name: dmft.Population(dmft.ReLU(), bias=1.0) for name in "ab"}
    populations["a"] = populations["a"].replace(fraction=0.5)
    growing = dmft.Network(populations, dmft.Couplings(dmft.Random(3.0), dmft.Mean(3.0)))
    solution = dmft.solve_nonstationary(growing, 200.0, method=dmft.TwoTimeMarch(dt=0.5), on_failure="ignore")
    assert solution.convergence.status.name == "NON_FINITE"


def test_a_phase_of_its_own() -> None:
    """Drives a quarter of a period apart are one another's cosine."""
    times = np.linspace(0.0, 7.0, 30)
    np.testing.assert_allclose(
        dmft.Sinusoid(2.0, 0.3, phase=np.pi / 2).at(times), 2.0 * np.cos(2.0 * np.pi * 0.3 * times), atol=1e-14
    )
    with pytest.raises(ValueError, match="phase must be 0 where phases are random"):
        dmft.Sinusoid(1.0, 0.2, "random", phase=0.3)
