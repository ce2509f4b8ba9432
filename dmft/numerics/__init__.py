"""Mathematics that knows no network: Gaussian averages, fixed points, grids."""
