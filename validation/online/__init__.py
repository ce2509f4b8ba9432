"""Students of finite size that learn from a teacher, example by example: no formula of the theory."""
