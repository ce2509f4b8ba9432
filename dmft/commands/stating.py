"""A network as a file states it: TOML, or a result that was stored with its network; data only."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from dmft.commands.reading import reading
from dmft.models.serialization import network_from_mapping
from dmft.storage import dataset, network_of

_STORED = b"\x89HDF\r\n\x1a\n"
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
    """Return the network that a file states, at its top or in a table `network`; or that of a stored result.

    Raises
    ------
    ValueError : for what is no TOML, or states no network; it names the file.
    OSError : for a damaged result.
    """
    with file.open("rb") as stream:
        stored = stream.read(len(_STORED)) == _STORED
    if stored:
        with reading(file):
            return network_of(dataset(file))
    try:
        with file.open("rb") as stream:
            content = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not TOML: {error}") from None
    except RecursionError:
        raise ValueError(f"{file} is nested too deeply") from None
    if "network" not in content and "type" not in content:
        held = ", ".join(content) or "nothing"
        raise ValueError(f"{file} needs a type, or a table [network] with one; it has {held}")
    stated = content.get("network", content)
    try:
        return network_from_mapping(stated)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
