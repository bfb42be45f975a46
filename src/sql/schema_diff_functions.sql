-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Functions, procedures and aggregates.
SELECT v.*
  FROM (SELECT ''::text AS prokind, NULL::text AS prosqlbody, NULL::text AS prosupport) AS lacking
 CROSS JOIN LATERAL (
SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, p.oid::pg_catalog.int8 AS oid, x.kind AS kind,
       n.nspname::text AS schema, p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS self, NULL::text AS host, CASE WHEN x.kind <> 'aggregate' THEN pg_catalog.pg_get_functiondef(p.oid) END::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(p.proowner),
           'arguments', pg_catalog.pg_get_function_arguments(p.oid), 'result', pg_catalog.pg_get_function_result(p.oid),
           'language', l.lanname, 'body', CASE WHEN x.kind = 'aggregate' THEN NULL WHEN prosqlbody IS NULL THEN p.prosrc ELSE pg_catalog.pg_get_functiondef(p.oid) END, 'library', p.probin,
           'window', prokind::text = 'w',
           'volatility', CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
           'strict', p.proisstrict, 'security definer', p.prosecdef, 'leakproof', p.proleakproof,
           'parallel', CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END,
           'cost', p.procost, 'rows', p.prorows, 'settings', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(p.proconfig) AS u),
           'support', NULLIF(prosupport::text, '-'),
           'aggregate', CASE WHEN x.kind = 'aggregate' THEN
                        (SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('kind', g.aggkind, 'sfunc', g.aggtransfn, 'stype', pg_catalog.format_type(g.aggtranstype, NULL), 'sspace', NULLIF(g.aggtransspace, 0),
                                'initcond', g.agginitval, 'finalfunc', NULLIF(g.aggfinalfn::text, '-'), 'finalfunc_extra', NULLIF(g.aggfinalextra, false),
                                'finalfunc_modify', NULLIF(COALESCE(pg_catalog.to_jsonb(g) ->> 'aggfinalmodify', CASE WHEN g.aggkind = 'n' THEN 'r' ELSE 'w' END), 'r'),
                                'combinefunc', NULLIF(g.aggcombinefn::text, '-'), 'serialfunc', NULLIF(g.aggserialfn::text, '-'), 'deserialfunc', NULLIF(g.aggdeserialfn::text, '-'),
                                'msfunc', NULLIF(g.aggmtransfn::text, '-'), 'minvfunc', NULLIF(g.aggminvtransfn::text, '-'), 'mstype', NULLIF(g.aggmtranstype, 0)::pg_catalog.regtype,
                                'msspace', NULLIF(g.aggmtransspace, 0), 'mfinalfunc', NULLIF(g.aggmfinalfn::text, '-'), 'mfinalfunc_extra', NULLIF(g.aggmfinalextra, false),
                                'minitcond', g.aggminitval, 'sortop', NULLIF(g.aggsortop, 0)::pg_catalog.regoperator))::text
                           FROM pg_catalog.pg_aggregate AS g WHERE g.aggfnoid = p.oid) END,
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = p.proowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(p.proacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('f', 10)) AS z WHERE z.grantee = 10)
                                         OR p.proacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(p.oid, 'pg_proc')) AS properties
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
 CROSS JOIN LATERAL (SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_aggregate AS g WHERE g.aggfnoid = p.oid) THEN 'aggregate'
                                 WHEN prokind::text = 'p' THEN 'procedure' ELSE 'function' END) AS x (kind)
 WHERE p.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))) AS v
