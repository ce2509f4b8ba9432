"""How far learning signals lie from the gradient, and the kernels of the networks that learn by them."""

from dmft.theories.alignment.kernel import KernelSolution, solve_kernel
from dmft.theories.alignment.solution import AlignmentSolution
from dmft.theories.alignment.solve import solve_alignment
from dmft.theories.alignment.tangent import TangentSolution, solve_tangent

__all__ = [
    "AlignmentSolution",
    "KernelSolution",
    "TangentSolution",
    "solve_alignment",
    "solve_kernel",
    "solve_tangent",
]
