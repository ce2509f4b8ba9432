"""Angles and kernels where they are known: the sheet's numbers, and limits."""

import math

import numpy as np
import pytest

import dmft

GLOBAL = dmft.GlobalErrorVector()


def paired(*widths, **fields):
    return dmft.LayeredNetwork(widths, vector_units=10, nonnegative=True, **fields)


@pytest.mark.parametrize("width", [2, 10, 512, 100_000])
@pytest.mark.parametrize("depth", [1, 3, 8])
def test_the_last_hidden_layer_is_at_one_angle(width, depth):
    """arccos(pi^-1/2) = 55.65 degrees, at every width and depth: nothing averages over one read-out weight."""
    found = dmft.solve_alignment(paired(*[width] * depth), GLOBAL)
    assert found.last_angle == pytest.approx(math.degrees(math.acos(math.pi**-0.5)), abs=1e-10)
    assert found.scale[-1] == pytest.approx(math.sqrt(width / 2.0), rel=1e-12)  # E b^2 = 2/N of open units


def test_angles_of_the_sheet():
    assert dmft.solve_alignment(paired(*[512] * 4), GLOBAL).angles == pytest.approx(
        [3.830, 3.933, 9.208, 55.654], abs=5e-4
    )
    assert dmft.solve_alignment(paired(*[1024] * 4), GLOBAL).angles == pytest.approx(
        [2.707, 2.744, 6.539, 55.654], abs=5e-4
    )


def test_wide_layers_follow_the_gradient():
    """tan^2 = 2 pi (pi - 1)/N one layer below the last, 2 (pi - 2)/N further down, without accumulation."""
    found = np.tan(np.radians(dmft.solve_alignment(paired(*[10**7] * 20), GLOBAL).angles)) ** 2 * 10**7
    assert found[-2] == pytest.approx(2 * math.pi * (math.pi - 1), rel=1e-5)
    assert found[:-2] == pytest.approx(2 * (math.pi - 2), rel=2e-5)


def test_the_scale_grows_by_a_factor_for_each_layer():
    """E b grows by sqrt(N/(2 pi)) for each layer down, 12.77 for N = 1024."""
    found = dmft.solve_alignment(paired(*[1024] * 4), GLOBAL)
    mean = found.cosines / found.scale  # E b over open units
    assert mean[:-1] / mean[1:] == pytest.approx(12.766, abs=1e-3)


@pytest.mark.parametrize(
    ("weights", "kind", "degrees"),
    [
        ("gaussian", "uniform", 37.07),
        ("gaussian", "fixed", 50.46),
        ("gaussian", "batch", 50.46),
        ("uniform", "uniform", 30.0),
        ("uniform", "fixed", 41.41),
        ("sign", "uniform", 0.0),
        ("sign", "batch", 0.0),
    ],
)
def test_angles_of_signs(weights, kind, degrees):
    network = dmft.LayeredNetwork([7, 900, 30], weights=weights)
    found = dmft.solve_alignment(network, dmft.SignFeedback(kind))
    assert found.last_angle == pytest.approx(degrees, abs=5e-3)
    assert found.cosines == pytest.approx(found.cosines[-1] ** np.array([3, 2, 1]), rel=1e-12)
    assert np.all(found.scale == 1.0)


def test_ten_layers_of_signs():
    ten = dmft.LayeredNetwork([100] * 10)
    assert dmft.solve_alignment(ten, dmft.SignFeedback()).first_angle == pytest.approx(84.0, abs=0.05)
    uniform = dmft.solve_alignment(ten.replace(weights="uniform"), dmft.SignFeedback())
    assert uniform.first_angle == pytest.approx(76.27, abs=0.01)


def test_a_law_of_one_size_is_that_of_signs_and_sizes_spread():
    one, many = ([[3.0], [1.0]], [[1.0, 3.0], [0.5, 0.5]])
    signs = dmft.SignFeedback()
    assert dmft.solve_alignment(dmft.LayeredNetwork([5], weights=one), signs).angles[0] == pytest.approx(0.0, abs=1e-6)
    found = dmft.solve_alignment(dmft.LayeredNetwork([5], weights=many), signs)
    assert found.cosines[0] == pytest.approx(2.0 / math.sqrt(5.0), rel=1e-12)  # mean 2, mean square 5


def test_random_feedback_and_the_gradient():
    network = dmft.LayeredNetwork([50, 60])
    assert dmft.solve_alignment(network, dmft.Backprop()).state == "gradient"
    for rule in (dmft.FeedbackAlignment(), dmft.DirectFeedback()):
        found = dmft.solve_alignment(network, rule)
        assert found.angles == pytest.approx(90.0)
        assert found.state == "unaligned"
    mixed = dmft.solve_alignment(network.replace(vector_units=4), GLOBAL)
    assert mixed.angles == pytest.approx(90.0)
    kept = dmft.solve_alignment(network, dmft.SignFeedback("fixed", sizes="initial"))
    assert kept.angles == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(dmft.solve_alignment(network.replace(nonlinearity=dmft.Tanh()), dmft.DirectFeedback()).scale).all()


def test_kernels_of_the_sheet():
    def found(components):
        return dmft.solve_kernel(dmft.LayeredNetwork([10] * 4, vector_units=components), 0.5).correlations[1:]

    assert found(10) == pytest.approx([0.361, 0.253, 0.178, 0.130], abs=6e-4)
    assert found(3) == pytest.approx([0.425, 0.368, 0.327, 0.298], abs=6e-4)
    assert found(None) == pytest.approx([0.609, 0.684, 0.738, 0.779], abs=6e-4)


@pytest.mark.parametrize("components", [None, 2, 50])
def test_kernels_of_equal_and_opposite_inputs(components):
    network = dmft.LayeredNetwork([10] * 3, vector_units=components)
    same = dmft.solve_kernel(network, 1.0)
    assert same.correlations == pytest.approx(1.0, abs=1e-12)
    assert same.state == "same"
    assert dmft.solve_kernel(network, -1.0).correlations[1] == pytest.approx(0.0, abs=1e-12)  # no gate opens for both
    assert dmft.solve_kernel(network, 0.999).state in ("apart", "together")


def test_many_components_pull_inputs_apart_geometrically():
    """c' = c/2 at small c as K grows."""
    found = dmft.solve_kernel(dmft.LayeredNetwork([10] * 3, vector_units=10**6), 1e-3).correlations
    assert found[1:] / found[:-1] == pytest.approx(0.5, abs=2e-3)
