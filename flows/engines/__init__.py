"""Engines that compute the heavy reductions: DuckDB in this process, Spark, or another backend of Ibis."""
