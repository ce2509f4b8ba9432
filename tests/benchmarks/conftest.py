"""The table of speeds: every benchmark reports its ratio here; ``--bench-table FILE`` writes them to Markdown."""

import datetime
import platform
from pathlib import Path

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption("--bench-table", metavar="FILE", help="write the measured ratios to a Markdown table")


def pytest_configure(config):
    config.speeds = []


@pytest.fixture
def record_speed(request):
    """Return a function (job, baseline, ratio, asked) that adds a row to the table of speeds."""

    def record(job, baseline, ratio, asked):
        request.config.speeds.append((job, baseline, ratio, asked))

    return record


def pytest_terminal_summary(terminalreporter, config):
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
        Path(target).write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
