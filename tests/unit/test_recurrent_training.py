"""Tasks say what they should, trainings are repeated and resumed exactly, and what cannot be trained is refused."""

import re

import numpy as np
import pytest

import dmft
import validation
from validation.errors import SimulationError

NET = dmft.RandomNetwork(g=0.9)
SHORT = validation.Oscillation(duration=20.0, pulse=1.0)
RNG = np.random.default_rng(0)


def test_the_oscillation_is_that_of_the_paper():
    trial = validation.Oscillation().trial(0.1, RNG)
    s = np.arange(2000) / 2000
    phi = np.where(s <= 0.5, s * (6 * s + 3), -3 + s * (15 - 6 * s))
    np.testing.assert_allclose(trial.target[:, 0], np.sin(2 * np.pi * phi), atol=1e-12)
    assert trial.inputs.sum() == 50
    assert trial.inputs[:50].all()


def test_a_frequency_goes_from_slow_to_fast():
    """Crossings of zero by half a cycle: 1 cycle a trial at its ends, 3 in the middle."""
    f = validation.FrequencyModulated(200.0, pulse=0.0).trial(0.01, RNG).target[:, 0]
    phase = np.unwrap(2 * np.arcsin(np.clip(np.abs(f), 0, 1)))
    speed = np.abs(np.gradient(phase / 2, 0.01)) * 200.0 / (2 * np.pi)
    assert speed[50] == pytest.approx(1.0, abs=0.02)
    assert speed[len(f) // 2 - 20] == pytest.approx(3.0, abs=0.02)


def test_a_sawtooth_rises_and_falls():
    f = validation.Sawtooth(100.0, fall=0.1).trial(0.1, RNG).target[:, 0]
    assert (f.max(), f.min()) == (pytest.approx(1.0, abs=0.03), pytest.approx(-1.0, abs=0.03))
    slopes = np.diff(f) / 0.1
    assert np.mean(slopes > 0) == pytest.approx(0.9, abs=0.01)
    assert abs(f[0] - f[-1]) < 0.01


def test_ready_set_go_tells_the_interval_again():
    """The bump begins as long after set as set after ready; the hint is up between them, and has no say without."""
    for seed in range(5):
        trial = validation.ReadySetGo().trial(0.1, np.random.default_rng(seed))
        ready, set_ = (int(np.flatnonzero(trial.inputs[:, i])[0]) for i in (0, 1))
        bump = np.flatnonzero(trial.target[:, 0] > -0.5)
        assert abs(bump[0] - (2 * set_ - ready)) <= 2
        assert trial.target.max() == pytest.approx(1.0, abs=1e-3)
        assert 100 <= set_ <= 2100
        assert int(np.argmax(trial.hint[:, 0])) in (set_ - 1, set_)
        assert not trial.hint[2 * set_ :].any()
        assert len(bump) == pytest.approx(499, abs=1)
    assert validation.ReadySetGo(hint=False).trial(0.1, RNG).hint.shape[1] == 0


def test_an_integrator_adds_up():
    for seed in range(5):
        trial = validation.Integrator().trial(0.1, np.random.default_rng(seed))
        np.testing.assert_allclose(trial.target[:, 0], np.cumsum(trial.inputs[:, 0]) * 0.5 / 50, atol=1e-12)
        assert np.abs(trial.target).max() <= 1.0 + 1e-9
        assert np.abs(trial.target).max() > 0.0


def test_a_training_is_repeated_and_resumed(tmp_path):
    """The same seed is the same network, also from a checkpoint of a run that was stopped after twelve trials."""
    trainer = validation.FullForce(NET, SHORT, noise=1e-3)
    settings = {"size": 20, "seed": 5, "test_trials": 2}
    whole = validation.train(trainer, **settings, trials=15)
    again = validation.train(trainer, **settings, trials=15)
    path = tmp_path / "training.ckpt"
    validation.train(trainer, **settings, trials=12, checkpoint=path)
    resumed = validation.train(trainer, **settings, trials=15, checkpoint=path)
    for other in (again, resumed):
        assert np.array_equal(whole.couplings, other.couplings)
        assert np.array_equal(whole.history, other.history)
        assert whole.test_error == other.test_error
    with pytest.raises(dmft.DMFTError, match="size"):
        validation.train(trainer, size=21, seed=5, checkpoint=path)


@pytest.mark.long
@pytest.mark.parametrize("spiking", [False, True])
def test_rows_under_dales_law_are_resumed(spiking, tmp_path, monkeypatch):
    """A training that is killed in its thirteenth round goes on from the tenth, and ends as one that was not."""
    from validation.training import balanced

    drive = dmft.Sinusoid(0.5, 0.07, phases="random")
    generator = dmft.BalancedNetwork(g=1.5, size=30, drive=drive)
    t = 0.1 * np.arange(100)
    # An input that is large where a trial ends: the current that it leaves behind goes into the next one.
    task = validation.Signals(np.sin(0.2 * np.pi * t), inputs=3.0 * np.sin(0.05 * np.pi * t))
    trainer = validation.BalancedTargets(generator, task, target_amplitude=4.0, noise=1e-3, spiking=spiking)
    settings = {"size": 30, "seed": 2, "trials": 14, "test_trials": 2}
    whole = validation.train(trainer, **settings)
    calls, solve = [], balanced.bounded_rows

    def killed(*arguments, **keywords):
        calls.append(1)
        if len(calls) == 13:
            raise KeyboardInterrupt
        return solve(*arguments, **keywords)

    path = tmp_path / "rows.ckpt"
    monkeypatch.setattr(balanced, "bounded_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        validation.train(trainer, **settings, checkpoint=path)
    monkeypatch.setattr(balanced, "bounded_rows", solve)
    resumed = validation.train(trainer, **settings, checkpoint=path)
    assert len(resumed.history) == 14
    np.testing.assert_allclose(resumed.history, whole.history, rtol=1e-8)
    np.testing.assert_allclose(resumed.couplings, whole.couplings, atol=1e-8)
    assert resumed.test_error == pytest.approx(whole.test_error, rel=1e-5)


def test_drives_in_time_go_on_where_they_were(tmp_path):
    trainer = validation.FullForce(
        dmft.RandomNetwork(g=0.9, drive=dmft.Sinusoid(1.0, 0.07, phases="random")), SHORT, target_amplitude=0.0
    )
    path = tmp_path / "training.ckpt"
    whole = validation.train(trainer, size=20, seed=5, trials=14, test_trials=1)
    validation.train(trainer, size=20, seed=5, trials=12, test_trials=1, checkpoint=path)
    resumed = validation.train(trainer, size=20, seed=5, trials=14, test_trials=1, checkpoint=path)
    np.testing.assert_allclose(resumed.couplings, whole.couplings, atol=1e-10)


def test_a_run_goes_on_from_the_end_of_training():
    trained = validation.train(validation.FullForce(NET, SHORT), size=30, seed=1, trials=5, test_trials=3)
    ran = trained.run(3, seed=9, rates=True)
    np.testing.assert_array_equal(ran.errors, trained.test.errors)  # no noise, and trials that are all the same
    np.testing.assert_allclose(ran.outputs[0], ran.rates[0] @ trained.readout.T)
    assert not np.array_equal(trained.run(3, seed=9, noise=0.1).errors, ran.errors)
    assert trained.size == 30
    assert trained.phase_aligned_error <= trained.test_error


def test_the_rank_of_what_force_trains():
    trained = validation.train(validation.Force(NET, SHORT), size=25, seed=1, trials=2, test_trials=1)
    drawn = validation.train(validation.FullForce(NET, SHORT, start="generator", ridge=1e12), size=25, seed=1, trials=1)
    assert np.linalg.matrix_rank(trained.couplings - drawn.couplings, tol=1e-8) == 1


def test_other_networks_train_too():
    """Balanced, with a bias; populations with time constants of their own; a user's arrays."""
    t = np.arange(200) * 0.05
    signals = validation.Signals(np.column_stack([np.sin(np.pi * t / 5), np.cos(np.pi * t / 5)]), dt=0.05)
    parts = {
        "a": dmft.Population(dmft.Tanh(), dmft.Leaky(1.0), fraction=0.5),
        "b": dmft.Population(dmft.ReLU(), dmft.Leaky(0.5), fraction=0.5, bias=0.1),
    }
    networks = (
        dmft.BalancedNetwork(g=1.0, size=40, drive=dmft.Sinusoid(2.0, 0.1)),
        dmft.Network(parts, dmft.Couplings(dmft.Random(0.8))),
    )
    for network in networks:
        trained = validation.train(validation.FullForce(network, signals, dt=0.05), size=40, seed=1, trials=20)
        assert trained.readout.shape == (2, 40)
        assert trained.history[-1] < 0.1
        assert np.isfinite(trained.test_error)
        assert trained.generator_exponent < 0.0


def test_a_chaotic_generator_warns_with_its_exponent():
    trainer = validation.FullForce(dmft.RandomNetwork(g=3.0), SHORT, target_amplitude=0.01)
    with pytest.warns(dmft.AccuracyWarning, match=r"lambda_1 = 0\.\d+ \+- 0\.\d+") as caught:
        trained = validation.train(trainer, size=100, seed=1, trials=1, test_trials=1)
    told = re.search(r"lambda_1 = ([\d.]+)", str(caught[0].message))
    assert float(told[1]) == pytest.approx(trained.generator_exponent, abs=1e-4)


REFUSED = {
    "ridge": ({"ridge": 0.0}, "ridge must be finite and positive"),
    "dt": ({"dt": 1.0}, "dt must be below the time constant 1, got 1"),
    "nothing told": ({"target_amplitude": 0.0}, "nothing else tells it of the target"),
    "learned": ({"learned": 1.5}, "learned must be at most 1"),
    "noise": ({"noise": -1.0}, "noise must be finite and not negative"),
    "weights": ({"weights": "binary"}, "weights must be one of 'uniform', 'normal'"),
    "start": ({"start": "random"}, "start must be one of 'zero', 'generator'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_settings_are_refused(case):
    settings, text = REFUSED[case]
    with pytest.raises(ValueError, match=text):
        validation.FullForce(NET, SHORT, **settings)


@pytest.mark.parametrize(
    ("network", "text"),
    [
        (dmft.RandomNetwork(g=1.0, drive=dmft.WhiteNoise(0.1)), "must have no noise"),
        (dmft.RandomNetwork(g=1.0, drive=dmft.OrnsteinUhlenbeck(0.1, 1.0)), "must have no noise"),
        (dmft.PlasticNetwork(g=1.0, k=1.0, p=1.0), "leave the plastic ones out"),
        (dmft.Network(dmft.Population(dynamics=dmft.Map()), dmft.Couplings(dmft.Random(1.0))), "continuous time"),
        *(
            (dmft.Network(dmft.Population(dynamics=units), dmft.Couplings(dmft.Random(1.0))), "must have leaky units")
            for units in (dmft.Filter("1/((1+s)*(1+s/5))"), dmft.SelfCoupled(1.5), dmft.Dynamics("-x + tanh(x) + h"))
        ),
    ],
)
def test_generators_are_refused(network, text):
    with pytest.raises(ValueError, match=text):
        validation.FullForce(network, SHORT)


def test_what_does_not_fit_force_is_refused():
    with pytest.raises(ValueError, match="no hint"):
        validation.Force(NET, validation.ReadySetGo())
    with pytest.raises(ValueError, match="no drive in time"):
        validation.Force(dmft.RandomNetwork(g=1.0, drive=dmft.Sinusoid(1.0, 0.1)), SHORT)
    with pytest.raises(TypeError, match="task must be a task"):
        validation.FullForce(NET, np.sin)
    with pytest.raises(TypeError, match="network must be a statement"):
        validation.FullForce(np.eye(3), SHORT)


def test_signals_are_refused():
    good = np.sin(np.arange(10.0))
    for given, text in [
        ({"target": good, "inputs": good[:5]}, "inputs must have the 10 steps of the target, got 5"),
        ({"target": good, "hint": good[:5]}, "hint must have the 10 steps"),
        ({"target": np.append(good, np.nan)}, "target must be finite, got nan"),
        ({"target": 0 * good}, "target must not be zero"),
        ({"target": good, "dt": 0.0}, "dt must be"),
        ({"target": np.zeros((2, 2, 2))}, "target must have shape"),
        ({"target": []}, "target must have shape"),
    ]:
        with pytest.raises(ValueError, match=text):
            validation.Signals(**given)
    with pytest.raises(ValueError, match=r"dt must be that of the signals, 0\.2, got 0\.1"):
        validation.train(validation.FullForce(NET, validation.Signals(good, dt=0.2)), size=10, seed=0)


@pytest.mark.parametrize(
    ("task", "settings", "text"),
    [
        ("Oscillation", {"pulse": 300.0}, "pulse must be shorter"),
        ("Oscillation", {"duration": 0.0}, "duration must be"),
        ("FrequencyModulated", {"fast": 2.0}, "whole mean"),
        ("SumOfSines", {"cycles": (1, 1.5)}, "cycles must be whole"),
        ("SumOfSines", {"amplitudes": (1.0,)}, "amplitudes must be one for each"),
        ("Sawtooth", {"fall": 1.0}, "fall must be below 1"),
        ("ReadySetGo", {"shortest": 300.0}, "shortest must be"),
        ("ReadySetGo", {"hint": 1}, "hint must be True or False"),
        ("Integrator", {"pulse": 30.0}, "pulse must be"),
        ("Integrator", {"step": 2.0}, "step must be at most 1"),
    ],
)
def test_tasks_are_refused(task, settings, text):
    with pytest.raises((ValueError, TypeError), match=text):
        getattr(validation, task)(**settings)


@pytest.mark.parametrize(
    ("task", "cycles"),
    [
        (validation.SumOfSines(20.0, cycles=(1, 100)), 100),  # two values a cycle: sin(pi k), which is rounding
        (validation.SumOfSines(20.0, cycles=(10**30,)), 1e30),
        (validation.FrequencyModulated(20.0, slow=1e9, fast=1.0 + 1e9 + 1.0), 1e9),
    ],
)
def test_what_the_time_step_does_not_resolve_is_refused(task, cycles):
    with pytest.raises(ValueError, match=re.escape(f"a trial has 200 of 0.1 and {cycles:g} cycles")):
        validation.train(validation.FullForce(NET, task), size=5, seed=0, trials=1)


@pytest.mark.long
def test_what_is_too_large_or_grows_is_refused():
    balanced, saw = dmft.BalancedNetwork(1.5, 10), validation.Sawtooth(1000.0, pulse=0.0)
    units = validation.IntegrateAndFire(steps=10**12)
    with pytest.raises(ValueError, match="days"):
        validation.train(validation.BalancedTargets(balanced, saw, spiking=True, units=units), size=10, seed=0)
    units = validation.IntegrateAndFire(steps=10**7, refractory=0.0)
    with pytest.raises(ValueError, match="spikes would take"):
        validation.train(
            validation.BalancedTargets(balanced, saw, spiking=True, units=units),
            size=10,
            seed=0,
            trials=1,
            test_trials=1,
        )
    with pytest.raises(ValueError, match="memory"):
        validation.train(validation.FullForce(NET, SHORT), size=10**6, seed=0)
    with pytest.raises(ValueError, match="settling must be an integer >= 4"):
        validation.train(validation.FullForce(NET, SHORT), size=10, seed=0, settling=3)
    steep = dmft.RandomNetwork(g=20.0, nonlinearity=dmft.ReLU())
    with pytest.raises(SimulationError, match="without bound"):
        validation.train(validation.FullForce(steep, SHORT), size=50, seed=0, settling=40)
