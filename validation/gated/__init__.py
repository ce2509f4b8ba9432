"""Gated networks trained by gradient descent: no formula of the theory, only gradients."""
