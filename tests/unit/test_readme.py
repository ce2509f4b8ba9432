"""The code of the README runs, block after block, as a reader would type it."""

import re
from pathlib import Path

import matplotlib
import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(<!-- not run: [^\n]*-->\n)?```python\n(.*?)```", README, flags=re.DOTALL)


def test_every_block_runs(capsys):
    matplotlib.use("agg")
    names = {}
    ran = 0
    for skipped, code in BLOCKS:
        if not skipped:
            exec(compile(code, "README.md", "exec"), names)
            ran += 1
    assert ran >= 3
    printed = capsys.readouterr().out
    assert "chaotic" in printed
    assert "verdict" in printed


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
