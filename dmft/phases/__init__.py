"""Maps over parameters: phase diagrams and critical lines."""
