-- $1 the positions as repl_origin_status reads them. The origin of a subscription is pg_OID, that of a table it copies pg_OID_RELATION.
SELECT o.roname AS name, o.roident AS id, p.remote_lsn, p.local_lsn, d.datname AS database, s.subname::text AS subscription,
       pg_catalog.strpos(pg_catalog.substr(o.roname, 4), '_') > 0 AND s.oid IS NOT NULL AS of_table
  FROM pg_catalog.pg_replication_origin AS o
  LEFT JOIN pg_catalog.pg_subscription AS s ON s.oid::text = pg_catalog.substring(o.roname, '^pg_([0-9]+)(?:_[0-9]+)?$')
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
  LEFT JOIN pg_catalog.jsonb_to_recordset($1::jsonb) AS p (external_id text, remote_lsn pg_catalog.pg_lsn, local_lsn pg_catalog.pg_lsn)
         ON p.external_id = o.roname
 ORDER BY o.roname
