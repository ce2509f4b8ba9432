"""Damped and Anderson iteration on maps with known fixed points."""

import numpy as np
import pytest

import dmft

RNG = np.random.default_rng(1)
MATRIX = np.linalg.qr(RNG.standard_normal((30, 30)))[0]
SLOW = MATRIX @ np.diag(np.linspace(-0.3, 0.98, 30)) @ MATRIX.T
OFFSET = RNG.standard_normal(30)
ANSWER = np.linalg.solve(np.eye(30) - SLOW, OFFSET)


def linear(x):
    return SLOW @ x + OFFSET


@pytest.mark.parametrize("method", [dmft.Damped(0.7), dmft.Anderson(), dmft.Anderson(depth=8, damping=0.5)], ids=repr)
def test_the_fixed_point_is_found(method):
    x, outcome = method.solve(linear, np.zeros(30), rtol=1e-11, max_steps=5000)
    assert outcome.status is dmft.Status.CONVERGED
    assert outcome.residual <= 1e-11
    assert x == pytest.approx(ANSWER, abs=1e-7)
    assert len(outcome.history) == outcome.steps


def test_anderson_needs_fewer_steps():
    damped = dmft.Damped(1.0).solve(linear, np.zeros(30), rtol=1e-10, max_steps=5000)[1]
    anderson = dmft.Anderson(depth=8).solve(linear, np.zeros(30), rtol=1e-10, max_steps=5000)[1]
    assert anderson.steps < damped.steps / 5


def test_the_residual_is_that_of_the_undamped_map():
    # A tiny damping makes tiny steps; the distance to the solution is what is reported.
    _, outcome = dmft.Damped(1e-6).solve(linear, np.zeros(30), rtol=1e-3, max_steps=3)
    assert outcome.status is dmft.Status.MAX_STEPS
    assert outcome.residual > 0.5


def test_a_map_that_is_not_finite_stops_at_once_with_the_best_iterate():
    def blows_up(x):
        return np.where(np.abs(x) > 2, np.nan, 2 * x + 1)

    best, outcome = dmft.Damped(1.0).solve(blows_up, np.ones(2), rtol=1e-9, max_steps=50)
    assert outcome.status is dmft.Status.NON_FINITE
    assert np.all(np.isfinite(best))


def test_callback_and_refusals():
    seen = []
    dmft.Anderson().solve(linear, np.zeros(30), rtol=1e-9, max_steps=50, callback=lambda i, r: seen.append((i, r)))
    assert [i for i, _ in seen] == list(range(len(seen)))
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        dmft.Anderson(depth=0)
    with pytest.raises(ValueError, match=r"damping must be in \(0, 1\], got 1.5"):
        dmft.Damped(1.5)


def test_status_sentences_carry_the_remedy():
    assert dmft.Status.CONVERGED.code == 0
    assert "max_steps" in dmft.Status.MAX_STEPS.value
    assert "init=" in dmft.Status.STALLED.value
    assert len({status.code for status in dmft.Status}) == len(dmft.Status)
