"""Measures of data: tangling, parallelism, generalisation, participation ratio, topology; and what they refuse."""

import itertools
import math

import numpy as np
import pytest

import dmft


def circle(n, dt):
    t = dt * np.arange(n)
    return np.column_stack([np.cos(t), np.sin(t)])


def test_tangling_of_a_circle_is_its_closed_form():
    """|x'|^2/(|x|^2 + eps) of opposite points, 4/(4 + eps), and no point is farther; eps = 0.1 x variance 1."""
    n = 400
    dt = 2 * np.pi / n
    (q,) = dmft.tangling(circle(n + 1, dt), dt)
    assert q[5:-5] == pytest.approx(4.0 / (4.0 + 0.1), rel=2e-3)
    slow, fast = circle(n + 1, dt), circle(n + 1, 2 * dt)
    _, crossing = dmft.tangling([slow, fast], dt, softening=0.1)  # same place, twice the speed
    assert crossing[10] > 5.0
    assert dmft.tangling([slow, slow], dt)[0] == pytest.approx(q, rel=1e-6)


def test_a_figure_of_eight_is_tangled_and_a_helix_is_not():
    t = np.linspace(0, 2 * np.pi, 300)
    eight = np.column_stack([np.sin(t), np.sin(2 * t)])
    lifted = np.column_stack([eight, 2 * np.cos(t)])
    dt = t[1] - t[0]
    assert dmft.tangling(eight, dt)[0].max() > 4.0 * dmft.tangling(lifted, dt)[0].max()


def test_tangling_far_from_the_origin():
    """Distances do not depend on where the origin is."""
    x = np.cumsum(np.random.default_rng(0).standard_normal((100, 3)), axis=0)
    assert dmft.tangling(x + 1e8, 0.1)[0] == pytest.approx(dmft.tangling(x, 0.1)[0], rel=1e-6)


def test_a_product_of_two_variables_is_abstract():
    rng = np.random.default_rng(1)
    a, b, offset = rng.standard_normal((3, 60))
    corners = np.array([offset + i * a + j * b for i, j in itertools.product((-1, 1), (-1, 1))])
    for dichotomy in ([-1, -1, 1, 1], [-1, 1, -1, 1]):
        found = dmft.parallelism(corners, dichotomy)
        assert found.value == pytest.approx(1.0, abs=1e-12)
        assert found.p_value < 0.02
    exclusive = [-1, 1, 1, -1]
    assert dmft.parallelism(corners, exclusive).value == pytest.approx(-1.0, abs=1e-12)  # a and -a, or b and -b


def test_a_product_of_three_variables_generalises():
    """Eight conditions at the corners of a box: what separates them by one variable holds for the pair left out."""
    rng = np.random.default_rng(1)
    axes = 4.0 * np.linalg.qr(rng.standard_normal((60, 3)))[0].T
    values = np.array(list(itertools.product((-1, 1), repeat=3)))
    trials = (values @ axes)[:, None, :] + 0.5 * rng.standard_normal((8, 20, 60)) + 1.0
    for variable in range(3):
        found = dmft.ccgp(trials, values[:, variable], n_permutations=20)
        assert found.value > 0.95
        assert found.p_value < 0.06
    parity = dmft.ccgp(trials, values.prod(axis=1), n_permutations=5)
    assert parity.value < 0.4  # the pair left out is where its neighbours are of the other kind


def test_the_null_holds_random_points():
    """p values of conditions without an arrangement are no smaller than chance: 40 sets, mean 1/2 within 4 errors."""
    rng = np.random.default_rng(2)
    found = [dmft.parallelism(rng.standard_normal((4, 30)), [1, 1, -1, -1], n_permutations=60) for _ in range(40)]
    assert np.mean([one.p_value for one in found]) == pytest.approx(0.5, abs=4 * 0.29 / math.sqrt(40))
    assert float(found[0]) == found[0].value


def test_parallelism_takes_the_best_pairing():
    """The pairing by sums is the one gone through by hand."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((6, 10))
    signs = np.array([1, -1, 1, -1, 1, -1])
    best = -2.0
    for pairing in itertools.permutations(range(3)):
        v = x[signs > 0] - x[signs < 0][list(pairing)]
        v /= np.linalg.norm(v, axis=1)[:, None]
        best = max(best, np.mean([v[i] @ v[j] for i, j in itertools.combinations(range(3), 2)]))
    assert dmft.parallelism(x, signs, n_permutations=1).value == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("dimension", [10, 30])
def test_the_participation_ratio_loses_its_bias(dimension):
    """60 sets of 30 responses; spectra flat and falling. Plain: 1/D + 1/M. Unbiased: within four errors of the mean."""
    rng = np.random.default_rng(dimension)
    for scale in (np.ones(dimension), np.arange(1, dimension + 1) ** -0.5):
        c = scale**2
        exact = c.sum() ** 2 / (c**2).sum()
        sets = [scale * rng.standard_normal((30, dimension)) for _ in range(60)]
        unbiased = [dmft.participation_ratio(x) for x in sets]
        plain = np.mean([dmft.participation_ratio(x, unbiased=False) for x in sets])
        error = np.std(unbiased) / math.sqrt(60)
        assert np.mean(unbiased) == pytest.approx(exact, abs=4 * error + 0.03 * exact)
        assert plain < exact - 4 * error
        if scale[0] == scale[-1]:
            assert 1 / plain == pytest.approx(1 / exact + 1 / 30, rel=0.1)
        claimed = np.median([one.standard_error for one in unbiased])
        assert 0.6 * np.std(unbiased) < claimed < 2.0 * np.std(unbiased)


def test_landmarks_cover_all_points():
    x = circle(500, 0.1)
    chosen, cover = dmft.landmarks(x, 16)
    assert len(set(chosen)) == 16
    assert cover < 2 * np.sin(2 * np.pi / 16 / 2) * 1.01
    gaps = np.linalg.norm(x[chosen][:, None] - x[chosen][None], axis=2) + 10 * np.eye(16)
    assert gaps.min() >= cover
    same, none = dmft.landmarks(np.ones((5, 2)), 3)
    assert len(set(same)) == 3
    assert none == 0.0


def test_rings_and_tori():
    pytest.importorskip("ripser")
    rng = np.random.default_rng(0)
    ring = circle(200, 0.1) + 0.02 * rng.standard_normal((200, 2))
    found = dmft.topology(ring, count=80)
    assert found.persistent(1) == 1
    a, b = 2 * np.pi * rng.random((2, 1500))
    torus = np.column_stack([np.cos(a), np.sin(a), np.cos(b), np.sin(b)])
    assert dmft.topology(torus, count=150).persistent(1, ratio=1.8) == 2
    assert dmft.topology(rng.standard_normal((100, 5)), count=60).persistent(1) == 0


def test_without_ripser_it_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ripser", None)
    with pytest.raises(dmft.DMFTError, match=r"pip install 'dmft\[topology\]'"):
        dmft.topology(circle(50, 0.1))


BAD = np.ones((5, 3))
BAD_ROW = np.vstack([np.eye(3), [[np.nan, 0, 0]]])


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (lambda: dmft.few_shot_error(BAD_ROW, np.eye(3)), ValueError, "1 of 4 rows are not, the first is 3"),
        (lambda: dmft.few_shot_error(np.eye(3)[:1], np.eye(3)), ValueError, "at least 2 rows, got 1"),
        (lambda: dmft.few_shot_error(np.eye(3), np.eye(4)), ValueError, "one number of features, got 3 and 4"),
        (lambda: dmft.few_shot_error(BAD, np.eye(3)), ValueError, "all the same"),
        (lambda: dmft.few_shot_error(0.1 * BAD, np.eye(3)), ValueError, "all the same"),  # but for rounding
        (lambda: dmft.few_shot_error(1e100 * np.eye(3), np.eye(3)), ValueError, "scale them"),
        (lambda: dmft.tangling(1e-200 * np.eye(3), 0.1), ValueError, "scale them"),
        (lambda: dmft.parallelism(1j * np.eye(4), [1, 1, -1, -1]), TypeError, "points must be an array of numbers"),
        (lambda: dmft.parallelism(np.eye(4), "balanced"), TypeError, "for each condition, got 'balanced'"),
        (lambda: dmft.few_shot_error(np.eye(3), np.eye(3), 0), ValueError, "shots must be at least 1"),
        (lambda: dmft.few_shot_error("abc", np.eye(3)), TypeError, "a must be an array of numbers"),
        (lambda: dmft.participation_ratio(BAD), ValueError, "all the same"),
        (lambda: dmft.participation_ratio(np.eye(2)), ValueError, "at least 3 rows"),
        (lambda: dmft.tangling(BAD, 0.1), ValueError, "never change"),
        (lambda: dmft.tangling(np.eye(3), 0.0), ValueError, "dt must be finite and positive"),
        (lambda: dmft.tangling([np.eye(3), np.eye(4)], 0.1), ValueError, "one number of features, got 3, 4"),
        (lambda: dmft.tangling([], 0.1), ValueError, "at least one trajectory"),
        (lambda: dmft.parallelism(np.eye(4), [1, 1, 1, -1]), ValueError, "as many conditions"),
        (lambda: dmft.parallelism(np.eye(4), [1, 1, 0, -1]), ValueError, "labels must be"),
        (lambda: dmft.parallelism(np.eye(40), [1, -1] * 20), dmft.TooCostlyError, "fewer conditions"),
        (lambda: dmft.parallelism(np.eye(4), [1, 1, -1, -1], n_permutations=0), ValueError, "at least 1"),
        (lambda: dmft.ccgp(np.eye(4), [1, 1, -1, -1]), ValueError, "n_points, n_features"),
        (lambda: dmft.landmarks(np.eye(3), 4), ValueError, "at most the number of points, 3"),
    ],
)
def test_refusals(asked, error, said):
    with pytest.raises(error, match=said):
        asked()
