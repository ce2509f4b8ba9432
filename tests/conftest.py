"""Networks that tests in several rooms look at, simulated once."""

import pytest

import dmft
import validation
from dmft.models import labelled


@pytest.fixture(autouse=True)
def _said_once_a_test():
    """What is said once a process is said once a test, so that no test depends on which ran before it."""
    labelled._say_that_there_is_no_bias.cache_clear()


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Nothing is said of work that takes its time: what a command says does not depend on how busy a machine is."""
    monkeypatch.setattr("dmft.progress._SPARSE", 1e9)


@pytest.fixture(scope="session")
def noisy_networks():
    """Far from criticality networks scatter little: 24 of N = 800 have the inverse dimension to 0.6 %."""
    network = dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(3.0))
    measure = validation.Dimension(lags=(0.0, 1.0, 3.0))
    return validation.simulate(
        network, 800, n_realizations=24, duration=40.0, burn_in=15.0, dt=0.1, initial_states=12, measure=measure, seed=7
    )
