"""Mean, variance and rate over a driven period against converged values of the same march (`make_driven_period.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from make_driven_period import PARTS, over_period

EXPECTED = json.loads(Path(__file__).with_name("driven_period.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", PARTS)
def test_over_a_period(part: float) -> None:
    duration = 120.0 if part < 0.5 else 300.0
    coarse, fine = (over_period(part, dt, duration) for dt in (0.125, 0.0625))
    for name, values in EXPECTED[str(part)].items():
        exact = np.array(values)
        size = np.max(np.abs(exact))
        errors = [np.max(np.abs(x[name] - exact)) / size for x in (coarse, fine)]
        extrapolated = np.max(np.abs(fine[name] + (fine[name] - coarse[name]) / 3 - exact)) / size
        assert errors[1] < 3e-3
        assert errors[0] > 3.0 * errors[1]
        assert extrapolated < 5e-4
