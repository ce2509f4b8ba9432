"""Networks under Dale's law that oscillate by themselves: five of each size, medians of phase-aligned errors."""

import numpy as np
import pytest

import dmft
import validation

TASK = validation.SumOfSines(20.0, pulse=0.0, cycles=(1,))


def trained(size, seed, **settings):
    generator = dmft.BalancedNetwork(g=1.5, size=size)
    return validation.train(
        validation.BalancedTargets(generator, TASK, target_amplitude=3.0, **settings), size=size, seed=seed
    )


@pytest.mark.parametrize("size", [100, pytest.param(200, marks=pytest.mark.long)])
def test_dale_networks_oscillate(size):
    found = [trained(size, seed) for seed in range(5)]
    assert np.median([one.phase_aligned_error for one in found]) <= 0.02
    assert all(one.violations == 0 for one in found)
    assert all(one.generator_exponent < 0.0 for one in found)
    assert all(one.certificate.residual <= 1e-8 for one in found)
    assert all(one.balance() < 0.3 for one in found)  # most of the excitation is cancelled
    assert 0.3 < np.mean([one.silent for one in found]) < 0.9
    signs = np.where(np.arange(size) < 0.8 * size, 1.0, -1.0)
    assert all(np.all(one.couplings * signs >= 0.0) for one in found)


def test_bounds_of_the_couplings_hold():
    one = trained(60, 1, limits=(0.0, 1.5))
    assert np.max(np.abs(one.couplings)) <= 1.5 / np.sqrt(60) * (1 + 1e-12)
    assert np.any(np.isclose(np.abs(one.couplings), 1.5 / np.sqrt(60)))


def test_the_law_is_refused_where_rates_are_negative():
    with pytest.raises(ValueError, match="rates that are not negative"):
        validation.BalancedTargets(dmft.RandomNetwork(g=1.5), TASK)
    for settings, text in [
        ({"excitatory": 1.5}, "excitatory must be a fraction"),
        ({"limits": (1.0, 0.5)}, "limits must be low < high"),
        ({"forced": 0}, "forced must be at least 1"),
        ({"jitter": -1.0}, "jitter must be"),
    ]:
        with pytest.raises(ValueError, match=text):
            validation.BalancedTargets(dmft.BalancedNetwork(1.5, 100), TASK, **settings)
