-- The current database, as JSON text. Columns that older versions lack are read through to_jsonb.
SELECT pg_catalog.json_build_object(
           'owner', r.rolname, 'encoding', pg_catalog.pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
           'provider', COALESCE(j.row ->> 'datlocprovider', 'c'),
           'locale', COALESCE(j.row ->> 'datlocale', j.row ->> 'daticulocale'), 'rules', j.row ->> 'daticurules',
           'connlimit', d.datconnlimit, 'tablespace', t.spcname,
           'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
           'acl', (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
                              'grantee', CASE WHEN a.grantee = d.datdba THEN ''
                                              WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.rolname) END,
                              'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
                     FROM pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a
                     LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
                    WHERE (a.grantee = 0 OR g.oid IS NOT NULL) AND a.grantor = d.datdba))::text
  FROM pg_catalog.pg_database AS d
  JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba
  JOIN pg_catalog.pg_tablespace AS t ON t.oid = d.dattablespace
 CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(d) AS row) AS j
 WHERE d.datname = pg_catalog.current_database()
