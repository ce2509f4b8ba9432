"""What maps over parameters cost: solves a digit of a boundary, CPU beside the solver, balance of two workers."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import dmft
from dmft.blas import one_blas_thread
from dmft.phases.noise_boundary import noise_boundary

pytestmark = pytest.mark.benchmark

NOISY = dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(0.3))
OVER = {"g": np.linspace(0.5, 3.0, 13), "drive.intensity": np.linspace(0.01, 2.0, 7)}


def cpu_clock(solution) -> float:
    return time.process_time()


def process(solution) -> float:
    return float(os.getpid())


@pytest.mark.parametrize(("digits", "least"), [(2, 1.7), (4, 2.0), (7, 2.6)])  # measured 3.4, 4.0, 5.3
def test_solves_for_a_digit_of_the_boundary(digits, least, record_speed):
    """Solves for the edge of chaos at 13 gains, to a number of digits.

    Beside two others: a grid of the same gains whose cells in the intensity are that fine, and the best that a search
    without memory can do, one bisection per gain.
    """
    gains, low, high = np.linspace(1.2, 3.0, 13), 1e-2, 10.0
    line = dmft.critical_line(
        NOISY,
        {"g": gains},
        over={"drive.intensity": (low, high)},
        observable=dmft.lyapunov_exponent,
        rtol=10.0**-digits,
        search=0,
    )
    exact = np.array([noise_boundary(NOISY.replace(g=g)) for g in gains])
    assert np.max(np.abs(line["drive.intensity"].values / exact - 1)) < 10.0**-digits
    cells = math.log(high / low) * 10.0**digits
    grid, bisection, solves = len(gains) * cells, len(gains) * math.log2(cells), line.attrs["solves"]
    record_speed(f"edge of chaos to {digits} digits", "solves of a grid", grid / solves, ">= 5")
    record_speed(f"edge of chaos to {digits} digits", "solves of bisections", bisection / solves, "-")
    assert grid / solves >= 5
    assert bisection / solves > least


def test_the_sweep_costs_little_more_than_its_points(tmp_path, record_speed):
    alone = [dmft.lyapunov_exponent(dmft.solve_stationary(NOISY))][1:]
    begin = time.process_time()
    with one_blas_thread():
        for g in OVER["g"]:
            for intensity in OVER["drive.intensity"]:
                net = NOISY.replace(g=float(g), drive=dmft.WhiteNoise(float(intensity)))
                alone.append(dmft.lyapunov_exponent(dmft.solve_stationary(net)))
    plain = time.process_time() - begin
    begin = time.process_time()
    grid = dmft.phase_diagram(NOISY, OVER, observe=[dmft.lyapunov_exponent], checkpoint=tmp_path / "log")
    swept = time.process_time() - begin
    n = len(OVER["g"]) * len(OVER["drive.intensity"])
    record_speed("a point of a sweep, with checkpoint", "the solver alone", plain / swept, ">= 0.8")
    print(f"\n{1e3 * plain / n:.1f} ms a point alone, {1e3 * swept / n:.1f} ms in a sweep with checkpoint")
    # The sweep starts each point from its neighbour: the same numbers, to the tolerance of the solver.
    np.testing.assert_allclose(grid["lyapunov_exponent"].values.ravel(), np.asarray(alone, dtype=float), atol=1e-8)


def test_two_workers_share_the_work(record_speed):
    """CPU time of one process over twice that of the busier worker, its start included: parallel efficiency."""
    begin = time.process_time()
    one = dmft.phase_diagram(NOISY, OVER, observe=[dmft.lyapunov_exponent])
    alone = time.process_time() - begin
    observe = [dmft.lyapunov_exponent, cpu_clock, process]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        first = _clocks(dmft.phase_diagram(NOISY, {"g": np.linspace(1.1, 2.0, 24)}, observe=observe, executor=pool))
        two = dmft.phase_diagram(NOISY, OVER, observe=observe, executor=pool)
        last = _clocks(two)
    assert len(last) == 2
    cold = alone / (2 * max(last.values()))
    warm = alone / (2 * max(last[who] - first.get(who, 0.0) for who in last))
    print(f"\n{alone:.1f} s alone; efficiency of two workers {cold:.0%} with their start, {warm:.0%} without")
    record_speed("a sweep by two processes", "twice one process", warm, ">= 0.8")
    np.testing.assert_allclose(two["lyapunov_exponent"].values, one["lyapunov_exponent"].values, atol=1e-8)


def _clocks(grid) -> dict[float, float]:
    """Return the CPU time of each worker when it finished its last point."""
    who, clock = grid["process"].values, grid["cpu_clock"].values
    return {one: float(clock[who == one].max()) for one in np.unique(who)}
