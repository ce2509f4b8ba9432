"""Manifolds of finite number in spaces of finite dimension: placed at random, told apart by convex programs."""
