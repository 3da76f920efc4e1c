"""Totals estimated from counted weeks, and what their error leaves of a verdict."""
