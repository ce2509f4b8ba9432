"""Theory of the generator that a trainer drives, beside the exponent of drawn ones."""

import numpy as np
import pytest

import dmft
import validation

NET = dmft.RandomNetwork(g=1.5)


def trainer(amplitude, net=NET, **settings):
    task = validation.SumOfSines(10.0, pulse=0.0, cycles=(1,))
    return validation.FullForce(net, task, target_amplitude=amplitude, **settings)


@pytest.mark.long
@pytest.mark.parametrize("amplitude", [3.0, 6.0])
def test_the_exponent_of_drawn_generators(amplitude):
    """Three generators of N = 800 that hear the target along uniform weights: within 0.04/tau, of -0.19 and -0.43."""
    theory = dmft.solve_targets(trainer(amplitude).driven, nodes=4)
    settings = {"size": 800, "trials": 1, "settling": 30, "test_trials": 1}
    drawn = [validation.train(trainer(amplitude), seed=seed, **settings).generator_exponent for seed in range(3)]
    assert theory.trainable
    assert np.mean(drawn) == pytest.approx(float(theory.exponent), abs=0.04)


def test_what_a_trainer_drives():
    """The same law of weights and the same signals, beside drives of the generator's own."""
    own = dmft.RandomNetwork(g=1.5, drive=dmft.Sinusoid(0.5, 0.1))
    driven = validation.FullForce(own, validation.Oscillation(), weights="normal", input_amplitude=2.0).driven
    ours, target, pulse = driven.populations.drive.terms
    assert ours == dmft.Sinusoid(0.5, 0.1)
    assert (target.weights, target.amplitude, target.period) == ("normal", 1.0, 200.0)
    assert pulse.amplitude == 2.0
    trial = validation.Oscillation().trial(0.1, np.random.default_rng(0))
    times = 0.1 * np.arange(0, 2000, 7)
    np.testing.assert_allclose(target.signal.at(times), trial.target[::7, 0], atol=1e-9)
    np.testing.assert_allclose(pulse.signal.at(times + 0.01), trial.inputs[::7, 0])
    assert validation.FullForce(own, validation.SumOfSines(pulse=0.0), target_amplitude=0.0).driven == own.compose()
    with pytest.raises(ValueError, match="task must repeat itself"):
        _ = validation.FullForce(NET, validation.ReadySetGo()).driven
