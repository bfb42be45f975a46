-- Replaces one TOASTed value and leaves the other.
UPDATE pgbaton_traffic.document SET changed = $2, title = $3, body = $4 WHERE id = $1
