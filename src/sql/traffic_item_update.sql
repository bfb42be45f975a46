UPDATE pgbaton_traffic.item SET changed = $2, quantity = $3, label = $4 WHERE id = $1
