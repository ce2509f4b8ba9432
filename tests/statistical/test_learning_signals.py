"""Drawn networks beside the theory of angles and kernels; the power is stated, and a shifted theory is seen."""

import math

import numpy as np
import pytest

import dmft
import validation

GLOBAL = dmft.GlobalErrorVector()


def paired(*widths, **fields):
    return dmft.LayeredNetwork(widths, vector_units=10, nonnegative=True, **fields)


def means(simulation, name, layers):
    (size,) = simulation.sizes
    values = np.array(
        [[simulation.mean(f"{name}_{i}", size), simulation.standard_error(f"{name}_{i}", size)] for i in layers]
    )
    return values.T


def test_angles_of_global_vectors_at_512():
    """The sheet: 3.814(25), 3.903(43), 9.052(39), 55.2(3). 30 networks: within 2 errors and 1 %, errors to 1.2 %."""
    network = paired(*[512] * 4)
    theory = dmft.solve_alignment(network, GLOBAL)
    found, error = means(validation.simulate(network, rule=GLOBAL, n_realizations=30, seed=2), "angle", range(1, 5))
    assert np.all(error < 0.012 * theory.angles)
    assert np.all(np.abs(found - theory.angles) < 2.0 * error + 0.01 * theory.angles)
    sheet = np.array([3.814, 3.903, 9.052, 55.2])
    assert np.all(np.abs(found - sheet) < 3.0 * np.hypot(error, [0.025, 0.043, 0.039, 0.25]))


@pytest.mark.long
def test_angles_of_global_vectors_at_1024():
    """The sheet: 2.674, 2.756, 6.554, 55.9; 20 networks; E b grows by 12.85 to 13.02 a layer, 12.77 in theory."""
    network = paired(*[1024] * 4)
    theory = dmft.solve_alignment(network, GLOBAL)
    sim = validation.simulate(network, rule=GLOBAL, n_realizations=20, seed=2)
    found, error = means(sim, "angle", range(1, 5))
    assert np.all(np.abs(found - theory.angles) < 2.0 * error + 0.01 * theory.angles)
    scale, off = means(sim, "scale", range(1, 5))
    assert np.all(np.abs(scale - theory.scale) < 3.0 * off + 0.01 * theory.scale)


@pytest.mark.parametrize("law", ["uniform", "sign"])
def test_other_laws_and_uneven_widths(law):
    network = paired(64, 256, 128, weights=law)
    theory = dmft.solve_alignment(network, GLOBAL)
    sim = validation.simulate(network, rule=GLOBAL, n_realizations=60, seed=3)
    found, error = means(sim, "angle", range(1, 4))
    assert np.all(error < 0.02 * theory.angles)
    assert np.all(np.abs(found - theory.angles) < 3.0 * error + 3.0 / 64 * theory.angles)
    gaussian = dmft.solve_alignment(network.replace(weights="gaussian"), GLOBAL).angles
    assert np.all(np.abs(found - gaussian)[-1:] > 8.0 * error[-1:])


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "law", "sheet"),
    [
        ("uniform", "gaussian", [0.4017, 0.5043, 0.6331, 0.7964]),
        ("fixed", "gaussian", [0.1636, 0.2541, 0.4018, 0.6339]),
        ("uniform", "uniform", [0.566, 0.650, 0.749, 0.867]),
    ],
)
def test_cosines_of_signs(kind, law, sheet):
    """Within 2 % of kappa^depth, at N = 256; 100 networks, errors of 0.3 % (last) to 2 % (first)."""
    network, rule = dmft.LayeredNetwork([256] * 4, weights=law), dmft.SignFeedback(kind)
    theory = dmft.solve_alignment(network, rule)
    sim = validation.simulate(network, rule=rule, outputs=100, n_realizations=100, seed=4)
    found, error = means(sim, "angle", range(1, 5))
    cosines, off = np.cos(np.radians(found)), np.radians(error) * np.sin(np.radians(found))
    assert np.all(off < 0.02)
    assert np.all(np.abs(cosines - theory.cosines) < 2.0 * off + 0.02 * theory.cosines)
    assert np.all(np.abs(cosines - sheet) < 3.0 * off + 0.015 * np.array(sheet))
    wrong = theory.cosines ** (1.25 if kind == "uniform" else 0.8)  # another kappa is seen in all layers
    assert np.all(np.abs(cosines - wrong) > 4.0 * off)


def test_a_batch_cancels_what_is_common():
    """8 samples with random labels, N = 512: 6.9, 5.8, 9.7, 55.2 in the sheet, the first two by its own inputs."""
    sim = validation.simulate(paired(*[512] * 4), rule=GLOBAL, batch=8, n_realizations=12, seed=5)
    found, error = means(sim, "angle", range(1, 5))
    single = dmft.solve_alignment(paired(*[512] * 4), GLOBAL).angles
    assert np.all(found[:2] > single[:2] + 4.0 * error[:2])
    assert np.all(np.abs(found - [6.9, 5.8, 9.7, 55.2])[2:] < 3.0 * error[2:] + [0.3, 0.5])


@pytest.mark.parametrize("rule", [dmft.FeedbackAlignment(), dmft.DirectFeedback()])
def test_random_feedback_is_at_right_angles(rule):
    network = dmft.LayeredNetwork([128] * 3)
    sim = validation.simulate(network, rule=rule, n_realizations=60, seed=6)
    found, error = means(sim, "angle", range(1, 4))
    assert np.all(np.abs(found - 90.0) < 3.5 * error)
    scale, off = means(sim, "scale", range(1, 4))
    assert np.all(np.abs(scale - 1.0) < 3.5 * off + 9.0 / 128)


def test_global_vectors_with_both_signs_are_at_right_angles():
    network = dmft.LayeredNetwork([128] * 3, vector_units=10)
    theory = dmft.solve_alignment(network, GLOBAL)
    sim = validation.simulate(network, rule=GLOBAL, n_realizations=60, seed=6)
    found, error = means(sim, "angle", range(1, 4))
    assert np.all(np.abs(found - theory.angles) < 3.5 * error)
    scale, off = means(sim, "scale", range(1, 4))
    assert np.all(np.abs(scale / theory.scale - 1.0) < 3.5 * off / theory.scale + 9.0 / 128)


@pytest.mark.parametrize("components", [None, 3, 10])
def test_kernels_at_1500(components):
    """Within 2 errors and 1/N, the errors 0.002 to 0.01; the sheet's own within 3."""
    network = dmft.LayeredNetwork([1500] * 4, vector_units=components, nonnegative=components is not None)
    theory = dmft.solve_kernel(network, 0.5)
    sim = validation.simulate(network, correlation=0.5, samples=8, n_realizations=8, seed=7)
    found, error = means(sim, "correlation", range(1, 5))
    assert np.all(error < 0.012)
    assert np.all(np.abs(found - theory.correlations[1:]) < 2.5 * error + 1.0 / 1500)
    other = dmft.solve_kernel(network.replace(vector_units=5, nonnegative=False), 0.5).correlations[1:]
    assert np.any(np.abs(found - other) > 8.0 * error)


@pytest.mark.long
def test_bounds_on_finite_width_hold_in_small_networks():
    """64 units a layer, 200 networks: means lie within the bounds of `validation.layered.plan` and two errors."""
    for network, rule in ((paired(64, 64, 64), GLOBAL), (dmft.LayeredNetwork([64] * 3), dmft.SignFeedback())):
        sim = validation.simulate(network, rule=rule, n_realizations=200, seed=8)
        rows = validation.compare(dmft.solve_alignment(network, rule), sim).rows
        assert len(rows) == 6
        for row in rows:
            assert row.verdict != "disagree"
            assert abs(row.estimate.value - row.theory) < row.bias_bound + 2.0 * row.error, row.quantity


def test_a_shifted_theory_disagrees():
    network = paired(256, 256, 256)
    theory = dmft.solve_alignment(network, GLOBAL)
    sim = validation.simulate(network, rule=GLOBAL, n_realizations=60, seed=9)
    assert validation.compare(theory, sim).verdict != "disagree"
    shifted = {f"angle_{i}": 1.15 * float(angle) for i, angle in enumerate(theory.angles, 1)}
    assert validation.compare(shifted, sim).counts["disagree"] == 3
    without = math.degrees(math.atan(math.sqrt(2.0 * (math.pi - 1.0) / 256)))  # B left out
    assert validation.compare({"angle_1": without}, sim).verdict == "disagree"
