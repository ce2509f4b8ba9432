"""Angles, kernels and averages against their definitions, integrated by another method."""

import json
from pathlib import Path

import numpy as np
import pytest

import dmft
from dmft.numerics.gaussian.erf_integrals import linear_sums, products, square_sums

REFERENCE = json.loads(Path(__file__).with_name("learning_signals_reference.json").read_text())


@pytest.mark.parametrize("law", ["gaussian", "uniform"])
def test_cosines_of_signs(law):
    network = dmft.LayeredNetwork([10] * 5, weights=law)
    for kind, kappa in zip(("uniform", "fixed"), REFERENCE["kappa"][law], strict=True):
        found = dmft.solve_alignment(network, dmft.SignFeedback(kind)).cosines
        assert found == pytest.approx(kappa ** np.arange(5, 0, -1), rel=1e-13)


@pytest.mark.parametrize("law", ["gaussian", "uniform"])
@pytest.mark.parametrize("widths", ["512", "1024", "uneven"])
def test_angles_of_global_vectors(law, widths):
    network = dmft.LayeredNetwork(REFERENCE["widths"][widths], weights=law, vector_units=3, nonnegative=True)
    found = dmft.solve_alignment(network, dmft.GlobalErrorVector())
    assert found.cosines == pytest.approx(REFERENCE["cosines"][law][widths], rel=1e-13)


@pytest.mark.parametrize("components", [1, 2, 3, 10])
def test_kernels(components):
    network = dmft.LayeredNetwork([8] * 4, vector_units=None if components == 1 else components)
    found = dmft.solve_kernel(network, 0.5)
    assert found.correlations == pytest.approx(REFERENCE["kernels"][str(components)], rel=1e-13)


def test_averages_of_erf():
    """32 nodes an axis are good to 1e-9."""
    of = REFERENCE["averages"]
    covariance, s = np.array(of["covariance"]), np.array(of["s"])
    assert products(covariance) == pytest.approx(np.array(of["products"]), abs=2e-9)
    assert linear_sums(covariance, s, 2) == pytest.approx(np.array(of["linear_sums"]), abs=2e-9)
    assert square_sums(covariance, s, 2, 0.0) == pytest.approx(np.array(of["square_sums"]), abs=2e-9)
