INSERT INTO pgbaton_traffic.txn (run, writer, n, payload) VALUES ($1, $2, $3, $4) RETURNING ticket
