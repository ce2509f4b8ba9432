"""What is said of work that takes long: a bar in a terminal, sparse lines elsewhere, nothing of what is quick."""

import io
import sys
import time

import pytest

from dmft.progress import progress_bar, waiting


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_has_a_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress_bar(range(3), unit="point")) == [0, 1, 2]
    assert "3/3" in terminal.getvalue()
    assert "\r" in terminal.getvalue()


def test_a_pipe_has_lines_of_its_own_in_eighty_columns_and_few(capsys, monkeypatch):
    monkeypatch.setattr("dmft.progress._SPARSE", 0.05)
    for _ in progress_bar(range(40), desc="march", unit="point"):
        time.sleep(0.01)
    told = capsys.readouterr().err
    assert "\r" not in told
    assert 2 <= len(told.splitlines()) <= 9  # 0.4 seconds and what the machine takes, one in 0.05
    assert all(line.startswith("march: ") and len(line) < 80 for line in told.splitlines())


@pytest.mark.parametrize("shown", [True, False])
def test_quick_work_says_nothing_in_a_pipe(capsys, shown):
    assert list(progress_bar(range(3), shown=shown)) == [0, 1, 2]
    with waiting("solving"):
        pass
    assert capsys.readouterr().err == ""


def test_work_that_no_one_can_count_says_how_long_it_has_been(capsys, monkeypatch):
    monkeypatch.setattr("dmft.progress._SPARSE", 0.02)
    with waiting("searching the states"):
        time.sleep(0.2)
    told = capsys.readouterr().err.splitlines()
    assert told
    assert all(line.startswith("searching the states: ") and line.endswith(" so far") for line in told)


def test_a_terminal_gets_its_line_back(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("dmft.progress._PATIENCE", 0.02)
    with waiting("solving"):
        time.sleep(0.2)
    assert terminal.getvalue().startswith("\rsolving: ")
    assert terminal.getvalue().endswith("\r" + " " * 79 + "\r")
