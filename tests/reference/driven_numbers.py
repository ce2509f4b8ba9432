"""Numbers of `make_driven_reference.py` by name, for the tests that read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROWS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("driven_reference.json").read_text())


def number(quantity: str, **asked: Any) -> float:
    """Return the one number that has this quantity and these settings; amplitudes to rounding."""
    stated = {"g": 2.0, "size": 5000.0, "frequency": 0.2, **asked}

    def same(row: dict[str, Any]) -> bool:
        return row["quantity"] == quantity and all(
            abs(row[key] - value) < 1e-9 * abs(value) if isinstance(value, float) else row[key] == value
            for key, value in stated.items()
        )

    (value,) = (row["value"] for row in ROWS if same(row))
    return float(value)
