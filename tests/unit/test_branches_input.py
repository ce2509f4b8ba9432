"""What `branches` refuses, and which of its states `init` means."""

import pytest

import dmft


@pytest.mark.parametrize(
    ("network", "error", "words"),
    [
        (dmft.PlasticNetwork(2.0, 1.0, 1.0), TypeError, "dmft.fixed_points"),
        (dmft.RandomNetwork(2.0, symmetry=0.1), ValueError, "symmetry=0"),
        (dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.1)), ValueError, "periodic"),
    ],
    ids=["plastic", "symmetry", "common drive"],
)
def test_refused(network, error, words):
    with pytest.raises(error, match=words):
        dmft.branches(network)


def test_a_small_variance_is_near_rest():
    """Noise of 1e-6 around rest has a variance of 5e-7: without it that is rest, and not the chaotic state at 9."""
    network = dmft.RandomNetwork(4.0, dmft.Symbolic("tanh(x)**3"))
    driven = dmft.solve_stationary(network.replace(drive=dmft.WhiteNoise(1e-6)))
    assert driven.variance == pytest.approx(5e-7, rel=1e-5)
    assert dmft.solve_stationary(network, init=driven).state == "quiescent"
    moving = dmft.solve_stationary(dmft.RandomNetwork(2.0))  # a variance of 1.9 is that of motion
    assert dmft.solve_stationary(network, init=moving).state == "chaotic"
