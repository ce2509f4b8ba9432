"""Angles of convolutional networks where they are known, what they do not depend on, and what is refused."""

import math

import numpy as np
import pytest

import dmft
import validation

GLOBAL = dmft.GlobalErrorVector()
IMAGE = np.random.default_rng(0).standard_normal(64)


def vectors(*widths, **fields):
    return dmft.LayeredNetwork(widths, vector_units=10, nonnegative=True, convolutional=True, **fields)


def angles(image, *widths):
    return dmft.solve_alignment(vectors(*widths), GLOBAL, image=image).angles


@pytest.mark.parametrize("channels", [2, 64, 10_000])
def test_one_place_at_the_end_is_a_dense_layer(channels):
    """Signals of the four places of the last layer are one weight: arccos(pi^-1/2), as in dense networks."""
    found = dmft.solve_alignment(vectors(channels, channels, channels), GLOBAL, image=IMAGE)
    assert found.last_angle == pytest.approx(math.degrees(math.acos(math.pi**-0.5)), abs=1e-9)
    assert found.scale[-1] == pytest.approx(4.0 * math.sqrt(channels / 2.0), rel=1e-9)  # a mean hands down a fourth


def test_more_places_bring_the_last_layer_nearer():
    """Signals of different places have weights of their own, which average: a flat image, 1 to 64 places."""
    found = [angles(np.ones(side * side), 64)[-1] for side in (2, 4, 8, 16)]
    assert np.all(np.diff(found) < -0.5)


def test_wide_maps_keep_the_angle_of_the_border():
    """Places at the border have less above them: no width mends that, and an image without border places has less."""
    flat, framed = np.ones((16, 16)), np.zeros((16, 16))
    framed[6:10, 6:10] = 1.0
    wide, wider = (angles(flat, n, n)[0] for n in (10**5, 10**7))
    assert wide == pytest.approx(wider, rel=1e-2)
    assert wider > 1.0
    assert angles(framed, 10**7, 10**7)[0] < 0.5 * wider


def test_what_angles_do_not_depend_on():
    expected = angles(IMAGE, 20, 30)
    square = IMAGE.reshape(8, 8)
    for image in (3.0 * IMAGE, -IMAGE, 1e200 * IMAGE, 1e-200 * IMAGE, square, square.T, square[::-1], square[:, ::-1]):
        assert angles(image, 20, 30) == pytest.approx(expected, rel=1e-9)
    assert abs(angles(np.roll(square, 3, axis=0), 20, 30)[0] - expected[0]) > 0.05  # but on where things are


def test_refusals():
    network = vectors(8, 8)
    for image, said in (
        (None, "image must be given"),
        (np.ones(63), "square images of a side that is a multiple of 4"),
        (np.ones(36), "multiple of 4"),
        (np.zeros(64), "not all zero"),
        (np.full(64, np.nan), "finite"),
    ):
        with pytest.raises(ValueError, match=said):
            dmft.solve_alignment(network, GLOBAL, image=image)
    with pytest.raises(ValueError, match="leave it out"):
        dmft.solve_alignment(network.replace(convolutional=False), GLOBAL, image=IMAGE)
    with pytest.raises(ValueError, match="leave it out"):
        dmft.solve_alignment(dmft.LayeredNetwork([8, 8], convolutional=True), dmft.SignFeedback(), image=IMAGE)
    with pytest.raises(dmft.TooCostlyError, match="fewer pixels"):
        dmft.solve_alignment(network, GLOBAL, image=np.ones(2048 * 2048))
    with pytest.raises(ValueError, match="at most 12"):
        dmft.LayeredNetwork([2] * 13, convolutional=True)
    for settings, said in (
        ({"rule": GLOBAL, "inputs": 100}, "multiple of 4"),
        ({"correlation": 0.5}, "dense network"),
        ({"rule": GLOBAL, "image": IMAGE, "inputs": 64}, "without inputs"),
        ({"rule": GLOBAL, "image": np.ones(10)}, "square images"),
        ({"rule": GLOBAL, "image": 1e200 * IMAGE}, "at most 1e.50"),
    ):
        with pytest.raises(ValueError, match=said):
            validation.simulate(network, n_realizations=2, seed=0, **settings)

    with pytest.raises(ValueError, match="inputs must be given for 7"):
        validation.simulate(vectors(*[2] * 7), rule=GLOBAL, inputs=None, n_realizations=2, seed=0)


@pytest.mark.parametrize("convolutional", [False, True])
def test_weights_that_no_machine_holds_are_refused_before_they_are_drawn(convolutional):
    wide = dmft.LayeredNetwork([10**6, 10**6], convolutional=convolutional)
    with pytest.raises(dmft.TooCostlyError):
        validation.train(wide, dmft.Backprop(), data=(np.ones((4, 16)), [0, 1, 0, 1]), epochs=1, seed=0)


def test_comparison_of_two_images_is_refused():
    theory = dmft.solve_alignment(vectors(8, 8), GLOBAL, image=IMAGE)
    sim = validation.simulate(vectors(8, 8), rule=GLOBAL, image=-IMAGE, n_realizations=4, seed=0)
    with pytest.raises(ValueError, match="same image"):
        validation.compare(theory, sim)


def test_solutions_and_simulations_with_an_image_come_back_from_files(tmp_path):
    theory = dmft.solve_alignment(vectors(8, 8), GLOBAL, image=IMAGE)
    dmft.save(theory, tmp_path / "a.nc")
    back = dmft.load(tmp_path / "a.nc")
    assert np.array_equal(back.angles, theory.angles)
    kept = {"rule": GLOBAL, "image": IMAGE, "n_realizations": 4, "seed": 0}
    sim = validation.simulate(vectors(8, 8), checkpoint=tmp_path / "log", **kept)
    again = validation.simulate(vectors(8, 8), checkpoint=tmp_path / "log", **kept)
    assert np.array_equal(sim.values("angle_1", 8), again.values("angle_1", 8))
    assert validation.compare(back, again).rows
    sim.to_xarray().to_netcdf(tmp_path / "sim.nc")
