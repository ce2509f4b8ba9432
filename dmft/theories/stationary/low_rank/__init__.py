"""Random plus low-rank couplings: homogeneous, structured and rotating states."""
