"""Collect, assess and publish as plain functions, and the one refresh that says their order."""
