"""Exit codes of the commands."""

INTERNAL = 1
USAGE = 2
NOT_CONVERGED = 3
