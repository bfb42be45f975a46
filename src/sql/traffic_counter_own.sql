INSERT INTO pgbaton_traffic.counter AS c (run, writer, value, last_n) VALUES ($1, $2, 1, $3)
    ON CONFLICT (run, writer) DO UPDATE SET value = c.value + 1, last_n = EXCLUDED.last_n
