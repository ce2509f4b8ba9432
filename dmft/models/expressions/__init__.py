"""Expressions in one variable, x: read from text, brought to one canonical form, evaluated with their slopes."""
