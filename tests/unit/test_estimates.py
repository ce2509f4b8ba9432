"""`--estimate` says what a command would take before it is done, and writes nothing."""

import pytest
from click.testing import CliRunner

from dmft.cli import main
from dmft.cost import TooCostlyError, check_cost, foreseen
from validation.cli import main as networks


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
        assert "sections are finished in" in " ".join(found.output.split())
        assert not (tmp_path / "none").exists()
