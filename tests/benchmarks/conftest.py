"""The table of speeds: every benchmark reports its ratio here, and how cost grows with size its exponent.

``--bench-table FILE`` writes both tables to Markdown; of a part of the benchmarks only their own table is replaced.
"""

import datetime
import platform
from pathlib import Path

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption("--bench-table", metavar="FILE", help="write the measured ratios to a Markdown table")


def pytest_configure(config):
    config.speeds, config.growths = [], []


@pytest.fixture
def record_speed(request):
    """Return a function (job, baseline, ratio, asked) that adds a row to the table of speeds."""

    def record(job, baseline, ratio, asked):
        request.config.speeds.append((job, baseline, ratio, asked))

    return record


@pytest.fixture
def record_growth(request):
    """Return a function (job, sizes, seconds, exponent, error, expected) that adds a row to the table of exponents."""

    def record(*row):
        request.config.growths.append(row)

    return record


def pytest_terminal_summary(terminalreporter, config):
    if config.growths:
        _tell_growth(terminalreporter, config)
    if not config.speeds:
        return
    lines = ["| job | plain baseline | ratio of CPU times | asked |", "|:--|:--|--:|--:|"]
    for job, baseline, ratio, asked in config.speeds:
        lines.append(f"| {job} | {baseline} | {ratio:.3g} | {asked} |")
    terminalreporter.write_line("\n".join(lines))
    target = config.getoption("--bench-table", default=None)
    if target:
        import numba
        import scipy

        head = (
            f"Measured {datetime.date.today().isoformat()} on {_processor()}, Python {platform.python_version()}, "
            f"numpy {np.__version__}, scipy {scipy.__version__}, numba {numba.__version__}; one thread, CPU time, "
            "each ratio the median of rounds in which baseline and package run in turns.\n\n"
        )
        file = Path(target)
        growth = _GROWTH + file.read_text(encoding="utf-8").split(_GROWTH)[1] if _has_growth(file) else ""
        file.write_text(head + "\n".join(lines) + "\n" + growth, encoding="utf-8")


_GROWTH = "\n## Growth of cost with size\n"


def _has_growth(file):
    return file.exists() and _GROWTH in file.read_text(encoding="utf-8")


def _tell_growth(terminalreporter, config):
    lines = ["| job | sizes | seconds | exponent | expected |", "|:--|:--|:--|--:|:--|"]
    for job, sizes, seconds, slope, error, expected in config.growths:
        told = f"{slope:.2f}" + (f" +- {error:.2f}" if np.isfinite(error) else "")
        times = ", ".join(f"{s:.2g}" for s in seconds)
        lines.append(f"| {job} | {', '.join(map(str, sizes))} | {times} | {told} | {expected} |")
    terminalreporter.write_line("\n".join(lines))
    target = config.getoption("--bench-table", default=None)
    if target:
        file = Path(target)
        before = file.read_text(encoding="utf-8").split(_GROWTH)[0] if file.exists() else ""
        head = (
            f"{_GROWTH}\nMeasured {datetime.date.today().isoformat()} on {_processor()}: time ~ size^exponent, fitted "
            "on log scales to the least of three CPU times of each size (workers: by the clock).\n\n"
        )
        file.write_text(before + head + "\n".join(lines) + "\n", encoding="utf-8")


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
