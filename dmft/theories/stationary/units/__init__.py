"""Linear units: the stationary state of populations of filters, Gaussian and exact."""
