"""The network that a TOML file states, in the table [network], as in a file of `dmft phase`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dmft.models.serialization import network_from_mapping

HELP = "TOML file whose table [network] states it: several populations, thresholds, means and gains by block."


def network_of_file(path: Path, *beside: Any) -> Any:
    """Return the network of a file.

    Parameters
    ----------
    beside : what was stated on the command line besides: nothing may be.

    Raises
    ------
    ValueError : for what is not TOML, holds no network, or one that makes no sense; for anything stated besides.
    OSError : if the file cannot be read.
    """
    if any(beside):
        raise ValueError(f"the network is stated by {path}: leave out --g, --network, --nonlinearity and --set")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    if not isinstance(content.get("network"), Mapping):
        raise ValueError(f"{path} needs a table [network]; it has {', '.join(content) or 'nothing'}")
    return network_from_mapping(content["network"])
