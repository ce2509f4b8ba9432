"""Networks whose mean input is zero: a Gaussian process of mean 0, or one conditioned on the phase of a sinusoid."""
