"""Recursive least squares are ridge regression about the first weights, and the network is stepped as its target is."""

import numpy as np
import pytest

import dmft
import validation
from validation.ensemble import realization_seed, root_seed
from validation.training.generator import Generator
from validation.training.recursive_least_squares import RecursiveLeastSquares
from validation.training.student import AllRows, learn
from validation.training.trained import phase_aligned, relative_error


@pytest.mark.parametrize("n", [2, 7, 40, 41])
@pytest.mark.parametrize("ridge", [1.0, 0.3])
def test_the_rows_are_the_ridge_solution(n, ridge):
    """P = (ridge + sum r r^T)^-1 and W = (ridge W0 + sum h r^T) P: 2e-15 of their size."""
    rng = np.random.default_rng(n)
    rates = np.tanh(rng.standard_normal((3 * n, n)))
    targets = rng.standard_normal((3 * n, n + 1))
    first = rng.standard_normal((n + 1, n)) / np.sqrt(n)
    squares = RecursiveLeastSquares(first.copy(), ridge)
    for r, h in zip(rates, targets, strict=True):
        error = squares.weights @ r - h
        left = squares.update(r, error)
        np.testing.assert_allclose(squares.weights @ r - h, left * error, atol=1e-12)
    inverse = ridge * np.eye(n) + rates.T @ rates
    rows = np.linalg.solve(inverse, ridge * first.T + rates.T @ targets).T
    p = squares.inverse_correlation
    assert np.array_equal(p, p.T)
    assert np.max(np.abs(p @ inverse - np.eye(n))) < 2e-15 * np.linalg.cond(inverse)
    assert np.max(np.abs(squares.weights - rows)) < 2e-15 * np.linalg.cond(inverse) * np.max(np.abs(rows))


def test_a_student_with_the_right_currents_is_its_generator():
    """Told J r = h at each step, the student is where the generator is, to rounding: no error of the time index."""
    trainer = validation.FullForce(dmft.RandomNetwork(g=1.2), validation.Oscillation(duration=20.0, pulse=2.0))
    generator = Generator(trainer, 30, realization_seed(root_seed(1), 30, 0))
    trial = trainer.task.trial(trainer.dt, np.random.default_rng(0))
    x = generator.x.copy()
    currents, _ = generator.targets(trial)

    class Told(AllRows):
        def currents(self, rates, said):
            return currents[next(number)]

    number = iter(range(len(trial)))
    fit = Told(np.zeros((30, 30)), 1, 1.0)
    never = np.zeros(len(trial), dtype=bool)
    heard = generator.heard(trial)
    x, _ = learn(fit, x, generator.phi, generator.kept, heard, fit.targets(currents, trial.target), never, None)
    assert np.max(np.abs(x - generator.x)) < 1e-13


def test_a_student_that_is_its_generator_stays_it():
    """J = J_D without a task signal: the currents are right from the start, and nothing is learned but the read-out."""
    task = validation.SumOfSines(20.0, pulse=2.0, cycles=(1,))
    settings = {"target_amplitude": 1e-9, "start": "generator", "input_amplitude": 3.0}
    trainer = validation.FullForce(dmft.RandomNetwork(g=0.9), task, **settings)
    trained = validation.train(trainer, size=40, seed=2, trials=2, test_trials=1)
    drawn = Generator(trainer, 40, realization_seed(root_seed(2), 40, 0)).couplings
    assert np.max(np.abs(trained.couplings - drawn)) < 1e-6


def test_a_network_without_couplings_settles_at_its_input():
    """A generator of tiny gain hears the signal alone: its exponent is -1/tau, and z = f is in reach of 2 units."""
    trainer = validation.FullForce(dmft.RandomNetwork(g=1e-6), validation.SumOfSines(50.0, pulse=0.0, cycles=(1,)))
    trained = validation.train(trainer, size=40, seed=3, trials=20, test_trials=2)
    assert abs(trained.generator_exponent + 1.0) < 1e-4


def test_alignment_finds_the_shift():
    """By brute force over all shifts, and zero for a shifted copy."""
    rng = np.random.default_rng(4)
    said, target = rng.standard_normal((60, 2)), rng.standard_normal((60, 2))
    brute = min(relative_error(said, np.roll(target, shift, axis=0)) for shift in range(60))
    assert phase_aligned(said, target) == pytest.approx(brute, rel=1e-12)
    assert phase_aligned(np.roll(target, 17, axis=0), target) < 1e-28
