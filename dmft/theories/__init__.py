"""The answer: one self-consistent theory a file, `solve_*` returning a solution."""
