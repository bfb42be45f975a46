UPDATE pgbaton_traffic.counter SET value = value + 1 WHERE run = 0 AND writer = $1
