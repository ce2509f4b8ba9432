"""Random statements end in time: converged and confirmed by a second method, with a status, or with one of our errors.

The cases are numbered and the same in every run; `tests/fuzz/run.py` goes through thousands of them and keeps a log.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from averages import Averages
from cases import LATEST, case
from harness import FAULTS, SECONDS, guarded, run
from second_methods import Refuted, agree

import dmft

SLICE = range(0, 40)  # about a minute of processor time
LONGER = range(40, 160)  # a few more


@pytest.mark.parametrize("number", SLICE)
def test_a_case(number):
    record = run(number, seconds=3 * SECONDS)  # a slower machine is no fault
    assert record["outcome"] not in FAULTS, f"{record['words']}\n{record['outcome']}: {record['detail']}"


@pytest.mark.long
@pytest.mark.parametrize("first", LONGER[::40])
def test_forty_cases(first):
    faults = [
        record for record in (run(n, 3 * SECONDS) for n in range(first, first + 40)) if record["outcome"] in FAULTS
    ]
    assert not faults, "\n".join(f"{r['case']} {r['words']}\n  {r['outcome']}: {r['detail']}" for r in faults)


@pytest.mark.parametrize("number", range(LATEST, LATEST + 10))
def test_a_case_of_low_rank_or_manifolds(number):
    record = run(number, seconds=3 * SECONDS)
    assert record["outcome"] not in FAULTS, f"{record['words']}\n{record['outcome']}: {record['detail']}"


def test_wrong_overlaps_and_capacities_are_refuted():
    """A variance and an overlap that are off by 1e-3, a capacity that is off by 60 % (a cloud) or 5 % (a ball)."""
    import dataclasses

    wrong = {
        "low rank": lambda s: (dataclasses.replace(s, variance=1.001 * s.variance), "overlap <phi'>"),
        "manifolds": lambda s: (
            dataclasses.replace(s, capacity=(1.6, 1.05)["Ball" in repr(s.network)] * s.capacity),
            "cost",
        ),
    }
    for number in (LATEST + 1, LATEST + 3, LATEST + 6):
        one = case(number)
        found = one.run()
        one.confirm(found)
        other, of = wrong[one.theory](found)
        with pytest.raises(Refuted, match=of):
            one.confirm(other)


def test_a_case_is_its_number():
    """Whatever ran before: in a process of its own too."""
    script = "from cases import case; print(*[case(n).words for n in range(79, 39, -1)], sep='\\0', end='')"
    alone = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert alone.stdout.split("\0")[::-1] == [case(number).words for number in range(40, 80)]
    assert len({case(number).theory for number in range(80)}) == 13


def test_a_hang_is_ended():
    from harness import Hang

    def forever():
        with guarded(0.2):
            while True:
                pass

    with pytest.raises(Hang):
        forever()


def test_a_wrong_state_is_refuted(monkeypatch):
    """The second methods see a variance that is off by 1e-4, a wrong mean, and a fixed point that is not stable."""
    import dataclasses

    import second_methods as second

    chaotic = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    assert "energy" in second.stationary(chaotic)
    with pytest.raises(Refuted, match="variance"):
        second.stationary(dataclasses.replace(chaotic, variance=chaotic.variance * 1.0001))
    with pytest.raises(Refuted, match="at rest"):
        second.stationary(dataclasses.replace(chaotic, variance=0.0, state="quiescent"))
    noisy = dmft.solve_stationary(dmft.RandomNetwork(1.5, drive=dmft.OrnsteinUhlenbeck(0.5, 2.0)))
    assert "lag equation" in second.stationary(noisy)
    with pytest.raises(Refuted, match="lag equation"):
        second.stationary(dataclasses.replace(noisy, network=noisy.network.replace(g=1.51)))
    balanced = dmft.solve_stationary(dmft.BalancedNetwork(2.0, 1000))
    assert "energy" in second.balanced(balanced)
    with pytest.raises(Refuted):
        second.balanced(dataclasses.replace(balanced, mean_x=balanced.mean_x * 1.001))
    with pytest.raises(Refuted):
        second.balanced(dataclasses.replace(balanced, variance=balanced.variance * 1.001))


def test_the_averages_of_the_second_methods():
    """ReLU in closed form, and a steep step against its limit 1 - sign(x) sign(y)."""
    relu = Averages(dmft.ReLU(), 0.0, 2.0)
    agree("<phi^2>", relu.mean_square, 1.0, 1e-13)
    agree("<phi>", relu.mean_phi, 1.0 / 3.141592653589793**0.5, 1e-13)
    steep = Averages(dmft.Symbolic("tanh(1e6*x)"), 0.0, 1.0)
    agree("<phi phi>", steep.corr_phi(0.5), 1.0 / 3.0, 1e-6)  # (2/pi) asin(1/2)
    agree("<phi'^2>", steep.mean_square_slope, 4e6 / 3 / (2 * 3.141592653589793) ** 0.5, 1e-3)


def test_the_slope_at_a_kink_at_rest():
    """x of either sign: -1 + g sqrt((phi'(0-)^2 + phi'(0+)^2)/2), also by the decay of a large network."""
    import second_methods as second

    for g, phi, slopes in [(0.9, dmft.ReLU(), (0.0, 1.0)), (0.8, dmft.Symbolic("Max(-0.5*x, x)"), (-0.5, 1.0))]:
        solution = dmft.solve_stationary(dmft.RandomNetwork(g, phi))
        assert second.exponent(solution) == "slopes of the constant state"
        expected = g * (sum(s * s for s in slopes) / 2.0) ** 0.5 - 1.0
        assert abs(dmft.lyapunov_exponent(solution) - expected) < 1e-9
        rng = np.random.default_rng(1)
        n = 2000
        couplings, x = rng.normal(0.0, g / n**0.5, (n, n)), rng.normal(size=n)
        decay = []
        for _ in range(150):
            x = 1e-3 * x / np.linalg.norm(x)
            after = x + 0.05 * (couplings @ np.asarray(phi(x)) - x)
            after = x + 0.025 * (couplings @ np.asarray(phi(x) + phi(after)) - x - after)
            decay.append(np.log(np.linalg.norm(after) / np.linalg.norm(x)) / 0.05)
            x = after
        agree("decay", float(np.mean(decay[50:])), expected, 0.03)


def test_only_a_file_may_be_unreadable():
    from harness import _of_error

    def raised(where):
        try:
            dmft.load("/nowhere/at/all.nc")
        except OSError as error:
            return _of_error(error, where)[0]

    assert raised("stationary") == "foreign error"


def test_a_second_method_that_fails_confirms_nothing(monkeypatch):
    import harness
    from cases import Case

    def fails(result):
        raise ZeroDivisionError("no say")

    monkeypatch.setattr(harness, "case", lambda number: Case("stationary", "", lambda: 1.0, fails))
    record = run(0)
    assert (record["outcome"], record["confirmed_by"]) == ("converged", "")
    assert "no say" in record["detail"]
