-- What the slot $1 would send of one transaction, by the messages of pgoutput. $2 publications as a list of identifiers; $3 where to stop, or null; $4 how many messages to
-- look at, or null; $5 the final position of the transaction (of its commit), or null: then it is the first that changes something and ends after $6.
-- Sources: "Logical Replication Message Formats".
WITH m AS (
    SELECT pg_catalog.row_number() OVER () AS n, p.xid, p.data, pg_catalog.chr(pg_catalog.get_byte(p.data, 0)) AS kind,
           pg_catalog.encode(p.data, 'hex') AS hex
      FROM pg_catalog.pg_logical_slot_peek_binary_changes($1, $3::pg_catalog.pg_lsn, $4::integer, 'proto_version', '1', 'publication_names', $2) AS p),
b AS (
    SELECT m.n, m.xid, (pg_catalog.substr(m.hex, 3, 8) || '/' || pg_catalog.substr(m.hex, 11, 8))::pg_catalog.pg_lsn AS final,
           ('x' || pg_catalog.substr(m.hex, 19, 16))::bit(64)::bigint AS committed_us,
           (SELECT pg_catalog.min(c.n) FROM m AS c WHERE c.kind = 'C' AND c.n > m.n) AS last
      FROM m WHERE m.kind = 'B'),
t AS (
    SELECT b.n, b.xid, b.final, b.last, b.committed_us, (pg_catalog.substr(c.hex, 21, 8) || '/' || pg_catalog.substr(c.hex, 29, 8))::pg_catalog.pg_lsn AS ending
      FROM b JOIN m AS c ON c.n = b.last
     WHERE b.final = $5::pg_catalog.pg_lsn
        OR ($5 IS NULL AND b.final >= $6::pg_catalog.pg_lsn
            AND EXISTS (SELECT FROM m AS x WHERE x.n > b.n AND x.n < b.last AND x.kind IN ('I', 'U', 'D', 'T')))
     ORDER BY b.n
     LIMIT 1),
changes AS (
    SELECT m.n, m.kind, m.hex,
           ('x' || pg_catalog.substr(m.hex, CASE m.kind WHEN 'T' THEN 13 ELSE 3 END, 8))::bit(32)::bigint::pg_catalog.oid AS relation
      FROM t JOIN m ON m.n > t.n AND m.n < t.last
     WHERE m.kind IN ('I', 'U', 'D', 'T'))
SELECT 0 AS part, t.xid, t.final, t.ending,
       pg_catalog.to_char('2000-01-01 00:00:00'::timestamp + t.committed_us * '1 microsecond'::interval, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS committed,
       NULL AS kind, NULL AS nspname, NULL AS relname, NULL::bigint AS count, NULL AS hex, 0 AS position
  FROM t
UNION ALL
SELECT 1, NULL, NULL, NULL, NULL, x.kind, n.nspname, COALESCE(c.relname, x.relation::text), x.count, NULL, x.position
  FROM (SELECT g.kind, g.relation, pg_catalog.count(*) AS count, pg_catalog.min(g.n) AS position FROM changes AS g GROUP BY g.kind, g.relation) AS x
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = x.relation
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
UNION ALL
SELECT 2, NULL, NULL, NULL, NULL, r.kind, NULL, NULL, NULL, r.hex, r.n
  FROM m AS r
 WHERE r.kind = 'R' AND r.n < (SELECT t.last FROM t)
   AND pg_catalog.substr(r.hex, 3, 8) IN (SELECT pg_catalog.substr(x.hex, 3, 8) FROM changes AS x)
UNION ALL
SELECT * FROM (
    SELECT 3, NULL::pg_catalog.xid, NULL::pg_catalog.pg_lsn, NULL::pg_catalog.pg_lsn, NULL, x.kind, NULL, NULL, NULL::bigint, x.hex, x.n
      FROM changes AS x WHERE x.kind IN ('I', 'U', 'D') ORDER BY x.n LIMIT 3) AS first_rows
 ORDER BY part, position
