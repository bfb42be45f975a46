-- Leaves both TOASTed values as they are: the change stream then does not hold them.
UPDATE pgbaton_traffic.document SET changed = $2, title = $3 WHERE id = $1
