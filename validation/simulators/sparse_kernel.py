"""Synapses drawn row by row in compiled code: as many different columns as are asked, in a time that goes with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.compiled import compiled


@compiled(nogil=True)
def draw_columns(rng: Any, degrees: Any, sources: Any, columns: Any) -> None:
    """Write the columns of the synapses of each row, block by block.

    Parameters
    ----------
    rng : numpy's generator; one number is drawn a synapse.
    degrees : synapses of each row from each block, shape (n_rows, n_blocks).
    sources : first unit and number of units of each block, shape (n_blocks, 2).
    columns : shape (sum of degrees,), overwritten; within a row and a block they come in random order.
    """
    filled = 0
    for b in range(len(sources)):  # room for the largest, before anything is drawn
        filled = max(filled, sources[b, 1])
    order = np.empty((len(sources), filled), np.int64)
    for b in range(len(sources)):
        order[b] = np.arange(filled)
    filled = 0
    for i in range(len(degrees)):
        for b in range(len(sources)):
            first, count = sources[b]
            pack = order[b]
            for j in range(degrees[i, b]):  # Fisher and Yates, over what the last row left, which is an order as well
                k = j + int(rng.random() * (count - j))
                pack[j], pack[k] = pack[k], pack[j]
                columns[filled] = first + pack[j]
                filled += 1
