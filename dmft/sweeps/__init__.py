"""Maps over parameters, and what they take: grids, tasks, workers, a log of what is finished. No physics."""
