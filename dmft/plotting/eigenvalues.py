"""Eigenvalues of a Jacobian in the complex plane: the edge of the bulk, and those outside of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.plotting.style import COLOURS

_ANGLES = 241
_RADII = 121
_GRID = 121
_SHADED = 0.95  # part of the points of a bulk up to whose density the shade goes


def draw_disc(plane: Any, law: Any, spectrum: Any) -> None:
    """Draw the edge around -1 and the eigenvalues outside, and beside it how many lie within a distance."""
    theta = np.linspace(0.0, 2.0 * np.pi, _ANGLES)
    boundary = getattr(spectrum, "boundary", None)
    edge = np.full(_ANGLES, spectrum.radius) if boundary is None else np.asarray(boundary(theta))
    plane.fill(-1.0 + edge * np.cos(theta), edge * np.sin(theta), facecolor=COLOURS[5], edgecolor=COLOURS[0], alpha=0.5)
    _outside(plane, spectrum)
    radii = np.linspace(0.0, max(spectrum.radius, 1e-9), _RADII)
    law.plot(radii, spectrum.cdf(radii), color=COLOURS[0])
    law.set_xlabel(r"distance from $-1$ ($1/\tau$)")
    law.set_ylabel("fraction of eigenvalues")


def draw_bulk(plane: Any, spectrum: Any) -> None:
    """Draw the density of the bulk of several populations, its edge, and the eigenvalues outside."""
    edges = spectrum.contour()
    for curve in edges:
        plane.plot(curve.real, curve.imag, color=COLOURS[0])
    if edges:
        whole = np.concatenate(edges)
        x = np.linspace(whole.real.min(), whole.real.max(), _GRID)
        y = np.linspace(whole.imag.min(), whole.imag.max(), _GRID)
        density = spectrum.density(x + 1j * y[:, None])
        shade = np.where(density > 0.0, density, np.nan)
        top = float(np.nanquantile(shade, _SHADED)) if np.any(density > 0.0) else 1.0  # it is steep next to -1/tau
        look = {"cmap": "Blues", "vmin": 0.0, "vmax": top, "shading": "nearest", "rasterized": True}
        drawn = plane.pcolormesh(x, y, shade, **look)
        plane.figure.colorbar(drawn, ax=plane, label="density of eigenvalues", extend="max")
    _outside(plane, spectrum)


def draw_support(plane: Any, spectrum: Any) -> None:
    """Draw the edge of the eigenvalues of a network of filters, and its rightmost point."""
    for curve in spectrum.contour():
        inside = curve
        if abs(curve[0] - curve[-1]) > 1e-9 * np.max(np.abs(curve)):  # with a delay it has no end on the left
            left = curve.real.min() - 0.1 * np.ptp(curve.imag)
            inside = np.concatenate([[left + 1j * curve[0].imag], curve, [left + 1j * curve[-1].imag]])
        plane.fill(inside.real, inside.imag, facecolor=COLOURS[5], alpha=0.5, lw=0)
        plane.plot(curve.real, curve.imag, color=COLOURS[0], lw=0.8)
    right = spectrum.rightmost
    plane.plot([right.real] * 2, [right.imag, -right.imag], ".", color=COLOURS[1])
    _outside(plane, spectrum)


def _outside(plane: Any, spectrum: Any) -> None:
    outliers, naive = (getattr(spectrum, name, None) for name in ("outliers", "naive_outliers"))
    if naive is not None and len(naive) and (outliers is None or not np.array_equal(outliers, naive)):
        plane.plot(np.real(naive), np.imag(naive), "x", color="0.6", label="J independent of $x$")
    if outliers is not None and len(outliers):
        plane.plot(np.real(outliers), np.imag(outliers), "o", color=COLOURS[1], label="outliers")
    plane.axvline(0.0, color="0.6", lw=0.8, ls=":")
    plane.set_aspect("equal", adjustable="datalim")
    if plane.get_legend_handles_labels()[1]:
        plane.legend(loc="upper right")  # "best" looks at every point of the density, and may warn that it takes long
    plane.set_xlabel(r"Re $\lambda$ ($1/\tau$)")
    plane.set_ylabel(r"Im $\lambda$")
