"""Many libraries in one go: their runs, and what they have in common."""
