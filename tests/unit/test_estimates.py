"""`--estimate` says what a command would take before it is done, and writes nothing."""

import importlib
import math
import re

import pytest
from click.testing import CliRunner

import dmft
from dmft.cli import main
from dmft.commands.presets import PRESETS, typical
from dmft.cost import TooCostlyError, check_cost, foreseen, readable
from validation import typical as typical_times
from validation.cases import sections
from validation.cli import main as networks
from validation.typical import MINUTES


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as done:
            main(list(arguments))
        out, err = capsys.readouterr()
        assert list(tmp_path.iterdir()) == []
        return done.value.code or 0, " ".join(out.split()), err

    return run


def test_work_is_stopped_where_it_says_that_it_takes_long():
    reached = []
    with foreseen(10.0) as found:
        check_cost("a little", seconds=1.0, memory=3e8, remedy="less")
        reached.append("a little")
        check_cost("a lot", seconds=100.0, memory=2e8, remedy="less")
        reached.append("a lot")
    assert reached == ["a little"]
    assert (found.stopped, found.what, found.seconds, found.memory) == (True, "a lot", 100.0, 3e8)
    check_cost("a lot", seconds=100.0, remedy="less")  # outside nothing is stopped


def test_work_that_catches_everything_is_stopped_all_the_same():
    with foreseen(1.0) as found:
        try:
            check_cost("a lot", seconds=100.0, remedy="less")
        except Exception:  # as those who try one method after the other
            pytest.fail("it was taken for a failure")
    assert found.stopped


def test_what_no_machine_can_do_is_refused_as_ever():
    with pytest.raises(TooCostlyError, match="at most 7 days"), foreseen(1.0):
        check_cost("too much", seconds=1e9, remedy="less")


def test_a_march_says_its_time_and_memory(told):
    code, text, _ = told("solve", "nonstationary", "--g", "2", "--duration", "3000", "-o", "x.nc", "--estimate")
    assert code == 0
    assert "a march of 3e+04 steps" in text
    assert "minutes on one core, or more, and 7.3 GB of memory" in text


def test_what_is_quick_is_done_and_timed(told):
    code, text, err = told("solve", "capacity", "--excitatory", "0.8", "-o", "x.nc", "--estimate")
    assert (code, err) == (0, "")
    assert text.startswith("it took ")
    assert "capacity" not in text


def test_a_wrong_question_is_refused(told):
    code, _, err = told("solve", "stationary", "--g", "-1", "--estimate")
    assert code == 2
    assert "g must be" in err


def test_every_theory_has_an_estimate():
    from dmft.commands.solve import solve

    for name, command in solve.commands.items():
        assert any(option.name == "estimate" for option in command.params), name


def test_networks_say_theirs(tmp_path):
    run = CliRunner().invoke
    found = run(networks, ["train", "oscillation", "--size", "2000", "--estimate"])
    assert found.exit_code == 0
    assert "90 trials of 2e+03 steps of N = 2000 would take about" in " ".join(found.output.split())
    for command in (["report"], ["reproduce", "clark2023"]):
        found = run(networks, [*command, "--quick", "--estimate", "--out", str(tmp_path / "none")])
        assert found.exit_code == 0
        text = " ".join(found.output.split())
        assert "finished" not in text  # nothing is
        assert re.search(r"this would run: .*\d (seconds|minutes).* of CPU \(measured 20\d\d-", text)
        assert not (tmp_path / "none").exists()


def test_every_section_of_the_report_has_its_time(monkeypatch):
    assert list(MINUTES) == [section.key for section in sections()]
    whole = {"a": (1.0, None), "b": (2.5, 60.0)}
    monkeypatch.setattr(typical_times, "MINUTES", whole)
    told = typical_times.typically(["a", "b"], True)
    assert told.startswith("a 1 minute, b 2.5 minutes; together 3.5 minutes of CPU (measured 20")
    told = typical_times.typically(["a", "b"], False)
    assert told.startswith("a not measured, b 1 hour; together 1 hour or more of CPU (measured 20")
    assert "was not measured" in typical_times.typically(["a"], False)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_says_its_time_and_memory(told, preset):
    code, text, err = told("phase", "--preset", preset, "--estimate", "--workers", "1")
    assert (code, err) == (0, "")
    assert re.match(rf"{PRESETS[preset].points} points .* on one process, [\d.]+ GB of memory", text)
    alone, stated = typical(preset, 1, 4), PRESETS[preset]
    assert readable(stated.points * stated.point + stated.lines) in alone
    assert readable(stated.points * stated.point / 2 + stated.lines) in typical(preset, 2, 4)
    assert f"{readable(stated.points * stated.point / 2 + stated.lines)} on " in typical(preset, 100_000, 2)
    assert " processes, which have 2 cores" in typical(preset, 100_000, 2)


def test_the_points_of_a_preset_are_those_that_it_has(monkeypatch):
    """The grids of each are counted where its `phase_diagram` is asked for them."""
    for name, stated in PRESETS.items():
        module = importlib.import_module(f"dmft.phases.{stated.function}")
        counted = []

        def stop(network, over, *rest, counted=counted, **settings):
            counted.append(math.prod(len(values) for values in over.values()))
            raise StopIteration

        monkeypatch.setattr(module, "phase_diagram", stop)
        with pytest.raises(StopIteration):
            getattr(dmft, stated.function)(*stated.arguments)
        assert counted == [stated.points], name
