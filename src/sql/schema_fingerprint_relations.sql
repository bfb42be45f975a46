-- $1: include patterns, $2: exclude patterns (filter.h), $3: which of r, p, v, m, f (pg_class.relkind), as an array
-- [catalog, oid, kind, schema, name, md5] of relations with all that is dumped with them: columns, indexes, constraints, triggers, rules,
-- policies, options, owner, grants. Left out are the data, tablespaces, and what maintenance changes.
-- A table that was dropped and made again is another one, which is not replicated: hence its OID, and the numbers of its columns. OIDs stand
-- for what cannot be made again without making the relation again, too; deparsing them all would take three times as long.
-- An unqualified column is the catalog's if this version has it, else that of "lacking". Reading it through to_jsonb takes too long here.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, c.oid::pg_catalog.int8,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
       n.nspname, c.relname,
       pg_catalog.md5(ROW(
           CASE WHEN c.relkind IN ('r', 'p') THEN c.oid END,
           c.relkind, c.relpersistence, c.relreplident, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
           pg_catalog.pg_get_userbyid(c.relowner),
           -- a REVOKE of what was granted leaves the default written out, and any order
           (SELECT pg_catalog.string_agg(u::text, ',' ORDER BY u::text COLLATE pg_catalog."C")
              FROM pg_catalog.unnest(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS u),
           c.relam, c.reloftype,
           CASE WHEN c.reltoastrelid <> 0 THEN (SELECT t.reloptions FROM pg_catalog.pg_class AS t WHERE t.oid = c.reltoastrelid) END,
           CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
           CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
           CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
           CASE WHEN c.relkind = 'f'
                THEN (SELECT ROW(s.srvname, f.ftoptions)::text
                        FROM pg_catalog.pg_foreign_table AS f
                        JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
                       WHERE f.ftrelid = c.oid) END,
           (SELECT pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ',' ORDER BY i.inhseqno)
              FROM pg_catalog.pg_inherits AS i
             WHERE i.inhrelid = c.oid),
           (SELECT pg_catalog.string_agg(
                       ROW(a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, a.attidentity, attgenerated,
                           a.attstorage, attcompression, a.attstattarget, a.attfdwoptions,
                           -- 15.20 and its like keep a note of their own there (tools.h), on every column
                           CASE WHEN NOT (pg_catalog.cardinality(a.attoptions) = 1 AND a.attoptions[1] LIKE 'pg\_attver=%')
                                THEN (SELECT pg_catalog.array_agg(u ORDER BY u COLLATE pg_catalog."C")
                                        FROM pg_catalog.unnest(a.attoptions) AS u
                                       WHERE u NOT LIKE 'pg\_attver=%') END,
                           CASE WHEN a.atthasdef
                                THEN (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                                        FROM pg_catalog.pg_attrdef AS d
                                       WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END,
                           CASE WHEN a.attacl IS NOT NULL
                                THEN (SELECT pg_catalog.string_agg(u::text, ',' ORDER BY u::text COLLATE pg_catalog."C")
                                        FROM pg_catalog.unnest(a.attacl) AS u) END,
                           -- a label that the target's type lacks would stop the subscription
                           CASE WHEN a.atttypid >= 16384
                                THEN (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder)
                                        FROM pg_catalog.pg_type AS y
                                        JOIN pg_catalog.pg_enum AS e ON e.enumtypid IN (y.oid, y.typelem, y.typbasetype)
                                       WHERE y.oid = a.atttypid) END)::text, ',' ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
           -- those not valid are not dumped, and come and go with CREATE INDEX and REINDEX CONCURRENTLY
           CASE WHEN c.relhasindex
                THEN (SELECT pg_catalog.string_agg(
                                 ROW(o.relname, o.relam, o.reloptions, x.indkey, indnkeyatts, x.indclass, x.indcollation, x.indoption,
                                     x.indisunique, indnullsnotdistinct, x.indisprimary, x.indisexclusion, x.indimmediate, x.indisreplident,
                                     CASE WHEN x.indexprs IS NOT NULL OR x.indpred IS NOT NULL
                                          THEN pg_catalog.pg_get_indexdef(x.indexrelid) END,
                                     CASE WHEN o.relispartition
                                          THEN (SELECT i.inhparent::pg_catalog.regclass
                                                  FROM pg_catalog.pg_inherits AS i
                                                 WHERE i.inhrelid = o.oid) END)::text, ',' ORDER BY o.relname::text COLLATE pg_catalog."C")
                        FROM pg_catalog.pg_index AS x
                        JOIN pg_catalog.pg_class AS o ON o.oid = x.indexrelid
                       WHERE x.indrelid = c.oid AND (x.indisvalid OR c.relkind = 'p')) END,
           (SELECT pg_catalog.string_agg(
                       ROW(k.conname, k.contype, k.conkey, k.condeferrable, k.condeferred, k.convalidated, k.connoinherit,
                           CASE WHEN k.contype IN ('c', 'f', 'x') THEN pg_catalog.pg_get_constraintdef(k.oid) END)::text, ','
                       ORDER BY k.conname::text COLLATE pg_catalog."C")
              FROM pg_catalog.pg_constraint AS k
             WHERE k.conrelid = c.oid AND k.contype <> 't'),
           CASE WHEN c.relhastriggers
                THEN (SELECT pg_catalog.string_agg(ROW(t.tgname, t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid))::text, ','
                                                   ORDER BY t.tgname::text COLLATE pg_catalog."C")
                        FROM pg_catalog.pg_trigger AS t
                       WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) END,
           CASE WHEN c.relhasrules
                THEN (SELECT pg_catalog.string_agg(ROW(w.ev_enabled, pg_catalog.pg_get_ruledef(w.oid))::text, ','
                                                   ORDER BY w.rulename::text COLLATE pg_catalog."C")
                        FROM pg_catalog.pg_rewrite AS w
                       WHERE w.ev_class = c.oid AND w.rulename <> '_RETURN') END,
           (SELECT pg_catalog.string_agg(
                       ROW(p.polname, p.polcmd, p.polpermissive,
                           (SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(r), ','
                                                         ORDER BY pg_catalog.pg_get_userbyid(r)::text COLLATE pg_catalog."C")
                              FROM pg_catalog.unnest(p.polroles) AS r),
                           pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))::text,
                       ',' ORDER BY p.polname::text COLLATE pg_catalog."C")
              FROM pg_catalog.pg_policy AS p
             WHERE p.polrelid = c.oid))::text)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN (SELECT NULL::text AS attgenerated, NULL::text AS attcompression, NULL::text AS indnkeyatts, NULL::text AS indnullsnotdistinct) AS lacking
 WHERE c.relkind = ANY ($3::pg_catalog."char"[]) AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND (c.relkind IN ('v', 'm') OR pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) = 0
        OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1))
   AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
