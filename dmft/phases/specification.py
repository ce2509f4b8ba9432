"""A phase diagram stated in a file: TOML, data only.

observe = ["lyapunov_exponent", "state"]
continuation = "up"                            # or "down", "both"; may be left out

[network]
type = "RandomNetwork"
g = 1.5
nonlinearity = "tanh"
drive = { type = "WhiteNoise", intensity = 0.1 }

[over]
g = { from = 0.5, to = 3.0, points = 51 }      # spacing = "log" for a geometric grid
"drive.intensity" = [0.01, 0.1, 1.0]

[[line]]                                       # any number of critical lines, may be left out
name = "chaos"
observable = "lyapunov_exponent"
level = 0.0
along = "g"
over = { "drive.intensity" = [1e-3, 10.0] }
label = "edge of chaos"
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.models.serialization import network_from_mapping
from dmft.phases.critical import critical_line
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_critical_line
from dmft.phases.observe import BY_NAME

if TYPE_CHECKING:
    import xarray

_MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Specification:
    """A phase diagram as a file states it.

    Attributes
    ----------
    network, over, observe, continuation : arguments of `phase_diagram`.
    lines : arguments of `critical_line`, with a name and a label.
    """

    network: Any
    over: dict[str, Any]
    observe: list[Any]
    continuation: Any
    lines: list[dict[str, Any]]

    def diagram(self, **settings: Any) -> xarray.Dataset:
        """Compute the diagram with its lines; `settings` are the executor, the checkpoint, and progress."""
        # The map first: it has a log, and goes on where it stopped.
        result = phase_diagram(
            self.network, self.over, observe=self.observe, continuation=self.continuation, **settings
        )
        lines = [
            critical_line(
                self.network,
                {line["along"]: self.over[line["along"]]},
                over=line["over"],
                observable=line["observable"],
                level=line["level"],
                progress=settings.get("progress", False),
            )
            for line in self.lines
        ]
        for line, found in zip(self.lines, lines, strict=True):
            result = with_critical_line(result, found, line["name"], label=line["label"])
        return result


def read_specification(path: Path) -> Specification:
    """Return the phase diagram that a TOML file states; nothing in it is executed.

    Raises
    ------
    ValueError : for what is not TOML, unknown keys, or values that are not what they should be, saying which.
    OSError : if the file cannot be read.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    _check_keys(content, "the file", ("network", "over", "observe"), ("continuation", "line"))
    if not isinstance(content["over"], Mapping):
        raise ValueError("over must be a table of fields")
    over = {path_: _grid(path_, value) for path_, value in content["over"].items()}
    names = content["observe"]
    if not isinstance(names, list):
        raise ValueError(f"observe must be a list of names, got {names!r}")
    lines = content.get("line", [])
    if not isinstance(lines, list):
        raise ValueError("a line is written as a table [[line]]")
    return Specification(
        network_from_mapping(content["network"]),
        over,
        [_observable(name) for name in names],
        content.get("continuation"),
        [_line(line, over) for line in lines],
    )


def _check_keys(table: Mapping[str, Any], where: str, needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for key in table:
        if key not in needed + optional:
            raise ValueError(f"{where} has an unknown key {key!r}; allowed are {', '.join(needed + optional)}")
    for key in needed:
        if key not in table:
            raise ValueError(f"{where} needs {key!r}; see `dmft phase --help`")


def _observable(name: Any) -> Any:
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise ValueError(f"an observable is named by a word, got {name!r}; functions: {', '.join(BY_NAME)}")
    return name


def _grid(path: str, value: Any) -> Any:
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"over.{path} must be a list of numbers or {{ from, to, points }}, got {value!r}")
    _check_keys(value, f"over.{path}", ("from", "to", "points"), ("spacing",))
    first, last, points = value["from"], value["to"], value["points"]
    numbers = all(isinstance(end, int | float) and math.isfinite(end) for end in (first, last))
    if not numbers or isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= _MOST_POINTS:
        raise ValueError(f"over.{path} needs finite numbers and 1 to {_MOST_POINTS} points, got {dict(value)}")
    spacing = value.get("spacing", "linear")
    if spacing == "log":
        if min(first, last) <= 0:
            raise ValueError(f"over.{path} must be positive to be spaced in the logarithm, got {first} to {last}")
        return np.geomspace(first, last, points)
    if spacing != "linear":
        raise ValueError(f"over.{path}: spacing must be 'linear' or 'log', got {spacing!r}")
    return np.linspace(first, last, points)


def _line(line: Any, over: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(line, Mapping):
        raise ValueError("a line is written as a table [[line]]")
    _check_keys(line, "a line", ("name", "observable", "along", "over"), ("level", "label"))
    name = line["name"]
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"the name of a line must be a word, got {name!r}")
    if not isinstance(line["along"], str) or line["along"] not in over:
        raise ValueError(f"line {name!r}: along must be one of {', '.join(over)}, got {line['along']!r}")
    if not isinstance(line["over"], Mapping) or not set(line["over"]) <= set(over) - {line["along"]}:
        raise ValueError(f"line {name!r}: over must name the other field of the diagram and its range")
    return {
        "name": name,
        "observable": _observable(line["observable"]),
        "level": line.get("level", 0.0),
        "along": line["along"],
        "over": {key: tuple(ends) if isinstance(ends, list) else ends for key, ends in line["over"].items()},
        "label": str(line.get("label", name)),
    }
