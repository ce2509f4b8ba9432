"""Capacity where it is known in closed form: Gardner's, its half, balance at both ends, one sign alone."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr

import dmft

KAPPAS = (0.0, 0.3, 1.0, 3.0)


def gardner(k):
    """[(1 + k^2) H(-k) + k phi(k)]^-1 [Gardner 1988], labels equal in number."""
    return 1.0 / ((1.0 + k * k) * ndtr(k) + k * math.exp(-0.5 * k * k) / math.sqrt(2.0 * math.pi))


def biased(p):
    """Capacity 1/J* of unconstrained weights at margin 0, by a root of its own in the shift."""

    def g1(x):
        return math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi) - x * ndtr(-x)

    def g2(x):
        return (1 + x * x) * ndtr(-x) - x * math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)

    shift = brentq(lambda s: p * g1(s) - (1 - p) * g1(-s), -8, 8, xtol=1e-15)
    return 1.0 / (p * g2(shift) + (1 - p) * g2(-shift))


@pytest.mark.parametrize("kappa", KAPPAS)
def test_without_signs_it_is_gardners(kappa):
    assert dmft.solve_capacity(dmft.Perceptron(), margin=kappa).capacity == pytest.approx(gardner(kappa), rel=1e-12)


@pytest.mark.parametrize("positive", [0.5, 0.1, 0.003, 0.97])
@pytest.mark.parametrize("fraction", [0.6, 0.8, 1.0])
def test_signs_halve_it_exactly_above_the_optimum(fraction, positive):
    signed = dmft.Perceptron(excitatory=fraction, positive=positive)
    free = dmft.solve_capacity(dmft.Perceptron(positive=positive))
    solved = dmft.solve_capacity(signed)
    assert free.capacity == pytest.approx(biased(positive), rel=1e-10)
    assert 2.0 * solved.capacity == pytest.approx(free.capacity, rel=1e-13)
    assert solved.state == "unbalanced"
    assert solved.silent == pytest.approx([0.5, 0.5 if fraction < 1 else math.nan], nan_ok=True, abs=1e-15)


@pytest.mark.parametrize("kappa", KAPPAS)
def test_the_half_holds_at_every_margin(kappa):
    half = dmft.solve_capacity(dmft.Perceptron(excitatory=0.8), margin=kappa).capacity
    assert half == pytest.approx(0.5 * gardner(kappa), rel=1e-12)


@pytest.mark.parametrize(("cv_e", "cv_i"), [(1.0, 1.0), (2**0.5, 1.0), (1.0, 2**0.5), (0.3, 2.0)])
def test_balanced_and_unbalanced_meet_at_the_optimal_fraction(cv_e, cv_i):
    best = cv_e / (cv_e + cv_i)
    found = {
        f: dmft.solve_capacity(dmft.Perceptron(excitatory=f, cv=(cv_e, cv_i), positive=0.1)) for f in (best, 0.9 * best)
    }
    at_best, below = found[best], found[0.9 * best]
    assert at_best.optimal_excitatory == pytest.approx(best, rel=1e-15)
    assert at_best.balanced_capacity == pytest.approx(at_best.capacity, rel=1e-10)
    assert at_best.balanced_capacity == pytest.approx(0.5 * biased(0.1), rel=1e-10)
    assert below.state == "balanced"
    assert below.balanced_capacity == pytest.approx(below.capacity, rel=1e-14)
    grid = np.linspace(0.02, 0.98, 97)
    values = [dmft.solve_capacity(dmft.Perceptron(excitatory=f, cv=(cv_e, cv_i))).balanced_capacity for f in grid]
    assert np.all(np.diff(values)[grid[1:] < best] > 0)
    assert np.all(np.diff(values)[grid[:-1] > best] < 0)


def test_the_numbers_of_the_sheet():
    sheet = dmft.Perceptron(excitatory=0.2, cv=(1.0, 0.5**0.5), positive=0.1)
    assert dmft.solve_capacity(sheet).capacity == pytest.approx(1.249, abs=5e-4)
    assert dmft.solve_capacity(sheet, size=100).capacity == pytest.approx(1.452, abs=5e-4)
    assert dmft.solve_capacity(sheet, size=200).capacity == pytest.approx(1.393, abs=6e-4)


@pytest.mark.parametrize("fraction", [0.0, 1e-9, 1e-4])
def test_few_excitatory_inputs_store_little(fraction):
    solved = dmft.solve_capacity(dmft.Perceptron(excitatory=fraction))
    assert solved.convergence.converged
    # C of a few rectified Gaussians that carry all of the drive: f_E (sum of x_i over x_i large), below f_E (log 1/f_E)
    assert 0.0 <= solved.capacity <= 4.0 * fraction * (1.0 - math.log(max(fraction, 1e-300)))
    assert solved.balanced_capacity == solved.capacity


def test_a_single_sign_has_no_balance():
    inhibitory = dmft.solve_capacity(dmft.Perceptron(excitatory=0.0))
    assert (inhibitory.capacity, inhibitory.balanced_capacity, inhibitory.state) == (0.0, 0.0, "none")
    excitatory = dmft.solve_capacity(dmft.Perceptron(excitatory=1.0))
    assert (excitatory.balanced_capacity, excitatory.state) == (0.0, "unbalanced")
    near = dmft.solve_capacity(dmft.Perceptron(excitatory=1.0 - 1e-9))
    assert near.balanced_capacity < 1e-6
    assert near.capacity == pytest.approx(excitatory.capacity, rel=1e-9)


def test_inputs_enter_by_the_ratio_of_their_cv_alone():
    for scale in (0.1, 7.0):
        one = dmft.solve_capacity(dmft.Perceptron(excitatory=0.3, cv=(0.8, 1.9), positive=0.2))
        other = dmft.solve_capacity(
            dmft.Perceptron(excitatory=0.3, cv=(0.8 * scale, 1.9 * scale), sd=(3.0, 0.2), positive=0.2)
        )
        assert other.capacity == pytest.approx(one.capacity, rel=1e-13)
        assert other.balanced_capacity == pytest.approx(one.balanced_capacity, rel=1e-13)


def test_labels_multiply_both_capacities_alike():
    ratios = []
    for positive in (0.5, 0.2, 1e-4):
        solved = dmft.solve_capacity(dmft.Perceptron(excitatory=0.9, positive=positive))
        ratios.append(solved.balanced_capacity / solved.capacity)
    assert ratios == pytest.approx([ratios[0]] * 3, rel=1e-12)


@pytest.mark.parametrize("positive", [0.5, 0.1])
@pytest.mark.parametrize("fraction", [None, 0.2, 0.8])
def test_large_sizes_are_the_limit(fraction, positive):
    perceptron = dmft.Perceptron(excitatory=fraction, cv=0.8, positive=positive)
    limit = dmft.solve_capacity(perceptron).capacity
    gaps = [abs(dmft.solve_capacity(perceptron, size=10**n).capacity / limit - 1.0) for n in (4, 6, 8)]
    assert gaps[2] < 1e-3
    if gaps[0] > 1e-10:  # as 1/sqrt(N), and with equal labels as 1/N
        expected = 0.01 if positive == 0.5 else 0.1
        assert gaps[1] / gaps[0] == pytest.approx(expected, rel=0.1)
    else:
        assert max(gaps) < 1e-10


@pytest.mark.parametrize("sd", [(1.0, 2.0), (1.0, 1e3), (1e9, 1e-9)])
@pytest.mark.parametrize("state", ["capacity", "input", "output"])
def test_densities_and_silent_fractions_make_one(state, sd):
    perceptron = dmft.Perceptron(excitatory=0.7, cv=(1.4, 0.8), sd=sd, positive=0.2)
    solved = (
        dmft.solve_capacity(perceptron) if state == "capacity" else dmft.solve_robustness(perceptron, 0.4, to=state)
    )
    mass = np.array([np.trapezoid(row[row > 0], solved.v[row > 0]) for row in solved.density])
    assert mass + solved.silent == pytest.approx([1.0, 1.0], abs=3e-4)
    square = np.array([np.trapezoid(row * solved.v**2, solved.v) for row in solved.density])
    assert 0.7 * square[0] + 0.3 * square[1] == pytest.approx(1.0, abs=3e-3)  # sum w_i^2 = |w|^2


@pytest.mark.parametrize("positive", [0.5, 0.6, 0.9])
@pytest.mark.parametrize("size", [30, 100])
def test_inhibition_alone_stores_something_at_a_size(size, positive):
    """As nearly inhibitory neurons do; the limit of large N stores nothing."""
    inhibitory = dmft.Perceptron(excitatory=0.0, positive=positive, norm_bound=5.0)
    solved = dmft.solve_capacity(inhibitory, size=size)
    assert solved.convergence.converged
    nearly = dmft.solve_capacity(inhibitory.replace(excitatory=1e-6), size=size)
    if nearly.convergence.converged:
        assert solved.capacity == pytest.approx(nearly.capacity, rel=1e-3)
    if positive == 0.5:
        assert solved.capacity == pytest.approx({30: 0.18782, 100: 0.08469}[size], rel=1e-4)
    for to in ("input", "output"):
        assert dmft.solve_robustness(inhibitory, 0.5 * solved.capacity, to=to, size=size).margin > 0.0
        beyond = dmft.solve_robustness(inhibitory, 1.01 * solved.capacity, to=to, size=size)
        assert beyond.convergence.status is dmft.Status.NO_SOLUTION


@pytest.mark.parametrize(("excitatory", "cv_inhibitory", "size"), [(1e-300, 4e-8, 10**12), (0.0, 1e-6, 10**12)])
def test_what_is_lost_in_rounding_is_not_called_converged(excitatory, cv_inhibitory, size):
    """Means a million deviations long: gradients vanish to rounding where there is no optimum."""
    lost = dmft.Perceptron(excitatory=excitatory, cv=(1.0, cv_inhibitory), positive=0.9)
    solved = dmft.solve_capacity(lost, size=size)
    assert not solved.convergence.converged
    near = dmft.solve_capacity(lost.replace(**{"excitatory": 0.1, "cv.I": 1e-3}), size=size)
    assert near.convergence.converged
