"""The tests of the two-site theory against networks must fail when psi is wrong."""

import importlib.util
from pathlib import Path

import pytest

from dmft.theories.two_site.pole import PoleKernel

PATH = Path(__file__).parents[1] / "statistical" / "test_dimension_networks.py"


@pytest.fixture(scope="module")
def statistical():
    spec = importlib.util.spec_from_file_location("dimension_networks", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_psi_times(monkeypatch, factor):
    """Multiply the cross-covariances' part of every sum; the diagonal, which is not psi, stays right."""
    right = PoleKernel.on_diagonal

    def wrong(self, lags, of):
        own = self.single(lags, of) ** 2
        return own + factor * (right(self, lags, of) - own)

    monkeypatch.setattr(PoleKernel, "on_diagonal", wrong)


@pytest.mark.long
def test_the_right_psi_passes(statistical, noisy_networks, monkeypatch):
    with_psi_times(monkeypatch, 1.0)
    statistical.test_noise_driven_networks(noisy_networks)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_psi_wrong_by_a_tenth_fails(statistical, noisy_networks, monkeypatch, factor):
    with_psi_times(monkeypatch, factor)
    with pytest.raises(AssertionError):
        statistical.test_noise_driven_networks(noisy_networks)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_each_dimension_by_itself_is_enough(statistical, noisy_networks, monkeypatch, factor):
    with_psi_times(monkeypatch, factor)
    numbers = statistical.dimension_numbers(statistical.two_site_of(noisy_networks.network), noisy_networks)
    found = {name for name, *_ in statistical.disagreeing(numbers, noisy_networks, 800)}
    assert {"inverse_dimension_phi", "inverse_dimension_x"} <= found
