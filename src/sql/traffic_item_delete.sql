DELETE FROM pgbaton_traffic.item WHERE id = $1
