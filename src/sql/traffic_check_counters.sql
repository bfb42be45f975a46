SELECT c.run, c.writer, c.value, c.last_n FROM pgbaton_traffic.counter AS c ORDER BY c.run, c.writer
