DECLARE pgbaton_traffic_check NO SCROLL CURSOR FOR
SELECT t.run, t.writer, t.n, t.ticket, pg_catalog.md5(t.payload) FROM pgbaton_traffic.txn AS t
