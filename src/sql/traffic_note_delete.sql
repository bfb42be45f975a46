DELETE FROM pgbaton_traffic.note WHERE run = $1 AND writer = $2 AND n = $3 AND slot = $4
