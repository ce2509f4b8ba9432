"""A network as a file states it: TOML, data only."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from dmft.models.serialization import network_from_mapping

EXAMPLE = """\b
    type = "Network"
    [populations.E]
    type = "Population"
    fraction = 0.8
    bias = 0.2
    [populations.I]
    type = "Population"
    nonlinearity = "erf"
    dynamics = { type = "Leaky", tau = 2.0 }
    [couplings]
    type = "Couplings"
    random = { type = "Random", g = [[2.0, 3.0], [2.5, 1.0]] }
    mean = { type = "Mean", strength = [[1.0, -2.0], [1.0, -2.0]] }
"""


def network_in(file: Path) -> Any:
    """Return the network that a file states, at its top or in a table `network`.

    Raises
    ------
    ValueError : for what is no TOML, or states no network; it names the file.
    """
    try:
        with file.open("rb") as stream:
            content = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not TOML: {error}") from None
    except RecursionError:
        raise ValueError(f"{file} is nested too deeply") from None
    stated = content.get("network", content)
    try:
        return network_from_mapping(stated)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
