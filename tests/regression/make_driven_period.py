"""Write driven_period.json: mean, variance and rate over a period, from steps of 0.05 and 0.025 extrapolated to 0.

Common sinusoid, g = 2, K = 5000, f = 0.2, on the chaotic side. Run: python tests/regression/make_driven_period.py
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

import dmft

PARTS = (0.3, 0.8)  # amplitude over sqrt(K)
POINTS = 20  # a period


def over_period(part: float, dt: float, duration: float) -> dict[str, np.ndarray]:
    network = dmft.BalancedNetwork(2.0, 5000, drive=dmft.Sinusoid(part * math.sqrt(5000.0), 0.2))
    sol = dmft.solve_nonstationary(network, duration, method=dmft.TwoTimeMarch(dt=dt, window=60.0))
    rows = sol.last_period()
    every = round(5.0 / dt) // POINTS
    return {name: getattr(sol, name)[rows][::every] for name in ("mean_x", "variance", "mean_phi")}


if __name__ == "__main__":
    content = {}
    for part in PARTS:
        duration = 120.0 if part < 0.5 else 300.0
        coarse, fine = (over_period(part, dt, duration) for dt in (0.05, 0.025))
        content[str(part)] = {name: list(fine[name] + (fine[name] - coarse[name]) / 3) for name in fine}
    Path(__file__).with_name("driven_period.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
