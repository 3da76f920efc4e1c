"""Storage: schemas, errors, raw landing, Delta tables, ledgers, checks and the published Parquet files."""
