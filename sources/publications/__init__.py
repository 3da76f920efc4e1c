"""A log of publications, in a table or as references: one row per item, counted once however often it is listed."""
