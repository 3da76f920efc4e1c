"""Usage of e-resources from a COUNTER API (SUSHI)."""
