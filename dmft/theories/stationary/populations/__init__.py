"""Networks of several populations: one covariance and one mean for each, coupled at every lag."""
