"""The march of the two-time theory against the plain way: ratios of CPU times in one process."""

import math
import time
import tracemalloc

import numpy as np
import pytest
from plain_march import average, exponent

import dmft
from dmft.numerics.gaussian.closed_pairs import relu_pair
from dmft.observables.kernel_lyapunov import kernel_exponent
from dmft.theories.nonstationary.grid import make_grid
from dmft.theories.nonstationary.input import gaussian_blocks

pytestmark = pytest.mark.benchmark

SIZE, FREQUENCY = 5000.0, 0.2


def driven(amplitude):
    return dmft.BalancedNetwork(2.0, SIZE, drive=dmft.Sinusoid(amplitude, FREQUENCY))


def cpu(function, repeat):
    """CPU seconds of one call, the best of `repeat`, and its value."""
    best = float("inf")
    for _ in range(repeat):
        begin = time.process_time()
        value = function()
        best = min(best, time.process_time() - begin)
    return best, value


def test_the_baseline_is_right():
    for kind in (0, 1):
        ours = relu_pair(-0.4, 1.0, 0.3, 2.0, 0.7 * math.sqrt(2.0))[kind]
        assert average(kind, -0.4, 1.0, 0.3, math.sqrt(2.0), 0.7) == pytest.approx(ours, rel=1e-6)


def test_exponent_against_the_plain_march(record_speed):
    """The baseline at its own default grid, the march at its coarsest; both against the value for dt -> 0."""
    exponent(2.0, SIZE, 20.0, FREQUENCY, duration=30.0, window=4.0, dt=0.0625)
    kernel_exponent(driven(20.0), dt=0.3125)
    for amplitude, part in ((20.0, 0.28), (56.57, 0.8)):
        exact = kernel_exponent(driven(amplitude), dt=0.0625).exponent
        plain, rough = cpu(
            lambda a=amplitude: exponent(2.0, SIZE, a, FREQUENCY, duration=512.0, window=32.0, dt=0.0625), 1
        )
        ours, found = cpu(lambda a=amplitude: kernel_exponent(driven(a), dt=0.3125, accuracy=2e-4), 7)
        assert abs(found.exponent - exact) < abs(rough - exact)
        ratio = plain / ours
        record_speed(
            f"exponent under common input, a={part}, error {abs(found.exponent - exact):.0e} ({1e3 * ours:.0f} ms)",
            f"Euler march, adaptive quadrature a cell, error {abs(rough - exact):.0e} ({plain:.1f} s)",
            ratio,
            ">= 100",
        )


def test_cells(record_speed):
    """CPU time of a cell of the march, the rest of the step included, over that of the plain quadrature."""
    network, window = driven(20.0), 30.0
    dmft.solve_nonstationary(network, 30.0, method=dmft.TwoTimeMarch(dt=0.1, window=window), on_failure="ignore")
    grid = make_grid(gaussian_blocks(network), 400.0, 0.1, window)
    ours, _ = cpu(lambda: dmft.solve_nonstationary(network, 400.0, method=dmft.TwoTimeMarch(dt=0.1, window=window)), 5)
    cells = sum(min(n + 1, grid.width) for n in range(grid.n_steps))

    def quadratures():
        for i in range(2000):
            average(0, -0.4, 1.0, 0.3, 1.4, i / 2000)
            average(1, -0.4, 1.0, 0.3, 1.4, i / 2000)

    quadratures()
    plain, _ = cpu(quadratures, 5)
    ratio = (plain / 2000) / (ours / cells)
    record_speed(
        f"a cell of the march ({1e9 * ours / cells:.0f} ns; goal 30 ns)",
        f"adaptive quadrature of <phi phi> and <phi' phi'> ({1e9 * plain / 2000:.0f} ns)",
        ratio,
        "-",
    )


@pytest.mark.parametrize("r", [-0.5, 0.3, 0.9, 0.99])
def test_the_tolerance_of_the_baseline_is_harmless(r):
    """Its quadrature stops at 1e-2, but 15 nodes leave far less, but next to the diagonal (r > 0.99)."""
    for m1, m2 in ((-0.4, 0.3), (-1.5, -1.2), (1.0, 0.8)):
        for kind in (0, 1):
            ours = relu_pair(m1, 1.0, m2, 1.2, r * math.sqrt(1.2))[kind]
            assert average(kind, m1, 1.0, m2, math.sqrt(1.2), r) == pytest.approx(ours, abs=2e-4)


def test_the_baseline_is_of_first_order():
    """Halving its step halves its error: it is the Euler march that it says it is."""
    exact = kernel_exponent(driven(20.0), dt=0.0625).exponent
    errors = [
        exponent(2.0, SIZE, 20.0, FREQUENCY, duration=200.0, window=32.0, dt=dt) - exact for dt in (0.125, 0.0625)
    ]
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.3)


def test_exponent_against_amplitude(record_speed):
    """30 points, half of them for each drive, chaotic and locked; the baseline knows the common drive only."""

    def curve(phases, largest):
        before, values = None, []
        for amplitude in largest * (np.arange(15) + 0.37) / 15:
            network = dmft.BalancedNetwork(2.0, SIZE, drive=dmft.Sinusoid(float(amplitude), FREQUENCY, phases))
            if phases == "common":
                before = dmft.solve_periodic(network, init=before)
            else:
                before = dmft.solve_stationary(network, init=before)
            values.append(float(dmft.lyapunov_exponent(before)))
        return values

    exponent(2.0, SIZE, 20.0, FREQUENCY, duration=30.0, window=4.0, dt=0.0625)
    plain, _ = cpu(lambda: exponent(2.0, SIZE, 20.0, FREQUENCY, duration=512.0, window=32.0, dt=0.0625), 1)
    kernel_exponent(driven(20.0))
    common, values = cpu(lambda: curve("common", 1.6 * math.sqrt(SIZE)), 2)
    independent, _ = cpu(lambda: curve("random", 15.2), 2)
    assert values[0] > 0.09
    assert values[-1] < -0.17
    tracemalloc.start()
    kernel_exponent(driven(56.57))
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ratio = 15 * plain / common
    record_speed(
        f"30 exponents, both drives ({common:.1f} + {independent:.1f} s, goal 5 s; {memory / 2**20:.0f} MB)",
        f"15 Euler marches, common drive only ({15 * plain:.0f} s)",
        ratio,
        "-",
    )
