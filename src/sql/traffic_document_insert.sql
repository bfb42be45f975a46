INSERT INTO pgbaton_traffic.document (run, writer, n, slot, changed, title, body, data)
VALUES ($1, $2, $3, $4, $3, $5, $6, $7) RETURNING id
