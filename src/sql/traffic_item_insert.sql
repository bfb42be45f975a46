INSERT INTO pgbaton_traffic.item (run, writer, n, slot, changed, quantity, label)
VALUES ($1, $2, $3, $4, $3, $5, $6) RETURNING id
