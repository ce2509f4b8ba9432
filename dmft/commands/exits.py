"""Exit codes of the commands, and what every help says of them."""

INTERNAL = 1
USAGE = 2
NOT_CONVERGED = 3
DISAGREE = 4
INTERRUPTED = 130

EXIT_CODES = (
    "Exit codes: 0 done, 1 internal error, 2 usage, or a file that cannot be read or written, 3 not converged, in "
    "whole or in part (the file is still written), 4 theory and networks disagree, 130 interrupted."
)
