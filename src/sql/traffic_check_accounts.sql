SELECT a.id, a.balance FROM pgbaton_traffic.account AS a ORDER BY a.id
