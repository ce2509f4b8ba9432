"""The ready-made diagrams of `dmft phase --preset`, and what each takes, by the costs that its docstring states."""

from __future__ import annotations

from typing import NamedTuple

from dmft.cost import readable

MEMORY = 0.5e9  # bytes of a process, at most: 0.2 GB are the libraries and their machine code


class Preset(NamedTuple):
    """A diagram with a name.

    Attributes
    ----------
    function, arguments : of dmft.
    what : it shows, in a line.
    points : of its grids.
    point, lines : seconds of CPU a point on average, and of all lines together, which come after the points.
    """

    function: str
    arguments: tuple[str, ...]
    what: str
    points: int
    point: float
    lines: float


PRESETS = {
    "noise": Preset(
        "noise_diagram",
        (),
        "gain against noise intensity, with the exact edge of chaos",
        points=1071,
        point=0.03,
        lines=4.0,
    ),
    "drive-common": Preset(
        "drive_diagram",
        ("common",),
        "a common sinusoid: frequency against amplitude",
        points=144,
        point=0.5,
        lines=25.0,
    ),
    "drive-independent": Preset(
        "drive_diagram",
        ("random",),
        "the same with independent phases",
        points=117,
        point=0.5,
        lines=25.0,
    ),
    "symmetry": Preset(
        "symmetry_diagram",
        (),
        "gain against symmetry of the couplings (minutes)",
        points=40,
        point=1.0,
        lines=0.0,
    ),
    "low-rank": Preset(
        "low_rank_diagram",
        (),
        "gain against the outlier of low-rank couplings",
        points=576,
        point=0.025,
        lines=1.0,
    ),
    "structure": Preset(
        "structure_diagram",
        (),
        "size of a hyperexcitable group against its gain",
        points=462,
        point=0.3,
        lines=1.0,
    ),
    "excitation-inhibition": Preset(
        "excitation_inhibition_diagram",
        (),
        "input to E against the gain (minutes)",
        points=285,
        point=1.5,
        lines=40.0,
    ),
    "lotka-volterra": Preset(
        "lotka_volterra_diagram",
        (),
        "mean interaction of species against its spread",
        points=2500,
        point=0.0017,
        lines=0.02,
    ),
    "plasticity": Preset(
        "plasticity_diagram",
        (),
        "gain against plasticity, with freezing (minutes)",
        points=81,
        point=7.5,
        lines=150.0,
    ),
}


def on_processes(workers: int, cores: int) -> str:
    """Return on what work is done, like "2 processes", and how many cores they have where those are fewer."""
    share = "" if workers <= cores else f", which have {cores} core{'' if cores == 1 else 's'}"
    return ("one process" if workers == 1 else f"{workers} processes") + share


def typical(name: str, workers: int, cores: int) -> str:
    """Return a sentence on the time and the memory of a preset, on so many processes and cores."""
    stated = PRESETS[name]
    count = min(workers, stated.points)
    seconds = stated.points * stated.point / min(count, cores) + stated.lines
    return (
        f"{stated.points} points and its lines: about {readable(seconds)} on {on_processes(count, cores)}, "
        f"{MEMORY / 1e9:.1g} GB of memory each at most; a point takes {stated.point:.2g} s of CPU on average"
    )
