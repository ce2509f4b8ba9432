"""The boundary of chaos under white noise: found by `critical_line` from exponents, and exactly, from a 1-D integral.

The reference is computed here by mpmath alone: c0 = g^2 <tanh^2>, intensity = 2 sqrt(c0^2 - 2 g^2 Var log cosh).
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import dmft
from dmft.phases.noise_boundary import noise_boundary


def exact_intensity(g: float) -> float:
    with mpmath.workdps(22):

        def mean(f, c0):
            # Trapezoid rule; the nearest pole, at i pi/2 in x, leaves exp(-2 pi (pi/2)/(h sqrt(c0))) = 1e-17 at g = 5.
            h = mpmath.mpf(1) / 16
            z = [h * i for i in range(1, 160)]
            return h * (
                f(mpmath.mpf(0)) * mpmath.npdf(0) + 2 * mpmath.fsum(f(mpmath.sqrt(c0) * x) * mpmath.npdf(x) for x in z)
            )

        c0 = mpmath.findroot(
            lambda c: 1 - g**2 * mean(lambda x: mpmath.tanh(x) ** 2, c) / c, (0.3 * (g - 1), g**2), solver="anderson"
        )
        potential = lambda x: mpmath.log(mpmath.cosh(x))  # noqa: E731
        variance = mean(lambda x: potential(x) ** 2, c0) - mean(potential, c0) ** 2
        return float(2 * mpmath.sqrt(c0**2 - 2 * g**2 * variance))


def test_the_reference_agrees_with_published_digits():
    # Independent of this package: equation sheet of the project, section 2.3, by a Riccati solver.
    assert exact_intensity(2.0) == pytest.approx(1.0942299908, abs=6e-11)
    assert exact_intensity(3.0) == pytest.approx(4.3304825420, abs=6e-11)


@pytest.mark.long
def test_noise_boundary_from_exponents():
    gains = np.array([1.05, 1.1, 1.2, 1.35, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0])
    net = dmft.RandomNetwork(g=1.0, drive=dmft.WhiteNoise(1.0))
    line = dmft.critical_line(
        net, along={"g": gains}, over={"drive.intensity": (1e-4, 100.0)}, observable=dmft.lyapunov_exponent, search=0
    )
    exact = np.array([exact_intensity(g) for g in gains])
    # 1e-6 is asked for; the exponent is good to 1e-9, and its slope in the intensity is least at g = 1.05
    np.testing.assert_allclose(line["drive.intensity"], exact, rtol=1e-8)
    off = np.abs(line["drive.intensity"].values - exact)
    assert np.all(off <= line["drive.intensity_error"].values + 1e-8 * exact)
    assert line.attrs["solves"] <= 8 * len(gains)


def test_noise_boundary_in_closed_form():
    for g in (1.05, 1.5, 3.0, 5.0):
        assert noise_boundary(dmft.RandomNetwork(g=g)) == pytest.approx(exact_intensity(g), rel=1e-10)
    assert noise_boundary(dmft.RandomNetwork(g=0.9)) == 0.0
    with pytest.raises(ValueError, match="odd nonlinearity"):
        noise_boundary(dmft.RandomNetwork(g=1.2, nonlinearity=dmft.ReLU()))
    with pytest.raises(ValueError, match="symmetry=0"):
        noise_boundary(dmft.RandomNetwork(g=1.2, symmetry=0.3))
