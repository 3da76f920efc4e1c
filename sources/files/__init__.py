"""Files that libraries have: where they lie, tables in CSV and XLSX, dates and figures in their cells."""
