"""Integrators of finite networks."""
