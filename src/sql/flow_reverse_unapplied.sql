-- $1 slot, which nobody uses, $2 publications as pgoutput takes them, $3 up to which commit they were applied: how many transactions with changes
-- are later. The first byte of a message is its kind (protocol-logicalrep-message-formats).
SELECT pg_catalog.count(*)
  FROM (SELECT c.xid
          FROM pg_catalog.pg_logical_slot_peek_binary_changes($1, NULL, NULL, 'proto_version', '1', 'publication_names', $2) AS c
         GROUP BY c.xid::text, c.xid
        HAVING pg_catalog.bool_or(pg_catalog.get_byte(c.data, 0) IN (73, 85, 68, 84)) AND pg_catalog.bool_or(c.lsn > $3::pg_catalog.pg_lsn)) AS t
