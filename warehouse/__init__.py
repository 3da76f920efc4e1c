"""The disk and its promises: schemas, errors, raw landing, tables, checks and the published Parquet files."""
