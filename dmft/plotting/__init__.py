"""Figures and text of solutions and diagrams; matplotlib is loaded on first use."""

from dmft.plotting.beside import figures_beside
from dmft.plotting.image import image
from dmft.plotting.notebook import html
from dmft.plotting.observables import figure
from dmft.plotting.phase_diagram import phase_diagram
from dmft.plotting.solution import solution
from dmft.plotting.style import COLOURS, MARKERS, paper_style
from dmft.plotting.text import text

__all__ = [
    "COLOURS",
    "MARKERS",
    "figure",
    "figures_beside",
    "html",
    "image",
    "paper_style",
    "phase_diagram",
    "solution",
    "text",
]
