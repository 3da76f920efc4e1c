"""The published tables in other forms: a workbook, CSV files, and files of DuckDB, SQLite and Tableau."""
