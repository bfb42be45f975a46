UPDATE pgbaton_traffic.note SET changed = $5, content = $6 WHERE run = $1 AND writer = $2 AND n = $3 AND slot = $4
