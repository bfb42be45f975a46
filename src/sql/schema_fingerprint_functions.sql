-- [catalog, oid, kind, schema, name, md5] of functions, procedures and aggregates. Columns that older versions lack are read through to_jsonb.
-- Those that come with a type (a range's constructors) depend on it internally. OIDs below 16384 are initdb's (access/transam.h).
SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, p.oid::pg_catalog.int8,
       CASE WHEN g.aggfnoid IS NOT NULL THEN 'aggregate' WHEN pg_catalog.to_jsonb(p) ->> 'prokind' = 'p' THEN 'procedure' ELSE 'function' END,
       n.nspname, p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
       pg_catalog.md5(ROW(
           pg_catalog.pg_get_userbyid(p.proowner),
           (SELECT pg_catalog.string_agg(u::text, ',' ORDER BY u::text COLLATE pg_catalog."C")
              FROM pg_catalog.unnest(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS u),
           CASE WHEN g.aggfnoid IS NULL THEN pg_catalog.pg_get_functiondef(p.oid)
                ELSE ROW(pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid), p.proparallel,
                         g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn,
                         g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra,
                         pg_catalog.to_jsonb(g) ->> 'aggfinalmodify', pg_catalog.to_jsonb(g) ->> 'aggmfinalmodify',
                         g.aggsortop::pg_catalog.regoperator, pg_catalog.format_type(g.aggtranstype, NULL), g.aggtransspace,
                         pg_catalog.format_type(g.aggmtranstype, NULL), g.aggmtransspace, g.agginitval, g.aggminitval)::text END)::text)
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = p.oid
 WHERE p.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
