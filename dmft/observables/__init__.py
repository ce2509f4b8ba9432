"""Observables: free functions of a solution. What is known of each kind of process is registered here."""

from dmft.observables import (
    abundances,
    driven_lyapunov,
    elliptic_jacobian,
    filtered_jacobian,
    filtered_lyapunov,
    jacobian,
    low_rank_jacobian,
    low_rank_lyapunov,
    lyapunov,
    plastic_jacobian,
    plastic_lyapunov,
    populations_jacobian,
    populations_lyapunov,
    stated_lyapunov,
    stepped_jacobian,
    stepped_lyapunov,
)

__all__ = [
    "abundances",
    "driven_lyapunov",
    "elliptic_jacobian",
    "filtered_jacobian",
    "filtered_lyapunov",
    "jacobian",
    "low_rank_jacobian",
    "low_rank_lyapunov",
    "lyapunov",
    "plastic_jacobian",
    "plastic_lyapunov",
    "populations_jacobian",
    "populations_lyapunov",
    "stated_lyapunov",
    "stepped_jacobian",
    "stepped_lyapunov",
]
