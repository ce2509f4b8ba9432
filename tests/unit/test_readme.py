"""The code of the README runs, block after block, as a reader would type it."""

import re
import shlex
from pathlib import Path

import matplotlib
import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_every_block_runs(capsys, tmp_path, monkeypatch):
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    assert len(BLOCKS) >= 2
    for code in BLOCKS:
        exec(compile(code, "README.md", "exec"), names)
    assert int(names["edge"]["status"].sum()) == 0
    printed = capsys.readouterr().out
    assert "chaotic" in printed
    assert "verdict" in printed


def test_every_command_of_the_command_line_runs(tmp_path, monkeypatch, capsys):
    from dmft.cli import main

    monkeypatch.chdir(tmp_path)
    (stated,) = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "ei.toml").write_text(stated)
    commands = re.findall(r"^dmft ([^\n]*)", README, flags=re.MULTILINE)
    assert len(commands) >= 6
    for command in commands:
        if command.startswith("phase"):  # half a minute: tests/unit/test_phase_command.py has it
            continue
        try:
            code = main(shlex.split(command))
        except SystemExit as stop:
            code = stop.code
        assert not code, (command, capsys.readouterr().err)
    assert (tmp_path / "chaos.png").exists()


def test_every_file_of_the_readme_is_there():
    for path in re.findall(r"\]\((?!http)([^)]*)\)", README):
        assert (Path(__file__).parents[2] / path).exists(), path


@pytest.mark.parametrize("which", ["main", "test"])
def test_the_two_commands_stand_in_one_line_each(which):
    block = re.search(rf"<!-- command: {which} -->\n```sh\n(.*?)```", README, flags=re.DOTALL)
    assert block is not None
    assert len(block[1].strip().splitlines()) == 1
    target = block[1].split()[1]
    assert f"\n{target}:" in (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")


def test_commands_of_the_readme_are_there():
    from dmft.cli import _COMMANDS

    for command in re.findall(r"^dmft (\w+)", README, flags=re.MULTILINE):
        assert command in _COMMANDS
