"""Theory of target generators beside drawn ones: in a diagram, and in a comparison that sees a wrong exponent."""

from dataclasses import replace

import numpy as np
import pytest

import dmft
import validation
from dmft.numerics.value import Value

DRIVEN = dmft.RandomNetwork(0.6, drive=dmft.Sinusoid(1.0, 0.1, phases="random"))


def test_a_diagram_of_exponents_is_that_of_the_theory():
    amplitudes = [0.5, 2.0]
    found = dmft.phase_diagram(
        DRIVEN, {"drive.amplitude": amplitudes}, dmft.lyapunov_exponent, solve=dmft.solve_targets
    )
    one_by_one = [dmft.solve_targets(DRIVEN.replace(**{"drive.amplitude": a})).exponent for a in amplitudes]
    np.testing.assert_allclose(found["lyapunov_exponent"], one_by_one, atol=1e-8)
    assert one_by_one[1] < one_by_one[0] < 0.0


def test_generators_are_compared_with_networks():
    targets = dmft.solve_targets(DRIVEN)
    networks = validation.simulate(
        DRIVEN, [150, 300], n_realizations=12, duration=40.0, measure=("correlation", "lyapunov"), seed=3
    )
    found = validation.compare(targets, networks)
    assert found.verdict != "disagree"
    assert found.row("lyapunov_exponent").theory == float(targets.exponent)
    assert found.row("corr_phi[0]").verdict == "agree"
    wrong = replace(targets, exponent=Value(float(targets.exponent) + 0.2, 0.0))
    assert validation.compare(wrong, networks).row("lyapunov_exponent").verdict == "disagree"
    with pytest.raises(ValueError, match="theory is of"):
        validation.compare(dmft.solve_targets(DRIVEN.replace(g=0.5)), networks)
