"""A phase diagram as a figure: one observable as colour, critical lines, names of phases, failed points."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.phases.lines import lines_of
from dmft.plotting.edge import checked_edge, draw_edge, with_edge
from dmft.plotting.style import COLOURS, paper_style
from dmft.plotting.sweep import ALONGSIDE, draw_sweep

if TYPE_CHECKING:
    import matplotlib.axes
    import xarray

_NOT_SHOWN = ("status", "residual", "error", "message")
_DASHES = ("-", "--", "-.", ":")
_LABELS = {
    "g": r"gain $g$",
    "drive.intensity": r"noise intensity $\sigma^2$",
    "drive.amplitude": r"input amplitude $I_1$",
    "drive.frequency": r"input frequency $f$",
    "symmetry": r"symmetry $\rho$",
    "mu": r"mean interaction $\mu$",
    "sigma": r"spread of interactions $\sigma$",
    "survival": r"fraction alive $\phi$",
    "k": r"plasticity $k$",
    "p": r"time constant $p$",
    "couplings.random.g": r"gain of random couplings $g$",
    "couplings.low_rank.outlier": r"outlier $\lambda_\mathrm{out}$",
    "kappa": r"$|\kappa|$",
    "populations.group.fraction": r"part of units in the group $f$",
    "couplings.random.g.group.group": r"gain within the group $g_{11}$",
    "populations.E.bias": r"input to E $h_E$",
    "growth_rate": r"leading rate",
    "radius": r"$\sqrt{\rho(K\langle\phi'^2\rangle)}$",
    "corr_x": r"$C^x(0)$",
    "corr_phi": r"$C^\phi(0)$",
    "lyapunov_exponent": r"largest Lyapunov exponent $\lambda$",
}


def phase_diagram(
    ds: xarray.Dataset,
    *,
    of: str | None = None,
    x: str | None = None,
    y: str | None = None,
    phases: Mapping[str, tuple[float, float]] | None = None,
    direction: str = "up",
    edge: str | xarray.Dataset | None = None,
    ax: matplotlib.axes.Axes | None = None,
) -> matplotlib.axes.Axes:
    """Draw a phase diagram: over two fields a map, over one field (or of a critical line) a curve.

    An observable that takes both signs is coloured around zero (blue below, orange above), another one from light to
    dark; all figures can be told apart with any colour vision and in grey. Failed points are hatched, so that they
    cannot be taken for a value. Lines in the dataset (`dmft.phases.lines`) are drawn with their labels.

    Parameters
    ----------
    ds : of `dmft.phase_diagram`, with one or two swept fields, or of `dmft.critical_line`.
    of : the observable to show, by default the first number; words (phase names) become coloured regions.
    x, y : fields for the axes, by default the first and the second dimension.
    phases : name -> position to write it at; by default the words of a variable "phase" or "state", each in the
        middle of its largest region.
    direction : which way to show of a map swept both ways; a curve shows both.
    edge : an observable of the diagram, to mark where it changes sign, as well as its grid tells (by linear
        interpolation); or what `dmft.critical_line` returned in the same plane.
    ax : axes to draw in, by default those of a new figure, one column wide.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError : for a dataset of more dimensions, or names that it has not.
    """
    import matplotlib.pyplot as plt

    swept = _swept(ds)
    if len(swept) == 1:
        of = _shown(ds, of)
        if x not in (None, swept[0]):
            raise ValueError(f"the diagram has no dimension {x!r}; it has {swept[0]}")
        labels = _label(ds, swept[0]), _label(ds, of)
        return draw_sweep(ds, of, swept[0], labels=labels, ax=ax, edge=checked_edge(ds, edge, swept))
    if "direction" in ds.dims:
        ds = ds.sel(direction=direction)
    x, y = _plane(ds, x, y)
    of = _shown(ds, of)
    zero, ds = checked_edge(ds, edge, swept), with_edge(ds, edge)
    with paper_style():
        own = ax is None
        if ax is None:
            _, ax = plt.subplots(figsize=(3.5, 2.7))
        grid = ds[of].transpose(y, x)
        failed = ds["status"].transpose(y, x).values != 0 if "status" in ds else np.zeros(grid.shape, dtype=bool)
        # An observable that failed alone leaves the others; only what is missing here is marked.
        if grid.dtype.kind == "f":
            missing = ~np.isfinite(grid.values)
            _draw_numbers(ax, ds, of, grid, x, y)
        else:
            missing = failed
            _draw_words(ax, grid, x, y)
        failures = _mark_failed(ax, ds, missing, x, y)
        for name, limit in ((x, ax.set_xlim), (y, ax.set_ylim)):
            edges = _edges(ds[name].values)
            limit(min(edges), max(edges))
        handles = [*_draw_lines(ax, ds, x, y), *(draw_edge(ax, ds, zero, x, y) if zero else []), *failures]
        if handles:
            # Outside of the axes, of whose width it takes nothing; in a figure of the user's, above the axes.
            if own:
                ax.figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=1.8)
            else:
                ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, handlelength=1.8)
        _write_phases(ax, ds, phases, x, y)
        ax.set_xlabel(_label(ds, x))
        ax.set_ylabel(_label(ds, y))
        ax.spines[["top", "right"]].set_visible(True)
    return ax


def _swept(ds: Any) -> list[str]:
    dims = ds["status"].dims if "status" in ds else ds.dims
    return [str(dim) for dim in dims if dim not in ALONGSIDE]


def _plane(ds: Any, x: str | None, y: str | None) -> tuple[str, str]:
    swept = _swept(ds)
    for name in (x, y):
        if name is not None and name not in swept:
            raise ValueError(f"the diagram has no dimension {name!r}; it has {', '.join(swept)}")
    if len(swept) != 2:
        raise ValueError(f"a figure needs two swept fields, got {', '.join(swept)}; select among them first (ds.sel)")
    if x is None:
        x = next(name for name in swept if name != y)
    if y is None:
        y = next(name for name in swept if name != x)
    return x, y


def _shown(ds: Any, of: str | None) -> str:
    dims = set(ds["status"].dims) if "status" in ds else set(ds.dims)
    held = [str(k) for k, v in ds.data_vars.items() if set(v.dims) == dims and k not in _NOT_SHOWN]
    shown = [name for name in held if not (name.endswith("_error") and name.removesuffix("_error") in held)]
    if of in held and of not in shown:
        return str(of)
    if of is None:
        numbers = [name for name in shown if ds[name].dtype.kind == "f"]
        if not shown:
            raise ValueError("the diagram holds no observable")
        return (numbers or shown)[0]
    if of not in shown:
        raise ValueError(f"the diagram has no observable {of!r}; it has {', '.join(shown)}")
    return of


def _label(ds: Any, name: str) -> str:
    unit = ds[name].attrs.get("units", "")
    text = _LABELS.get(name, name.replace("_", " "))
    pretty = unit.replace("tau", r"$\tau$")
    return text if unit in ("", "1") else f"{text} ({pretty})"


def _edges(centres: Any) -> Any:
    logarithmic = _is_logarithmic(centres)
    values = np.log(centres) if logarithmic else np.asarray(centres, dtype=float)
    if len(values) == 1:
        half = 0.5 if values[0] == 0 else 0.05 * abs(values[0])
        edges = np.array([values[0] - half, values[0] + half])
    else:
        middle = 0.5 * (values[1:] + values[:-1])
        edges = np.concatenate([[1.5 * values[0] - 0.5 * values[1]], middle, [1.5 * values[-1] - 0.5 * values[-2]]])
    return np.exp(edges) if logarithmic else edges


def _is_logarithmic(centres: Any) -> bool:
    c = np.asarray(centres, dtype=float)
    if len(c) < 3 or np.any(c <= 0):
        return False
    ratios = c[1:] / c[:-1]
    return bool(np.ptp(ratios) < 1e-6 * ratios[0] and np.ptp(np.diff(c)) > 1e-6 * abs(c[-1] - c[0]))


def _draw_numbers(ax: Any, ds: Any, of: str, grid: Any, x: str, y: str) -> None:
    import matplotlib as mpl

    values = np.ma.masked_invalid(grid.values)
    if values.count() and values.min() < 0 < values.max():
        # two hues that every colour vision tells apart, meeting in near-white at zero
        map_: Any = mpl.colors.LinearSegmentedColormap.from_list(
            "signed", ["#08306B", COLOURS[0], "#F7F7F7", "#E69F00", "#7F2704"]
        )
        norm: Any = mpl.colors.TwoSlopeNorm(0.0, float(values.min()), float(values.max()))
    else:
        map_, norm = mpl.colormaps["cividis_r"].copy(), None
    mesh = _mesh(ax, ds, values, x, y, cmap=map_, norm=norm)
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.02, aspect=24)
    bar.set_label(_label(ds, of))
    if norm is not None:
        bar.ax.axhline(0.0, color="black", linewidth=0.8)
        bar.set_ticks(_signed_ticks(float(values.min()), float(values.max())))
    bar.outline.set_linewidth(0.6)


def _signed_ticks(low: float, high: float) -> Any:
    """Return round ticks on both sides of zero, a few on each, as the two sides have scales of their own."""
    from matplotlib.ticker import MaxNLocator

    locate = MaxNLocator(nbins=4)
    ticks = {0.0}
    for a, b in ((low, 0.0), (0.0, high)):
        ticks |= {round(float(t), 12) for t in locate.tick_values(a, b) if low <= t <= high}
    return sorted(t for t in ticks if t == 0 or abs(t) > 0.1 * min(-low, high))


def _draw_words(ax: Any, grid: Any, x: str, y: str) -> None:
    import matplotlib as mpl

    words = sorted({str(word) for word in grid.values.ravel()} - {""})
    if not words:
        return
    code = {word: i for i, word in enumerate(words)}
    values = np.ma.masked_equal([[code.get(str(word), -1) for word in row] for row in grid.values], -1)
    shades = [_pale(COLOURS[i % len(COLOURS)]) for i in range(len(words))]
    map_ = mpl.colors.ListedColormap(shades)
    _mesh(ax, grid, values, x, y, cmap=map_, vmin=-0.5, vmax=len(words) - 0.5)


def _pale(colour: str) -> tuple[float, ...]:
    import matplotlib as mpl

    return tuple(0.45 * c + 0.55 for c in mpl.colors.to_rgb(colour))


def _mesh(ax: Any, ds: Any, values: Any, x: str, y: str, **settings: Any) -> Any:
    for name, setter in ((x, ax.set_xscale), (y, ax.set_yscale)):
        setter("log" if _is_logarithmic(ds[name].values) else "linear")
    return ax.pcolormesh(_edges(ds[x].values), _edges(ds[y].values), values, rasterized=True, **settings)


def _mark_failed(ax: Any, ds: Any, missing: Any, x: str, y: str) -> list[Any]:
    """Hatch the cells without a value; return a handle for the legend if there are any."""
    import matplotlib as mpl

    across, up = _edges(ds[x].values), _edges(ds[y].values)
    look: dict[str, Any] = {"facecolor": "#D9D9D9", "edgecolor": "#555555", "hatch": "xxxxx", "linewidth": 0.0}
    for j, i in zip(*np.nonzero(missing), strict=True):
        size = across[i + 1] - across[i], up[j + 1] - up[j]
        ax.add_patch(mpl.patches.Rectangle((across[i], up[j]), *size, zorder=1.5, **look))
    return [mpl.patches.Patch(label="failed", **look)] if np.any(missing) else []


def _draw_lines(ax: Any, ds: Any, x: str, y: str) -> list[Any]:
    handles: list[Any] = []
    for name in lines_of(ds):
        ends = {ds[f"{name}_{side}"].attrs["field"]: ds[f"{name}_{side}"].values for side in ("x", "y")}
        if set(ends) == {x, y}:
            label, dashes = ds[f"{name}_x"].attrs["label"], _DASHES[len(handles) % len(_DASHES)]
            ax.plot(ends[x], ends[y], color="white", linewidth=2.8, alpha=0.7, zorder=2.9)
            handles += ax.plot(ends[x], ends[y], color="black", linestyle=dashes, linewidth=1.5, label=label, zorder=3)
    return handles


def _write_phases(ax: Any, ds: Any, phases: Mapping[str, tuple[float, float]] | None, x: str, y: str) -> None:
    import matplotlib.patheffects as effects

    placed = dict(phases) if phases is not None else _placed(ds, x, y)
    for name, (at_x, at_y) in placed.items():
        text = ax.text(
            at_x, at_y, textwrap.fill(name, 11, break_long_words=False), ha="center", va="center", fontsize=8, zorder=4
        )
        text.set_path_effects([effects.withStroke(linewidth=2.2, foreground="white", alpha=0.85)])


def _placed(ds: Any, x: str, y: str) -> dict[str, tuple[float, float]]:
    """Return each word of the variable `phase`, or `state`, with the inner point of its largest region."""
    named = next((name for name in ("phase", "state") if name in ds and set(ds[name].dims) == {x, y}), None)
    if named is None:
        return {}
    from scipy.ndimage import distance_transform_cdt, label

    words = ds[named].transpose(y, x).values.astype(str)
    places = {}
    for word in sorted(set(words.ravel()) - {""}):
        regions, n = label(words == word)
        inside = regions == 1 + int(np.argmax(np.bincount(regions.ravel(), minlength=n + 1)[1:]))
        if np.sum(inside) < max(4, 0.02 * inside.size):
            continue  # too small to be written into
        depth = distance_transform_cdt(np.pad(inside, 1), metric="chessboard")[1:-1, 1:-1]
        rows, columns = np.nonzero(depth == depth.max())
        middle = len(rows) // 2
        places[word] = (float(ds[x].values[columns[middle]]), float(ds[y].values[rows[middle]]))
    return places
