"""Files of rows: CSV, JSON, Parquet, Arrow, Excel."""
