"""Online learning where it is known: a student that knows all, small rates, symmetries; and that the error bounds."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import dmft

ONE = {"student_readout": [1.0], "teacher_readout": [1.0]}


def student(**changes):
    return dmft.TeacherStudent.drawn(2, 2, seed=3, size=0.5).replace(**changes)


def test_a_student_that_knows_all_stays():
    twin = dmft.TeacherStudent(
        student_overlap=[[1.0, 0.2], [0.2, 1.0]],
        cross_overlap=[[1.0, 0.2], [0.2, 1.0]],
        teacher_overlap=[[1.0, 0.2], [0.2, 1.0]],
        student_readout=[1.0, -0.5],
        teacher_readout=[1.0, -0.5],
    )
    for rule in (dmft.Backprop(), dmft.DirectFeedback([0.3, 0.7])):
        found = dmft.solve_online_learning(twin, rule, rate=0.5, duration=20.0)
        assert np.max(found.error) < 1e-10
        assert found.cross_overlaps[-1] == pytest.approx(np.array(twin.cross_overlap), abs=1e-6)


def test_the_first_error_in_closed_form():
    """Orthogonal units: <g^2>/2 of each, g of variance (2/pi) asin(Q/(1 + Q))."""
    apart = dmft.TeacherStudent(student_overlap=[[0.5]], cross_overlap=[[0.0]], teacher_overlap=[[1.0]], **ONE)
    found = dmft.solve_online_learning(apart, dmft.Backprop(), rate=0.1, duration=1.0)
    own = (math.asin(0.5 / 1.5) + math.asin(0.5)) / math.pi
    assert found.error[0] == pytest.approx(own, rel=1e-12)


def test_one_unit_learns_and_noise_holds_it_up():
    """K = M = 1: the error falls to zero; label noise of sigma leaves an error of order eta sigma^2."""
    one = dmft.TeacherStudent(student_overlap=[[0.25]], cross_overlap=[[0.1]], teacher_overlap=[[1.0]], **ONE)
    kept = {"rate": 0.1, "duration": 4000.0}
    clean = dmft.solve_online_learning(one, dmft.Backprop(), **kept)
    assert clean.state == "learned"
    assert clean.last_error < 1e-6
    left = [dmft.solve_online_learning(one, dmft.Backprop(), label_noise=s, **kept).last_error for s in (0.1, 0.2)]
    assert left[1] / left[0] == pytest.approx(4.0, rel=0.05)
    half = dmft.solve_online_learning(one, dmft.Backprop(), label_noise=0.1, rate=0.05, duration=8000.0).last_error
    assert left[0] / half == pytest.approx(2.0, rel=0.1)


def test_units_may_change_places_and_signs():
    stated = student()
    base = dmft.solve_online_learning(stated, dmft.DirectFeedback([1.0, -0.4]), rate=0.3, duration=50.0)
    order = [1, 0]
    turned = student(
        student_overlap=np.array(stated.student_overlap)[np.ix_(order, order)],
        cross_overlap=np.array(stated.cross_overlap)[order],
        student_readout=np.array(stated.student_readout)[order],
    )
    swapped = dmft.solve_online_learning(turned, dmft.DirectFeedback([-0.4, 1.0]), rate=0.3, duration=50.0)
    assert swapped.error == pytest.approx(base.error, rel=1e-4)
    flip = np.diag([-1.0, 1.0])
    mirrored = student(
        student_overlap=flip @ np.array(stated.student_overlap) @ flip,
        cross_overlap=flip @ np.array(stated.cross_overlap),
        student_readout=flip @ np.array(stated.student_readout),
    )
    again = dmft.solve_online_learning(mirrored, dmft.DirectFeedback([-1.0, -0.4]), rate=0.3, duration=50.0)
    assert again.error == pytest.approx(base.error, rel=1e-4)


def test_direct_feedback_by_the_readout_itself_begins_as_the_gradient():
    """F = v at the start has the derivative of backpropagation there, and departs by the square of the time."""
    stated = student()
    settings = {"rate": 0.3, "duration": 0.02}
    back = dmft.solve_online_learning(stated, dmft.Backprop(), **settings)
    direct = dmft.solve_online_learning(stated, dmft.DirectFeedback(stated.student_readout), **settings)
    late = dmft.solve_online_learning(stated, dmft.DirectFeedback(stated.student_readout), rate=0.3, duration=0.04)
    more = dmft.solve_online_learning(stated, dmft.Backprop(), rate=0.3, duration=0.04)
    first, second = (abs(a.cross_overlaps[-1] - b.cross_overlaps[-1]).max() for a, b in ((back, direct), (more, late)))
    assert second / first == pytest.approx(4.0, rel=0.05)


@pytest.mark.long
@pytest.mark.parametrize("rtol", [1e-3, 1e-5])
def test_the_error_bounds_the_distance_to_a_fine_solution(rtol):
    """Against Radau with a tolerance of 1e-9: an implicit method of another family."""
    from dmft.theories.online_learning.equations import Equations

    stated, feedback = student(), np.array([1.0, -0.4])
    found = dmft.solve_online_learning(
        stated, dmft.DirectFeedback(feedback), rate=0.3, duration=200.0, rtol=rtol, on_failure="ignore"
    )
    equations = Equations(stated, feedback, 0.3, 0.0)
    fine = solve_ivp(equations, (0.0, 200.0), equations.start(), "Radau", t_eval=found.times, rtol=1e-9, atol=1e-11)
    errors = np.array([equations.error_of(state) for state in fine.y.T])
    off = np.max(np.abs(found.error - errors)) / found.unit
    assert off <= found.convergence.error <= rtol


def test_the_plateau_and_what_comes_after():
    """Align, then memorise: on the plateau the alignment is near 1 and units are alike; then each has its own."""
    stated = dmft.TeacherStudent.drawn(2, 2, seed=1, size=0.5)
    rule = dmft.DirectFeedback([1.0, -0.5])
    plateau = dmft.solve_online_learning(stated, rule, rate=0.2, duration=150.0)
    assert plateau.state == "plateau"
    assert plateau.alignment[0] < 0.0
    assert plateau.last_alignment > 0.99
    after = dmft.solve_online_learning(stated, rule, rate=0.2, duration=10_000.0)
    assert after.state == "learned"
    assert after.specialisation > 0.98
    assert after.last_error < 1e-6


@pytest.mark.long
def test_what_is_too_stiff_is_told():
    """Read-outs of hundreds and a rate of 10: the overlaps would move within 1e-6 of a unit of time."""
    wild = student(student_readout=[300.0, -200.0])
    with pytest.raises(dmft.NotConvergedError, match=r"evaluations .* smaller rate") as caught:
        dmft.solve_online_learning(wild, dmft.Backprop(), rate=10.0, duration=100.0)
    found = caught.value.solution
    assert found.convergence.status is dmft.Status.MAX_STEPS
    assert found.state == "diverged"
    assert np.isnan(found.last_error)
    assert found.error[0] > 1e3


def test_what_would_take_hours_is_refused_with_its_time():
    many = dmft.TeacherStudent.drawn(100, 100, seed=1, size=0.5)
    with pytest.raises(dmft.TooCostlyError, match=r"100 and 100 units to 10000 .* hours; .* take fewer units"):
        dmft.solve_online_learning(many, dmft.Backprop(), rate=0.2, duration=1e4)
