INSERT INTO pgbaton_traffic.note (run, writer, n, slot, changed, content) VALUES ($1, $2, $3, $4, $3, $5)
