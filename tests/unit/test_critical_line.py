from __future__ import annotations

import math

import numpy as np
import phase_toys as toys
import pytest

import dmft
from dmft.numerics.value import Value
from dmft.phases.roots import bracketed_root, root_near


def line_of(function, x, y=(0.0, 2.0), **settings):
    settings = {"solve": toys.solve_toy} | settings
    return dmft.critical_line(
        toys.ToyNetwork(),
        along={"x": x},
        over={"y": y},
        observable=lambda s: function(s.network.x, s.network.y),
        **settings,
    )


def test_a_single_valued_curve():
    x = np.linspace(-1, 1, 21)
    line = line_of(lambda x, y: np.sin(y) - 0.4 - 0.3 * x * x, x, search=0)
    assert line["y"].dims == ("x",)
    np.testing.assert_allclose(line["y"], np.arcsin(0.4 + 0.3 * x * x), atol=1e-9)
    assert np.all(line["y_error"] < 1e-6)
    assert np.all(line["status"] == 0)
    assert line.attrs["solves"] < 5 * len(x)


def test_a_level_and_a_decreasing_grid():
    x = np.linspace(1, 0, 6)
    line = line_of(lambda x, y: x + y, x, level=1.5)
    np.testing.assert_allclose(line["y"], 1.5 - x, atol=1e-12)
    np.testing.assert_array_equal(line["x"], x)


def test_a_range_over_decades_is_searched_in_the_logarithm():
    x = np.linspace(0, 6, 13)
    line = line_of(lambda x, y: math.log(y) + 2 * x - 1, x, y=(1e-6, 100.0))
    np.testing.assert_allclose(line["y"], np.exp(1 - 2 * x), rtol=1e-9)


def test_no_crossing_is_nan_with_its_code():
    x = np.linspace(-1, 1, 9)
    line = line_of(lambda x, y: y - x if x > 0.1 else 1.0, x)
    found = x > 0.1
    np.testing.assert_allclose(line["y"][found], x[found], atol=1e-9)
    assert np.all(np.isnan(line["y"][~found]))
    assert np.all(line["status"][~found] == 103)
    assert "does not cross" in line["message"][0].item()


def test_nothing_is_returned_beyond_the_range():
    x = np.linspace(0, 3, 31)
    line = line_of(lambda x, y: y - 2.03 * np.sin(x), x)
    inside = 2.03 * np.sin(x) <= 2.0
    np.testing.assert_allclose(line["y"][inside], 2.03 * np.sin(x[inside]), atol=1e-8)
    assert np.all(np.isnan(line["y"][~inside]))
    assert line.attrs["solves"] < 6 * len(x)


def test_a_curve_with_one_fold():
    x = np.linspace(-1, 1, 11)
    line = line_of(lambda x, y: x - 0.5 + (y - 1) ** 2, x, y=(0.0, 2.0))
    lower, upper = line["y"].values
    inside = (x < 0.5) & (x >= -0.5)
    np.testing.assert_allclose(lower[inside], 1 - np.sqrt(0.5 - x[inside]), atol=1e-8)
    np.testing.assert_allclose(upper[inside], 1 + np.sqrt(0.5 - x[inside]), atol=1e-8)
    assert np.all(np.isnan(lower[x > 0.5]))
    assert np.all(np.isnan(upper[x > 0.5]))
    np.testing.assert_allclose([line["fold_x"][0], line["fold_y"][0]], [0.5, 1.0], atol=2e-4)


def test_a_cubic_with_two_folds():
    x = np.linspace(-1, 1, 21)
    line = line_of(lambda x, y: y**3 - y - x, x, y=(-2.0, 2.0))
    assert line["y"].dims == ("branch", "x")
    known = [sorted(r.real for r in np.roots([1, 0, -1, -x0]) if abs(r.imag) < 1e-9) for x0 in x]
    for i, roots in enumerate(known):
        found = line["y"][:, i].values
        np.testing.assert_allclose(sorted(found[np.isfinite(found)]), roots, atol=1e-7)
    corner = 2 / (3 * math.sqrt(3))
    np.testing.assert_allclose(line["fold_x"], [corner, -corner], atol=1e-7)


@pytest.mark.parametrize("offset", [0.0, 0.013, 0.037])
def test_a_closed_curve(offset):
    x = np.linspace(1, 3, 21) + offset
    line = line_of(lambda x, y: (x - 2) ** 2 + (y - 1) ** 2 - 0.26, x)
    half = np.sqrt(np.clip(0.26 - (x - 2) ** 2, 0, None))
    inside = half > 0
    np.testing.assert_allclose(line["y"][0][inside], 1 - half[inside], atol=1e-7)
    np.testing.assert_allclose(line["y"][1][inside], 1 + half[inside], atol=1e-7)
    assert np.all(np.isnan(line["y"][:, ~inside]))
    assert line.sizes["branch"] == 2


def test_a_jump_is_found_and_said():
    x = np.linspace(0.2, 0.8, 5)
    line = line_of(lambda x, y: 1.0 + 0.1 * y if y > x + 0.1 else -1.0, x)
    np.testing.assert_allclose(line["y"], x + 0.1, atol=1e-6)
    assert np.all(np.abs(line["y"] - x - 0.1) <= line["y_error"] + 1e-15)
    assert set(line["message"].values) == {"the observable jumps across the level"}


def test_the_error_counts_the_standard_error_over_the_slope():
    line = dmft.critical_line(
        toys.ToyNetwork(),
        along={"x": [0.3, 0.4]},
        over={"y": (0.0, 2.0)},
        observable=lambda s: Value(4 * (s.network.y - s.network.x), 0.02),
        solve=toys.solve_toy,
    )
    np.testing.assert_allclose(line["y_error"], 0.005, rtol=1e-3)


def test_points_that_fail_are_avoided():
    def solve(network):
        if network.y > 1.2:
            raise ArithmeticError("too far")
        return toys.solve_toy(network)

    x = np.linspace(0, 1, 5)
    line = line_of(lambda x, y: y - 0.5 - 0.2 * x, x, solve=solve)
    np.testing.assert_allclose(line["y"], 0.5 + 0.2 * x, atol=1e-9)


@pytest.mark.parametrize("failing", [(0.0, 0.3), (0.9, 1.1), (0.62, 0.66), (1.9, 2.0), (0.499, 0.5)])
def test_a_failed_trial_is_no_evidence(failing):
    """Wherever trials fail, the crossing at 0.6 is bracketed by the others, and found to the last digit."""
    fails, calls = failing, []

    def solve(network):
        calls.append(network.y)
        if fails[0] <= network.y <= fails[1]:
            raise ArithmeticError("not here")
        return toys.solve_toy(network)

    line = line_of(lambda x, y: np.tanh(y - 0.6), [0.0], solve=solve)
    assert any(fails[0] <= y <= fails[1] for y in calls) or fails == (0.499, 0.5)
    np.testing.assert_allclose(line["y"], 0.6, atol=1e-7)
    assert line["status"].item() == 0


def test_every_second_trial_may_fail():
    count = iter(range(10**6))

    def solve(network):
        if next(count) % 2:
            raise ArithmeticError("not now")
        return toys.solve_toy(network)

    x = np.linspace(0, 1, 4)
    line = line_of(lambda x, y: np.tanh(y - 0.6 - 0.1 * x), x, solve=solve)
    np.testing.assert_allclose(line["y"], 0.6 + 0.1 * x, atol=1e-6)


@pytest.mark.parametrize("half", [0.1, 1e-3])
def test_a_crossing_in_a_gap_is_known_to_lie_in_it(half):
    """No trial near the crossing succeeds: its place is given as far as it is known, and the error says how far."""

    def solve(network):
        if abs(network.y - 0.6 - 0.1 * half) < half:
            raise ArithmeticError("too close to the transition")
        return toys.solve_toy(network)

    line = line_of(lambda x, y: np.expm1(3 * (y - 0.6)), [0.0], solve=solve)
    assert abs(line["y"].item() - 0.6) <= line["y_error"].item() <= 2.1 * half
    words = dict(zip(line["status"].attrs["flag_values"], line["status"].attrs["flag_meanings"].split(), strict=True))
    assert words[line["status"].item()] == "CROSSING_IN_GAP"
    assert "too close to the transition" in line["message"].item()


def all_crossings(line, i):
    values = np.atleast_2d(line["y"].values)[:, i]
    return sorted(values[np.isfinite(values)])


def test_a_second_and_a_third_curve_are_found():
    """At the ends of the range the signs differ, as with one crossing."""
    x = np.linspace(0, 1, 9)
    line = line_of(lambda x, y: (y - 0.3) * (y - 0.6 - 0.1 * x) * (y - 1.5 + 0.2 * x * x), x)
    assert line.attrs["curves"] == 3
    assert line["curve"].values.tolist() == [0, 1, 2]
    for i, at in enumerate(x):
        np.testing.assert_allclose(all_crossings(line, i), [0.3, 0.6 + 0.1 * at, 1.5 - 0.2 * at * at], atol=1e-6)
    assert line_of(lambda x, y: y - 0.3, x).attrs["curves"] == 1
    alone = line_of(lambda x, y: (y - 0.3) * (y - 0.6 - 0.1 * x) * (y - 1.5), x, search=0)
    assert alone.attrs["curves"] == 1


def test_a_closed_curve_beside_a_line_is_found_where_it_is_looked_for():
    x = np.linspace(-1, 1, 21)
    line = line_of(lambda x, y: (y - 0.3 - 0.1 * x) * (x * x + (y - 1.2) ** 2 - 0.26), x)
    assert line.attrs["curves"] == 2
    for i, at in enumerate(x):
        half = np.sqrt(max(0.26 - at * at, 0.0))
        known = [0.3 + 0.1 * at] + ([1.2 - half, 1.2 + half] if half > 0 else [])
        np.testing.assert_allclose(all_crossings(line, i), known, atol=1e-6)
    assert line.sizes["fold"] == 2


def test_a_curve_that_begins_and_ends_inside_is_followed_both_ways():
    x = np.linspace(0, 1, 11)
    line = line_of(lambda x, y: (y - 0.3) * ((y - 1.4) - 2.5 * (x - 0.5)), x)
    for i, at in enumerate(x):
        other = 1.4 + 2.5 * (at - 0.5)
        known = sorted([0.3, other]) if 0 <= other <= 2 else [0.3]
        np.testing.assert_allclose(all_crossings(line, i), known, atol=1e-6)


@pytest.mark.long
def test_the_onset_of_chaos_in_a_balanced_network():
    """g = sqrt 2, whatever K: half of the ReLUs are on, and the circle of radius g sqrt(1/2) reaches 1 there.

    Up to 3e-4 above it the memory of the chaotic state is longer than any window, and trials fail: the crossing lies in
    that gap, which the error holds.
    """
    network = dmft.BalancedNetwork(1.2, 1000)
    line = dmft.critical_line(network, {"I0": [1.0]}, {"g": (1.1, 2.2)}, observable=dmft.lyapunov_exponent)
    assert line["g"].item() == pytest.approx(math.sqrt(2.0), rel=1e-4)
    assert abs(line["g"].item() - math.sqrt(2.0)) <= line["g_error"].item() < 0.01


def test_what_went_wrong_is_in_the_message():
    def solve(network):
        raise ArithmeticError("out of order")

    line = line_of(lambda x, y: y, [0.0, 1.0], solve=solve)
    assert "out of order" in line["message"][0].item()


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"along": {"x": [1.0], "drive.strength": [1.0]}}, ValueError, "along must name one field, got x, drive"),
        ({"along": {"z": [1.0]}}, ValueError, "no field 'z'"),
        ({"over": {"y": (1.0,)}}, ValueError, r"must be \(low, high\)"),
        ({"over": {"y": (2.0, 1.0)}}, ValueError, "with low < high"),
        ({"over": {"y": (0.0, math.inf)}}, ValueError, "must be finite"),
        ({"over": {"x": (0.0, 1.0)}}, ValueError, "must name two fields"),
        ({"search": -1}, ValueError, "search must be an integer >= 0"),
        ({"rtol": 0.0}, ValueError, "rtol must be finite and positive"),
        ({"level": math.nan}, ValueError, "level must be finite"),
        ({"observable": 3}, TypeError, "must be a function or the name of a field"),
        ({"observable": "phase"}, TypeError, "got the word 'calm'"),
    ],
)
def test_refusals(settings, error, words):
    arguments = {"along": {"x": [0.0, 1.0]}, "over": {"y": (0.0, 1.0)}, "observable": toys.area} | settings
    with pytest.raises(error, match=words):
        dmft.critical_line(toys.ToyNetwork(), solve=toys.solve_toy, **arguments)


@pytest.mark.parametrize(
    "f", [lambda x: x**3 - 0.3, lambda x: math.exp(9 * x) - 2, lambda x: math.tanh(50 * (x - 0.7))]
)
def test_bracketed_root(f):
    calls = []

    def counted(x):
        calls.append(x)
        return f(x)

    root = bracketed_root(counted, 0.0, f(0.0), 1.0, f(1.0), tolerance=1e-8)
    low, high = root.x - max(root.error, 1e-9), root.x + max(root.error, 1e-9)
    assert f(low) <= 0 <= f(high)
    assert len(calls) < 20


def test_root_near_keeps_to_its_reach():
    assert root_near(lambda x: x - 0.5, 0.45, slope=1.0, reach=0.1, tolerance=1e-6).x == pytest.approx(0.5)
    assert root_near(lambda x: x - 0.9, 0.45, slope=1.0, reach=0.1, tolerance=1e-6) is None
    assert root_near(lambda x: x * x + 1, 0.45, slope=1.0, reach=9.0, tolerance=1e-6) is None
