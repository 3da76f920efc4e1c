"""Totals estimated from sample weeks, and how their error affects a verdict."""
