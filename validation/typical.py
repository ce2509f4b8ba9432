"""What the sections of the report take: minutes of CPU, measured."""

from __future__ import annotations

from collections.abc import Iterable

from dmft.cost import readable

MEASURED = "2026-11-28 and 29, on one core of an AMD EPYC"
# Section -> minutes of CPU of (the quick, the full) report; None where it was not measured.
MINUTES: dict[str, tuple[float | None, float | None]] = {
    "stationary": (0.42, 6.1),
    "driven": (0.38, 8.3),
    "dimension": (0.72, 5.2),
    "balanced": (0.7, 8.7),
    "plastic": (1.2, 8.8),
    "structure": (1.15, 14.0),
    "units": (0.95, 14.1),
    "species": (0.33, 5.0),
    "capacity": (0.62, 12.6),
    "manifolds": (0.88, 7.5),
    "implicit-bias": (0.45, 12.4),
    "learning-signals": (0.44, 9.1),
    "trained": (0.7, 29.8),
}


def typically(keys: Iterable[str], quick: bool) -> str:
    """Return how much CPU sections take, each and together: "stationary 2 minutes, driven not measured; ..."."""
    minutes = {key: MINUTES[key][0 if quick else 1] for key in keys}
    each = [f"{key} {'not measured' if one is None else readable(60.0 * one)}" for key, one in minutes.items()]
    known = [one for one in minutes.values() if one is not None]
    if not known:
        return f"{', '.join(minutes)} (what they take was not measured)"
    least = "" if len(known) == len(minutes) else " or more"
    return f"{', '.join(each)}; together {readable(60.0 * sum(known))}{least} of CPU (measured {MEASURED})"
