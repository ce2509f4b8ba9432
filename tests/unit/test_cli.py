"""The command line: what it prints, its exit codes, and one line instead of a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dmft
from dmft.cli import main


@pytest.fixture
def run(capsys):
    def call(*arguments):
        try:
            code = main(list(arguments))
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code or 0, captured.out, captured.err

    return call


def test_solve_show_and_cite(run, tmp_path):
    file = tmp_path / "chaos.nc"
    code, out, err = run("solve", "stationary", "--g", "2", "-o", str(file))
    assert (code, err) == (0, "")
    assert "chaotic" in out
    assert "0.11245810" in out
    code, out, _ = run("show", str(file))
    assert code == 0
    for text in ("RandomNetwork(g=2.0", "CONVERGED", "corr_x", "dmft_version", "1.92480541"):
        assert text in out
    code, out, _ = run("cite", str(file))
    assert code == 0
    assert "sompolinsky1988" in out


def test_json_is_json(run):
    code, out, _ = run(
        "solve", "stationary", "--g", "2", "--set", "drive=WhiteNoise", "--set", "drive.intensity=0.3", "--json"
    )
    assert code == 0
    document = json.loads(out)
    assert document["network"]["drive"] == {"type": "WhiteNoise", "intensity": 0.3}
    assert document["state"] == "driven, chaotic"
    assert 0 < document["lyapunov_exponent"] < 0.1


def test_an_expression_is_a_nonlinearity(run):
    code, out, _ = run("solve", "stationary", "--g", "2", "--nonlinearity", "tanh(x)", "--json")
    assert code == 0
    assert json.loads(out)["corr_x[0]"] == pytest.approx(1.924805413737, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--g", "-1"), "g must be finite and positive, got -1.0"),
        (("--g", "two"), "two"),
        (("--g", "2", "--nonlinearity", "__import__('os')"), "allowed are x"),
        (("--g", "2", "--set", "drive.intensity=1"), "drive"),
        (("--g", "2", "--set", "noise=1"), "noise"),
        (("--g", "2", "--nonlinearity", ""), "the value of nonlinearity is empty"),
        (("--g", "2", "-o", "no/such/folder/x.nc"), "cannot write"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(run, arguments, text):
    code, out, err = run("solve", "stationary", *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert text in err
    assert "Traceback" not in err


def test_not_converged_exits_3_and_still_writes(run, tmp_path):
    file = tmp_path / "unbounded.nc"
    code, _, err = run("solve", "stationary", "--g", "2", "--nonlinearity", "relu", "-o", str(file))
    assert code == 3
    assert len(err.strip().splitlines()) == 1
    assert "grows without bound" in err
    code, out, _ = run("show", str(file))
    assert code == 0
    assert "NO_SOLUTION" in out


def test_help_names_the_commands_and_exit_codes(run):
    code, out, _ = run("--help")
    assert code == 0
    for word in ("solve", "show", "phase", "cite", "Exit codes"):
        assert word in out


def test_every_help_and_the_guide_say_the_same_exit_codes(run):
    from click.testing import CliRunner

    from dmft.commands.exits import EXIT_CODES
    from validation.cli import main as networks

    root = Path(__file__).parents[2]
    texts = [run(*command, "--help")[1] for command in ((), ("solve",), ("phase",), ("branches",))]
    texts.append(CliRunner().invoke(networks, ["--help"]).output)
    texts += [(root / page).read_text() for page in ("README.md", ".docs/howto/command_line.md")]
    for text in texts:
        assert EXIT_CODES in " ".join(text.split())


def test_an_interrupt_is_130(run, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(dmft, "solve_stationary", interrupted)
    assert run("solve", "stationary", "--g", "2") == (130, "", "dmft: interrupted\n")


def test_a_closed_pipe_is_no_failure():
    """Nobody reads: the first write is refused, as behind `| head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "dmft.cli", "papers"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_report_refuses_an_unknown_section(capsys):
    from validation.cli import main as validate

    with pytest.raises(SystemExit) as stop:
        validate(["report", "--only", "nothing"])
    assert stop.value.code == 2
    assert "stationary" in capsys.readouterr().err


DRIVEN = [
    f"--set={field}" for field in ("size=5000", "drive=Sinusoid", "drive.amplitude=84.8528", "drive.frequency=.2")
]


@pytest.mark.parametrize(
    ("arguments", "state", "name", "value"),
    [
        (("stationary", "--network", "balanced", "--set", "size=5000"), "chaotic", "lyapunov_exponent", 0.096007),
        (("stationary",), "chaotic", "dimension_phi", 0.01974067),
        (("nonstationary", "--duration", "5"), "transient", "lyapunov_exponent", 0.11245811),
        (
            ("periodic", "--network", "balanced", *DRIVEN),
            "locked",
            "lyapunov_exponent",
            -0.1022,
        ),
        (("plastic", "--k", "-2", "--p", "2.5", "--accuracy", "1e-2"), "chaotic", "corr_phi[0]", 0.3663),
    ],
)
def test_every_theory_has_its_command(run, tmp_path, arguments, state, name, value):
    file = tmp_path / "solution.nc"
    code, out, err = run("solve", *arguments, "--g", "2", "--json", "-o", str(file))
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["state"] == state
    # What is not sampled is held to the digits given, what is sampled to five of its errors.
    error = document[f"{name}_error"] or 0.0
    assert document[name] == pytest.approx(value, abs=max(5 * error, 1e-3 * abs(value)))
    code, out, _ = run("show", str(file))
    assert code == 0
    assert "dmft_version" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_the_commands(shell, monkeypatch, capsys):
    monkeypatch.setenv("_DMFT_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit) as stop:
        main([])
    assert not stop.value.code
    assert "_DMFT_COMPLETE" in capsys.readouterr().out
    monkeypatch.setenv("_DMFT_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "dmft solve st")
    monkeypatch.setenv("COMP_CWORD", "st" if shell == "fish" else "2")
    with pytest.raises(SystemExit):
        main([])
    assert "stationary" in capsys.readouterr().out


def test_plot_draws_a_solution_and_a_diagram(run, tmp_path):
    file, picture = tmp_path / "chaos.nc", tmp_path / "chaos.png"
    assert run("solve", "stationary", "--g", "2", "-o", str(file))[0] == 0
    code, out, err = run("plot", str(file))
    assert (code, err) == (0, "")
    assert picture.stat().st_size > 10_000
    assert str(picture) in out
    code, _, err = run("plot", str(file), "--of", "lyapunov_exponent")
    assert code == 2
    assert "phase diagram" in err
    over = {"g": [1.5, 2.0], "drive.intensity": [0.1, 0.5]}
    grid = dmft.phase_diagram(dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.1)), over, observe=["variance"])
    dmft.save(grid, tmp_path / "grid.nc")
    code, out, _ = run("plot", str(tmp_path / "grid.nc"), "--of", "variance", "-o", str(tmp_path / "map.pdf"))
    assert code == 0
    assert (tmp_path / "map.pdf").stat().st_size > 5_000


def one_line(err: str) -> bool:
    return len(err.strip().splitlines()) == 1 and "Traceback" not in err and "internal error" not in err


def test_an_observable_that_fails_does_not_lose_the_solution(run, tmp_path, monkeypatch):
    """An eigensolver that gives up: the other numbers are printed, the file is there, the exit code says 3."""
    from scipy.sparse.linalg import ArpackNoConvergence

    def give_up(solution):
        raise ArpackNoConvergence("no\nconvergence", [], [])

    monkeypatch.setattr(dmft, "lyapunov_exponent", give_up)
    file = tmp_path / "chaos.nc"
    code, out, err = run("solve", "stationary", "--g", "2", "-o", str(file))
    assert code == 3
    assert "1.924805414" in out
    assert one_line(err)
    assert "no lyapunov_exponent: ArpackNoConvergence" in err
    assert dmft.load(file).variance == pytest.approx(1.924805413737, rel=1e-9)
    code, out, err = run("solve", "stationary", "--g", "2", "--json")
    document = json.loads(out)
    assert code == 3
    assert document["lyapunov_exponent"] is None
    assert "ArpackNoConvergence" in document["failures"]["lyapunov_exponent"]
    assert document["corr_x[0]"] == pytest.approx(1.924805413737, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (("solve", "stationary", "--g", "1e6"), (0, 3)),
        (("solve", "stationary", "--g", "1e200"), (2, 3)),
        (("solve", "stationary", "--g", "1e-200"), (0, 2, 3)),
        (("solve", "nonstationary", "--g", "2", "--duration", "5", "--nonlinearity", "sqrt(x)"), (2, 3)),
        (("solve", "stationary", "--g", "2", "--nonlinearity", "log(x)"), (2, 3)),
        (("solve", "stationary", "--g", "2", "--rtol", "nan"), (0, 2, 3)),
        (("solve", "periodic", "--g", "2"), (2,)),
    ],
)
def test_extreme_parameters_are_one_line_and_never_an_internal_error(run, arguments, codes):
    code, _, err = run(*arguments)
    assert code in codes, err
    assert code == 0 or one_line(err)


def test_json_says_how_it_ended_and_how_far_each_number_may_be_off(run):
    _, out, _ = run("solve", "stationary", "--g", "2", "--json")
    document = json.loads(out)
    assert document["status"] == "CONVERGED"
    assert document["residual"] < 1e-9
    assert {"message", "error"} <= set(document)
    numbers = [name for name, value in document.items() if isinstance(value, float) and not name.endswith("error")]
    assert {"corr_x[0]", "lyapunov_exponent", "dimension_phi"} <= set(numbers)
    assert {f"{name}_error" for name in numbers if name != "residual"} <= set(document)


def test_the_error_of_a_value_is_printed_where_it_matters(run, monkeypatch):
    value = dmft.Value(0.1124581096, 0.0, numerical_error=3e-6)
    monkeypatch.setattr(dmft, "lyapunov_exponent", lambda solution: value)
    _, out, _ = run("solve", "stationary", "--g", "2")
    assert "0.1124581 +- 3e-06" in out
    _, out, _ = run("solve", "stationary", "--g", "2", "--json")
    assert json.loads(out)["lyapunov_exponent_error"] == 3e-6


def test_a_correlation_carries_the_bound_of_its_solution(run, monkeypatch):
    import dataclasses

    solved = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    rough = dataclasses.replace(solved, convergence=dataclasses.replace(solved.convergence, error=1e-3))
    monkeypatch.setattr(dmft, "solve_stationary", lambda *_, **__: rough)
    _, out, _ = run("solve", "stationary", "--g", "2", "--json")
    document = json.loads(out)
    assert document["error"] == 1e-3
    assert document["corr_x[0]_error"] == pytest.approx(1e-3 * document["corr_x[0]"])


def test_a_warning_is_one_line(run, monkeypatch):
    import warnings

    def warn(solution):
        warnings.warn("rough\nindeed", dmft.AccuracyWarning, stacklevel=1)
        return 0.1

    monkeypatch.setattr(dmft, "lyapunov_exponent", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        code, _, err = run("solve", "stationary", "--g", "2")
    assert (code, err) == (0, "dmft: AccuracyWarning: rough indeed\n")


def test_the_module_is_the_command():
    ended = subprocess.run([sys.executable, "-m", "dmft.cli", "--version"], capture_output=True, text=True, check=True)
    assert "version" in ended.stdout
