"""Students of finite size beside the order-parameter equations; the power is stated."""

import numpy as np
import pytest

import dmft
import validation

STUDENT = dmft.TeacherStudent.drawn(2, 2, seed=1, size=0.5)
RULES = {"direct": dmft.DirectFeedback([1.0, -0.5]), "gradient": dmft.Backprop()}


def both(problem, rule, size, n, times, seed=1, **settings):
    """Theory and students, with errors, at the times."""
    kept = {"rate": 0.2, "duration": times[-1], **settings}
    theory = dmft.solve_online_learning(problem, rule, **kept)
    sim = validation.simulate(problem, size, rule=rule, times=times, n_realizations=n, seed=seed, **kept)
    expected = np.interp(times, theory.times, theory.error)
    aligned = np.interp(times, theory.times, theory.alignment)
    means = (sim.mean("error", size), sim.standard_error("error", size), sim.mean("alignment", size))
    return theory, sim, expected, aligned, means


@pytest.mark.parametrize("name", RULES)
def test_students_in_a_hundred_dimensions(name):
    """16 students: errors of 0.5 % on the plateau, deviations within 4/D of the first error and 3.5 errors."""
    theory, sim, expected, aligned, (mean, error, cosine) = both(STUDENT, RULES[name], 100, 16, [10.0, 40.0, 80.0])
    assert np.all(error[1:] < 0.03 * expected[1:])
    assert np.all(np.abs(mean - expected) < 3.5 * error + 0.04 * theory.error[0])
    assert np.all(np.abs(cosine - aligned)[1:] < 0.01)
    assert validation.compare(theory, sim).verdict != "disagree"


@pytest.mark.long
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("units", [(2, 2), (4, 2)])
def test_students_in_500_dimensions_are_within_a_per_cent(name, units):
    """On the plateau, 24 students (errors 0.2 to 0.4 %): within 1 % and 2 errors."""
    problem = dmft.TeacherStudent.drawn(*units, seed=1, size=0.5)
    rule = RULES[name] if units[0] == 2 or name == "gradient" else dmft.DirectFeedback([1.0, -0.5, 0.7, 1.2])
    _, _, expected, aligned, (mean, error, cosine) = both(problem, rule, 500, 24, [50.0, 100.0, 150.0])
    assert np.all(error < 0.006 * expected)
    assert np.all(np.abs(mean - expected) < 0.01 * expected + 2.0 * error)
    assert np.all(np.abs(cosine - aligned) < 0.005)


def test_label_noise():
    """sigma = 1, D = 200: the noise more than doubles the plateau, and is seen within 3.5 errors of 1 %."""
    rule, times = RULES["direct"], [20.0, 60.0]
    _, _, expected, _, (mean, error, _) = both(STUDENT, rule, 200, 16, times, label_noise=1.0)
    clean = dmft.solve_online_learning(STUDENT, rule, rate=0.2, duration=60.0)
    assert np.all(error < 0.03 * expected)
    assert np.all(np.abs(mean - expected) < 3.5 * error + 0.02 * expected)
    assert expected[-1] > 1.5 * clean.last_error
    assert np.all(np.abs(mean - np.interp(times, clean.times, clean.error)) > 8.0 * error)


def test_a_shifted_theory_disagrees():
    theory, sim, *_ = both(STUDENT, RULES["direct"], 200, 12, [40.0, 80.0])
    wrong = dmft.solve_online_learning(STUDENT, RULES["direct"], rate=0.3, duration=80.0)
    numbers = {f"error[{t:g}]": float(np.interp(t, wrong.times, wrong.error)) for t in (40.0, 80.0)}
    assert validation.compare(theory, sim).verdict != "disagree"
    assert validation.compare(numbers, sim).verdict == "disagree"
