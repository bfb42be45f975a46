-- Owner, grants and comment of large objects, as the statements that make them. $1 first, $2 last OID
SELECT s.oid, s.kind, s.statement
  FROM (SELECT m.oid, 1 AS kind,
               pg_catalog.format('ALTER LARGE OBJECT %s OWNER TO %I', m.oid, pg_catalog.pg_get_userbyid(m.lomowner)) AS statement
          FROM pg_catalog.pg_largeobject_metadata AS m
        UNION ALL
        SELECT m.oid, 2,
               pg_catalog.format('GRANT %s ON LARGE OBJECT %s TO %s%s', a.privilege_type, m.oid,
                                 CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
                                 CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM pg_catalog.pg_largeobject_metadata AS m, LATERAL pg_catalog.aclexplode(m.lomacl) AS a
         WHERE a.grantee <> m.lomowner
        UNION ALL
        SELECT m.oid, 3, pg_catalog.format('COMMENT ON LARGE OBJECT %s IS %L', m.oid, d.description)
          FROM pg_catalog.pg_largeobject_metadata AS m
          JOIN pg_catalog.pg_description AS d ON d.objoid = m.oid AND d.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass) AS s
 WHERE s.oid >= $1::oid AND s.oid <= $2::oid
 ORDER BY s.oid, s.kind, s.statement COLLATE "C"
