"""Captions of the report claim what the axis of their figure shows."""

import numpy as np

from validation.cases.balanced_critical import _best

FREQUENCIES = np.array([0.1, 0.2, 0.4, 0.8])


def test_a_best_frequency_is_one_inside_the_axis():
    assert _best(FREQUENCIES, np.array([3.0, 1.0, 2.0, 4.0])) == "near f = 0.2"
    assert _best(FREQUENCIES, np.array([1.0, 2.0, 3.0, 4.0])) == "at the end of the axis, f = 0.1,"
    assert _best(FREQUENCIES, np.array([np.nan, 2.0, 1.5, 4.0])) == "near f = 0.4"
    assert _best(FREQUENCIES, np.full(4, np.nan)) == "nowhere"
