from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from log_rows import finished_rows

import dmft
from dmft.commands.phase import phase
from dmft.commands.show import show
from dmft.phases.specification import read_specification

GOOD = """
observe = ["variance", "lyapunov_exponent", "state"]
[network]
type = "RandomNetwork"
g = 1.5
drive = { type = "WhiteNoise", intensity = 0.1 }
[over]
g = { from = 0.8, to = 2.4, points = 5 }
"drive.intensity" = { from = 0.01, to = 1.0, points = 3, spacing = "log" }
[[line]]
name = "edge"
observable = "lyapunov_exponent"
along = "g"
over = { "drive.intensity" = [1e-3, 5.0] }
label = "edge of chaos"
"""


def run(*arguments):
    return CliRunner().invoke(phase, [str(argument) for argument in arguments])


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_becomes_a_diagram_and_a_picture(here):
    (here / "mine.toml").write_text(GOOD)
    result = run("mine.toml", "--workers", 1, "--quiet")
    assert result.exit_code == 0, result.output
    assert sorted(os.listdir()) == ["mine.toml", "phase-mine.nc", "phase-mine.png"]
    data = dmft.load("phase-mine.nc")
    net = dmft.RandomNetwork(g=1.6, drive=dmft.WhiteNoise(0.1))
    assert float(data["variance"].sel(g=1.6)[1]) == dmft.solve_stationary(net).variance
    np.testing.assert_allclose(data["drive.intensity"], [0.01, 0.1, 1.0])
    assert data["edge_x"].attrs["label"] == "edge of chaos"
    at = data["edge_x"].values.tolist().index(2.0)
    assert float(data["edge_y"][at]) == pytest.approx(1.0942299908, rel=1e-8)


def test_failed_points_are_told_and_written(here):
    (here / "a.toml").write_text(
        'observe = ["variance"]\n[network]\ntype = "RandomNetwork"\ng = 1.0\nnonlinearity = "relu"\n'
        "[over]\ng = [0.5, 1.2, 1.6]\n"
    )
    result = run("a.toml", "-o", "out.nc", "--workers", 1, "--quiet")
    assert result.exit_code == 3
    assert "1 of 3 points failed (1 NO_SOLUTION); for example: there is no bounded solution" in result.output
    assert dmft.load("out.nc")["status"].values.tolist() == [0, 0, dmft.Status.NO_SOLUTION.code]
    assert (here / "out.png").stat().st_size > 5000
    shown = CliRunner().invoke(show, ["out.nc"]).output
    assert re.search(r"status +\(g 3\)  2 CONVERGED, 1 NO_SOLUTION\n", shown)


@pytest.mark.long
def test_an_interrupted_run_resumes(here):
    (here / "mine.toml").write_text(GOOD.replace("points = 5", "points = 25"))
    start = [sys.executable, "-c", "from dmft.cli import main; main()"]
    running = subprocess.Popen(
        [*start, "phase", "mine.toml", "-o", "a.nc", "--workers", "1", "--quiet"],
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore the signal, and so would their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    log = here / "a.nc.checkpoint"
    while len(finished_rows(log)) < 5:
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate()
    assert running.returncode == 130, errors
    assert "add --resume to go on" in errors
    assert not (here / "a.nc").exists()
    refused = run("mine.toml", "-o", "a.nc", "--quiet")
    assert refused.exit_code == 2
    assert "an interrupted run left a.nc.checkpoint: add --resume" in refused.output
    (here / "other.toml").write_text(GOOD)
    refused = run("other.toml", "-o", "a.nc", "--quiet", "--resume")
    assert refused.exit_code == 2
    assert "over.g: 25 values from 0.8 to 2.4 then, 5 values from 0.8 to 2.4 now" in refused.output
    again = run("mine.toml", "-o", "a.nc", "--quiet", "--resume", "--workers", 1, "--no-figure")
    assert again.exit_code == 0, again.output
    assert dmft.load("a.nc")["status"].shape == (25, 3)
    assert sorted(os.listdir()) == ["a.nc", "mine.toml", "other.toml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give a FILE or a --preset"),
        (("mine.toml", "--preset", "noise"), "one of the two"),
        (("--preset", "nois"), "'nois' is not one of 'noise', 'drive-common'"),
        (("absent.toml",), "does not exist"),
        (("mine.toml", "--workers", "0"), "0 is not in the range x>=1"),
    ],
)
def test_usage_errors(here, arguments, words):
    (here / "mine.toml").write_text(GOOD)
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_an_unwritable_output_is_said_before_the_work(here):
    (here / "mine.toml").write_text(GOOD)
    result = run("mine.toml", "-o", "nowhere/a.nc")
    assert isinstance(result.exception, FileNotFoundError)
    assert "there is no directory nowhere" in str(result.exception)


def edited(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("observe = [", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        (edited('observe = ["variance"', 'watch = ["variance"'), "unknown key 'watch'; allowed are network, over"),
        ('observe = ["variance"]', "the file needs 'network'"),
        (edited('"variance"', "\"__import__('os').system('touch owned')\""), "an observable is named by a word"),
        (edited('"variance"', '"__class__"'), "an observable is named by a word"),
        (edited('"variance"', '"entropy"'), "got 'entropy'"),
        (edited('type = "RandomNetwork"', 'type = "os.system"'), "network must be of a type among"),
        (edited("g = 1.5", "g = 1.5\nnonlinearity = \"__import__('os').system('touch owned')\""), "nonlinearity"),
        (edited("[over]", "[over]\nh = [1.0]"), "has no field 'h'"),
        (edited("points = 5", "points = 0"), "1 to 1000000 points"),
        (edited("points = 5", "points = 2000000000"), "1 to 1000000 points"),
        (edited("points = 5", "pints = 5"), "unknown key 'pints'"),
        (edited("to = 2.4, ", ""), "needs 'to'"),
        (edited("from = 0.01", "from = 0.0"), "must be positive to be spaced in the logarithm"),
        (edited('"log"', '"cubic"'), "spacing must be 'linear' or 'log', got 'cubic'"),
        (edited('along = "g"', 'along = "k"'), "along must be one of g, drive.intensity, got 'k'"),
        (edited('name = "edge"', 'name = "a/b"'), "must be a word, got 'a/b'"),
        (edited("over = {", "near = {"), "unknown key 'near'"),
        (edited('"drive.intensity" = [1e-3, 5.0]', '"g" = [1e-3, 5.0]'), "must name the other field"),
    ],
)
def test_a_file_that_is_wrong_says_what_and_does_nothing(here, text, words):
    (here / "a.toml").write_text(text)
    with pytest.raises(ValueError, match=words):
        read_specification(here / "a.toml").diagram()
    assert os.listdir() == ["a.toml"]


def test_help_teaches():
    text = run("--help").output
    for word in ("--preset noise", "--resume", "plasticity", "Exit codes: 0 done, 1 internal error", "[network]"):
        assert word in text


@pytest.mark.parametrize("phases", ["common", "random"])
def test_the_preset_of_a_driven_network(phases):
    amplitudes = {"common": [30.0, 90.0], "random": [2.0, 8.0]}[phases]
    grid = dmft.drive_diagram(phases, frequency=[0.2], amplitude=amplitudes)
    assert grid["phase"].values.tolist() == [["chaotic", "chaos suppressed"]]
    expected = {"common": 64.94, "random": 4.0006}[phases]  # equation sheet, N = 5000, g = 2
    assert float(grid["chaos_y"][0]) == pytest.approx(expected, rel=2e-3)


def test_the_preset_of_a_noisy_network():
    grid = dmft.noise_diagram(g=[0.8, 1.3, 3.0], intensity=[0.3, 1.0])
    assert grid["phase"].values.tolist() == [
        ["stable", "stable"],
        ["locally expanding, stable", "stable"],
        ["chaotic", "chaotic"],
    ]


def test_the_preset_of_symmetric_couplings_at_rest():
    grid = dmft.symmetry_diagram(g=[0.5, 1.4], symmetry=[-0.8, -0.5])
    assert np.all(grid["state"] == "quiescent")
    assert np.all(grid["corr_x"] == 0)
    assert np.all(grid["status"] == 0)


@pytest.mark.long
def test_the_preset_of_symmetric_couplings():
    # equation sheet, section 4.7: two-site theory's single-site values, by another sampler and in networks
    known = {(4.0, -0.4): (2.877, 0.5382), (3.0, 0.3): (10.135, 0.7987)}
    grid = dmft.symmetry_diagram(g=[3.0, 4.0], symmetry=[-0.4, 0.0, 0.3])
    for (g, rho), numbers in known.items():
        here = grid.sel(g=g, symmetry=rho)
        for name, number in zip(("corr_x", "corr_phi"), numbers, strict=True):
            assert float(here[name]) == pytest.approx(number, abs=4 * float(here[f"{name}_error"]) + 2e-3 * number)
    assert float(grid["corr_x"].sel(g=3.0, symmetry=0.0)) == pytest.approx(5.4463260830, rel=1e-9)
    inside = np.isfinite(grid["onset_x"])
    np.testing.assert_allclose(grid["onset_x"][inside] * (1 + grid["onset_y"][inside]), 1.0)


@pytest.mark.long
def test_the_preset_of_a_plastic_network():
    grid = dmft.plasticity_diagram(g=[0.9, 1.1, 2.0], k=[0.0, 0.5, 1.7], freezing=False)
    assert grid["state"].sel(g=2.0).values.tolist() == ["chaotic"] * 3
    assert float(grid["corr_phi"].sel(g=2.0, k=0.0)) == pytest.approx(0.5131781, abs=2e-4)
    # chaos that plasticity induces below g = 1: at k = 1.7, not at .5 (equation sheet: from about 1.47 at g = .9)
    assert grid["state"].sel(g=0.9, k=0.5).item() == "quiescent"
    assert grid["state"].sel(g=0.9, k=1.7).item() != "quiescent"
    at = int(np.argmin(np.abs(grid["coexistence_x"].values - 2.0)))
    known = np.interp(grid["coexistence_x"].values[at], [1.5, 2.0, 3.0], [1.245, 1.209, 1.188])
    assert float(grid["coexistence_y"][at]) == pytest.approx(known, abs=5e-3)


LINE = 'observe = ["lyapunov_exponent", "state"]\n[network]\ntype = "RandomNetwork"\ng = 1.5\n[over]\ng = [1.5, 2.0]\n'


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (LINE, ["--workers", 10**12], "a pool of 1e+12 worker processes would take"),
        (LINE, ["--workers", 10**400], "worker processes would take"),
        (LINE.replace("lyapunov_exponent", "corr_x"), ["--workers", 1], "works at no point of this sweep: corr_x"),
        (
            LINE.replace("[1.5, 2.0]", "{ from = 1.5, to = 3.0, points = 1000000 }")
            + "symmetry = { from = 0.0, to = 0.5, points = 1000 }\n",
            [],
            "a sweep of 1e+09 points would take",
        ),
        (LINE.replace("[1.5, 2.0]", f"{{ from = 1.5, to = 3.0, points = {10**30} }}"), [], "1 to 1000000 points"),
    ],
)
def test_what_is_refused_is_one_line_and_leaves_nothing_behind(here, capsys, text, options, words):
    """In particular no log that the next run would have to be told to go on with."""
    from dmft.cli import main

    (here / "a.toml").write_text(text)
    with pytest.raises(SystemExit) as stop:
        main(["phase", "a.toml", "-o", "a.nc", "--quiet", *map(str, options)])
    err = capsys.readouterr().err
    assert stop.value.code == 2
    assert len(err.strip().splitlines()) == 1
    assert words in err
    assert os.listdir(here) == ["a.toml"]


@pytest.mark.parametrize("grid", ["[]", "[1.0, 2.0, 1.5, 3.0, 4.0]"])
def test_an_estimate_refuses_the_grids_that_the_work_would(here, capsys, grid):
    from dmft.cli import main

    (here / "a.toml").write_text(LINE.replace("[1.5, 2.0]", grid))
    told = []
    for options in ([], ["--estimate"]):
        with pytest.raises(SystemExit) as stop:
            main(["phase", "a.toml", *options])
        assert stop.value.code == 2
        told.append(capsys.readouterr().err)
    assert told[0] == told[1]
    assert told[0].startswith("dmft: over['g'] must ")


def test_a_sweep_over_one_field_is_drawn_and_cited(here, capsys):
    from dmft.cli import main

    (here / "a.toml").write_text(LINE)
    for command in (
        ["phase", "a.toml", "-o", "a.nc", "--workers", "1", "--quiet"],
        ["plot", "a.nc", "--of", "state"],
        ["cite", "a.nc"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(command)
        assert not stop.value.code
    assert (here / "a.png").stat().st_size > 5000
    assert "sompolinsky1988" in capsys.readouterr().out


@pytest.mark.long
def test_a_bar_goes_to_terminals_alone(here):
    """In a file it would be one line without end."""
    (here / "mine.toml").write_text(
        'observe = ["variance"]\nnetwork = { type = "RandomNetwork", g = 1.5 }\nover.g = [1.5]\n'
    )
    command = [sys.executable, "-m", "dmft.cli", "phase", "mine.toml", "--workers", "1", "--no-figure"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("written  phase-mine.nc\n", "")


def test_long_inputs_are_shown_whole_when_asked_for(here, capsys):
    from dmft.cli import main

    values = np.linspace(0.5, 0.9, 60)
    dmft.save(dmft.phase_diagram(dmft.RandomNetwork(0.5), {"g": values}, ["variance"]), "sweep.nc")
    told = []
    for arguments in (["show", "sweep.nc"], ["show", "--all", "sweep.nc"]):
        with pytest.raises(SystemExit) as done:
            main(arguments)
        assert done.value.code in (0, None)
        told.append("".join(capsys.readouterr().out.split()))  # lines are broken anywhere
    assert "question" not in told[0]
    assert "question" in told[1]
    assert repr(float(values[-2])) in told[1]
    assert repr(float(values[-2])) not in told[0]
