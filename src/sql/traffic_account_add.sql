UPDATE pgbaton_traffic.account SET balance = balance + $2 WHERE id = $1
