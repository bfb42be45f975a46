-- One init at a time; the number is only this program's.
SELECT pg_catalog.pg_advisory_xact_lock(7224316905513)
