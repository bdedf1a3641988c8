"""The steps that bring an older database up to the tables of `storage.rows`; run whenever it is opened."""
