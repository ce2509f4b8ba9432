"""The question: frozen statements of the physics, checked on construction."""
