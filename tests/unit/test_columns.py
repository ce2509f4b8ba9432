"""The command line fits a terminal of eighty columns, and completes what it can take."""

import re

import click
import pytest
from click.shell_completion import ShellComplete

import dmft
from dmft.cli import _dmft, main
from dmft.commands.columns import WIDTH, entry


def commands(group=_dmft, path=()):
    yield path
    if isinstance(group, click.Group):
        for name in group.list_commands(None):
            yield from commands(group.get_command(None, name), (*path, name))


@pytest.mark.parametrize("path", [*commands()], ids=" ".join)
def test_help_is_eighty_columns_wide(path, capsys):
    with pytest.raises(SystemExit):
        main([*path, "--help"])
    wide = [line for line in capsys.readouterr().out.splitlines() if len(line) > WIDTH]
    assert not wide, wide


def test_an_entry_is_broken_between_words():
    text = entry("name", "word " * 30)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.split() == ["name", *["word"] * 30]
    assert entry("name", "") == "name"


def test_what_is_solved_and_shown_is_eighty_columns_wide(tmp_path, capsys):
    file = str(tmp_path / "linear.nc")
    noise = ["--set", "drive=WhiteNoise", "--set", "drive.intensity=1"]
    for arguments in (["solve", "stationary", "--g", "0.5", "--nonlinearity", "linear", *noise], ["show"]):
        with pytest.raises(SystemExit):
            main([*arguments, *(["-o", file] if arguments[0] == "solve" else [file])])
        out = capsys.readouterr().out
        assert [line for line in out.splitlines() if len(line) > WIDTH and file not in line] == []
        assert "error" in out
    assert dmft.load(file).convergence.error >= 0.0


def completed(*arguments, incomplete):
    shell = ShellComplete(_dmft, {}, "dmft", "_DMFT_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), incomplete)]


def test_values_are_completed():
    assert "threshold-power" in completed("solve", "stationary", "--nonlinearity", incomplete="th")
    assert completed("solve", "stationary", "--set", incomplete="drive=Wh") == ["drive=WhiteNoise"]
    assert "drive.intensity=" in completed("solve", "stationary", "--set", incomplete="drive.")
    assert completed("papers", incomplete="rub") == ["rubin2017"]
    assert completed("phase", "--preset", incomplete="low") == ["low-rank"]


def test_the_time_of_a_diagram_is_estimated_and_nothing_written(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stated = 'observe = ["variance"]\n[network]\ntype = "RandomNetwork"\ng = 0.5\nnonlinearity = "linear"\n'
    stated += 'drive = { type = "WhiteNoise", intensity = 1.0 }\n[over]\ng = { from = 0.1, to = 1.2, points = 400 }\n'
    (tmp_path / "map.toml").write_text(stated)
    with pytest.raises(SystemExit) as stop:
        main(["phase", "map.toml", "--estimate", "--workers", "3"])
    out = capsys.readouterr().out
    assert not stop.value.code, out
    told = " ".join(out.split())
    assert told.startswith("400 points, about ")
    assert re.search("on 3 processes(, which have [12] cores?)?: 3 of them took", told)
    assert "and 1 failed" in told  # beyond g = 1 a linear network grows without bound
    assert [path.name for path in tmp_path.iterdir()] == ["map.toml"]
    with pytest.raises(SystemExit) as stop:
        main(["phase", "--preset", "noise", "--estimate"])
    assert not stop.value.code
    assert "of CPU" in " ".join(capsys.readouterr().out.split())
    assert [path.name for path in tmp_path.iterdir()] == ["map.toml"]
