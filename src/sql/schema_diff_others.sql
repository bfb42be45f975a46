-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- All that is neither relation, function nor type. OIDs below 16384 are initdb's (access/transam.h).
SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'schema' AS kind,
       ''::text AS schema, o.nspname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.nspname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.nspowner),
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(o.nspacl, pg_catalog.acldefault('n', o.nspowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = o.nspowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(o.nspacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('n', 10)) AS z WHERE z.grantee = 10)
                                         OR o.nspacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_namespace')) AS properties
  FROM pg_catalog.pg_namespace AS o
 WHERE o.nspname !~ '^pg_' AND o.nspname NOT IN ('information_schema', 'pgbaton') AND o.nspname <> 'public'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'extension' AS kind,
       ''::text AS schema, o.extname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.extname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'version', o.extversion,
           'schema', (SELECT s.nspname FROM pg_catalog.pg_namespace AS s WHERE s.oid = o.extnamespace),
           'comment', pg_catalog.obj_description(o.oid, 'pg_extension')) AS properties
  FROM pg_catalog.pg_extension AS o
 WHERE o.extname NOT LIKE 'pgbaton%' AND o.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_language'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'language' AS kind,
       ''::text AS schema, o.lanname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.lanname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.lanowner),
           'trusted', o.lanpltrusted,
           'handler', o.lanplcallfoid::pg_catalog.regprocedure::text,
           'inline', o.laninline::pg_catalog.regprocedure::text,
           'validator', o.lanvalidator::pg_catalog.regprocedure::text,
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(o.lanacl, pg_catalog.acldefault('l', o.lanowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = o.lanowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(o.lanacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('l', 10)) AS z WHERE z.grantee = 10)
                                         OR o.lanacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_language')) AS properties
  FROM pg_catalog.pg_language AS o
 WHERE o.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_language'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'collation' AS kind,
       n.nspname::text AS schema, o.collname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.collname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.collowner),
           'provider', CASE j.r ->> 'collprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' ELSE 'default' END,
           'locale', CASE j.r ->> 'collprovider' WHEN 'c' THEN pg_catalog.concat_ws(', ', j.r ->> 'collcollate', NULLIF(j.r ->> 'collctype', j.r ->> 'collcollate'))
                                                 ELSE COALESCE(j.r ->> 'colllocale', j.r ->> 'colliculocale', j.r ->> 'collcollate') END,
           'rules', j.r ->> 'collicurules', 'deterministic', COALESCE(j.r ->> 'collisdeterministic', 'true'),
           'comment', pg_catalog.obj_description(o.oid, 'pg_collation')) AS properties
  FROM pg_catalog.pg_collation AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.collnamespace
 CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(o)) AS j (r)
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'conversion' AS kind,
       n.nspname::text AS schema, o.conname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.conname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.conowner),
           'definition', pg_catalog.concat(pg_catalog.pg_encoding_to_char(o.conforencoding), ' to ', pg_catalog.pg_encoding_to_char(o.contoencoding), ' by ', o.conproc),
           'default', o.condefault,
           'comment', pg_catalog.obj_description(o.oid, 'pg_conversion')) AS properties
  FROM pg_catalog.pg_conversion AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.connamespace
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_conversion'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'operator' AS kind,
       n.nspname::text AS schema, o.oprname || '(' || COALESCE(pg_catalog.format_type(NULLIF(o.oprleft, 0), NULL), 'NONE') || ', ' || COALESCE(pg_catalog.format_type(NULLIF(o.oprright, 0), NULL), 'NONE') || ')'::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%s(%s, %s)', n.nspname, o.oprname, COALESCE(pg_catalog.format_type(NULLIF(o.oprleft, 0), NULL), 'NONE'), COALESCE(pg_catalog.format_type(NULLIF(o.oprright, 0), NULL), 'NONE')) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.oprowner),
           'function', o.oprcode::pg_catalog.regprocedure::text,
           'merges', o.oprcanmerge,
           'hashes', o.oprcanhash,
           'commutator', NULLIF(o.oprcom, 0)::pg_catalog.regoperator::text,
           'negator', NULLIF(o.oprnegate, 0)::pg_catalog.regoperator::text,
           'restrict', NULLIF(o.oprrest::text, '-'),
           'join', NULLIF(o.oprjoin::text, '-'),
           'comment', pg_catalog.obj_description(o.oid, 'pg_operator')) AS properties
  FROM pg_catalog.pg_operator AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
 WHERE o.oid >= 16384 AND o.oprcode <> 0
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'operator family' AS kind,
       n.nspname::text AS schema, o.opfname || ' for ' || m.amname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I USING %I', n.nspname, o.opfname, m.amname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.opfowner),
           'operators', (SELECT pg_catalog.json_agg(pg_catalog.concat(e.amopstrategy, ' ', e.amopopr::pg_catalog.regoperator, ' ', e.amoppurpose, ' ' || f.opfname) ORDER BY e.amopstrategy, e.amopopr::pg_catalog.regoperator::text COLLATE pg_catalog."C")
                           FROM pg_catalog.pg_amop AS e LEFT JOIN pg_catalog.pg_opfamily AS f ON f.oid = e.amopsortfamily WHERE e.amopfamily = o.oid),
           'functions', (SELECT pg_catalog.json_agg(x.item ORDER BY x.item COLLATE pg_catalog."C")
                           FROM (SELECT pg_catalog.concat(e.amprocnum, ' (', pg_catalog.format_type(e.amproclefttype, NULL), ', ', pg_catalog.format_type(e.amprocrighttype, NULL), ') ', e.amproc::pg_catalog.regprocedure)
                                   FROM pg_catalog.pg_amproc AS e WHERE e.amprocfamily = o.oid) AS x (item)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_opfamily')) AS properties
  FROM pg_catalog.pg_opfamily AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.opfnamespace
  JOIN pg_catalog.pg_am AS m ON m.oid = o.opfmethod
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'operator class' AS kind,
       n.nspname::text AS schema, o.opcname || ' for ' || m.amname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I USING %I', n.nspname, o.opcname, m.amname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.opcowner),
           'definition', pg_catalog.concat(CASE WHEN o.opcdefault THEN 'DEFAULT ' END, 'FOR TYPE ', pg_catalog.format_type(o.opcintype, NULL), ' FAMILY ', f.opfname, ' STORAGE ' || pg_catalog.format_type(NULLIF(o.opckeytype, 0), NULL)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_opclass')) AS properties
  FROM pg_catalog.pg_opclass AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.opcnamespace
  JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod
  JOIN pg_catalog.pg_opfamily AS f ON f.oid = o.opcfamily
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_am'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'access method' AS kind,
       ''::text AS schema, o.amname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.amname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'type', CASE o.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END,
           'handler', o.amhandler::text,
           'comment', pg_catalog.obj_description(o.oid, 'pg_am')) AS properties
  FROM pg_catalog.pg_am AS o
 WHERE o.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_am'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'cast' AS kind,
       ''::text AS schema, pg_catalog.format_type(o.castsource, NULL) || ' as ' || pg_catalog.format_type(o.casttarget, NULL)::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('(%s AS %s)', pg_catalog.format_type(o.castsource, NULL), pg_catalog.format_type(o.casttarget, NULL)) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'function', NULLIF(o.castfunc, 0)::pg_catalog.regprocedure::text,
           'context', CASE o.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'ASSIGNMENT' ELSE 'IMPLICIT' END,
           'method', CASE o.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'INOUT' ELSE 'binary' END,
           'comment', pg_catalog.obj_description(o.oid, 'pg_cast')) AS properties
  FROM pg_catalog.pg_cast AS o
 WHERE o.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'text search parser' AS kind,
       n.nspname::text AS schema, o.prsname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.prsname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'functions', pg_catalog.concat_ws(', ', o.prsstart, o.prstoken, o.prsend, o.prsheadline, o.prslextype),
           'comment', pg_catalog.obj_description(o.oid, 'pg_ts_parser')) AS properties
  FROM pg_catalog.pg_ts_parser AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.prsnamespace
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_ts_parser'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'text search template' AS kind,
       n.nspname::text AS schema, o.tmplname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.tmplname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'functions', pg_catalog.concat_ws(', ', o.tmplinit, o.tmpllexize),
           'comment', pg_catalog.obj_description(o.oid, 'pg_ts_template')) AS properties
  FROM pg_catalog.pg_ts_template AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.tmplnamespace
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'text search dictionary' AS kind,
       n.nspname::text AS schema, o.dictname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.dictname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.dictowner),
           'template', t.tmplname,
           'options', o.dictinitoption,
           'comment', pg_catalog.obj_description(o.oid, 'pg_ts_dict')) AS properties
  FROM pg_catalog.pg_ts_dict AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.dictnamespace
  JOIN pg_catalog.pg_ts_template AS t ON t.oid = o.dicttemplate
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'text search configuration' AS kind,
       n.nspname::text AS schema, o.cfgname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.cfgname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.cfgowner),
           'parser', p.prsname,
           'mappings', (SELECT pg_catalog.json_agg(x.alias || pg_catalog.chr(31) || ' WITH ' || pg_catalog.chr(31) || x.dicts ORDER BY x.alias COLLATE pg_catalog."C")
                          FROM (SELECT k.alias, pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY m.mapseqno)
                                  FROM pg_catalog.pg_ts_config_map AS m JOIN pg_catalog.ts_token_type(o.cfgparser) AS k ON k.tokid = m.maptokentype
                                 WHERE m.mapcfg = o.oid GROUP BY k.alias) AS x (alias, dicts)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_ts_config')) AS properties
  FROM pg_catalog.pg_ts_config AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.cfgnamespace
  JOIN pg_catalog.pg_ts_parser AS p ON p.oid = o.cfgparser
 WHERE o.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'foreign-data wrapper' AS kind,
       ''::text AS schema, o.fdwname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.fdwname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.fdwowner),
           'handler', NULLIF(o.fdwhandler, 0)::pg_catalog.regproc::text,
           'validator', NULLIF(o.fdwvalidator, 0)::pg_catalog.regproc::text,
           'options', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(o.fdwoptions) AS u),
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(o.fdwacl, pg_catalog.acldefault('F', o.fdwowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = o.fdwowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(o.fdwacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('F', 10)) AS z WHERE z.grantee = 10)
                                         OR o.fdwacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_foreign_data_wrapper')) AS properties
  FROM pg_catalog.pg_foreign_data_wrapper AS o
 WHERE o.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'server' AS kind,
       ''::text AS schema, o.srvname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.srvname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.srvowner),
           'wrapper', w.fdwname,
           'type', o.srvtype,
           'version', o.srvversion,
           'options', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(o.srvoptions) AS u),
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(o.srvacl, pg_catalog.acldefault('S', o.srvowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = o.srvowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(o.srvacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('S', 10)) AS z WHERE z.grantee = 10)
                                         OR o.srvacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(o.oid, 'pg_foreign_server')) AS properties
  FROM pg_catalog.pg_foreign_server AS o
  JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = o.srvfdw
 WHERE o.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
-- the view shows the options to those only who may see them
SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.umid::pg_catalog.int8 AS oid, 'user mapping' AS kind,
       ''::text AS schema, o.usename || ' on ' || o.srvname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('FOR %s SERVER %I', CASE WHEN o.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(o.usename) END, o.srvname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'options', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(o.umoptions) AS u)) AS properties
  FROM pg_catalog.pg_user_mappings AS o
 WHERE true
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_user_mapping'::pg_catalog.regclass AND d.objid = o.umid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'event trigger' AS kind,
       ''::text AS schema, o.evtname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.quote_ident(o.evtname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.evtowner),
           'event', o.evtevent,
           'function', o.evtfoid::pg_catalog.regprocedure::text,
           'tags', (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(u), ', ' ORDER BY u COLLATE pg_catalog."C") FROM pg_catalog.unnest(o.evttags) AS u),
           'enabled', CASE o.evtenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
           'comment', pg_catalog.obj_description(o.oid, 'pg_event_trigger')) AS properties
  FROM pg_catalog.pg_event_trigger AS o
 WHERE o.evtname !~ '^pgbaton_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'statistics object' AS kind,
       n.nspname::text AS schema, o.stxname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, o.stxname) AS self, NULL::text AS host, pg_catalog.pg_get_statisticsobjdef(o.oid)::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(o.stxowner),
           'definition', pg_catalog.pg_get_statisticsobjdef(o.oid),
           'statistics', NULLIF(pg_catalog.to_jsonb(o) ->> 'stxstattarget', '-1'),
           'comment', pg_catalog.obj_description(o.oid, 'pg_statistic_ext')) AS properties
  FROM pg_catalog.pg_statistic_ext AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.stxnamespace
 WHERE true
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'transform' AS kind,
       ''::text AS schema, pg_catalog.format_type(o.trftype, NULL) || ' for ' || l.lanname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('FOR %s LANGUAGE %I', pg_catalog.format_type(o.trftype, NULL), l.lanname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'from sql', NULLIF(o.trffromsql, 0)::pg_catalog.regprocedure::text,
           'to sql', NULLIF(o.trftosql, 0)::pg_catalog.regprocedure::text,
           'comment', pg_catalog.obj_description(o.oid, 'pg_transform')) AS properties
  FROM pg_catalog.pg_transform AS o
  JOIN pg_catalog.pg_language AS l ON l.oid = o.trflang
 WHERE true
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_transform'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, o.oid::pg_catalog.int8 AS oid, 'default privileges' AS kind,
       ''::text AS schema, (x.objects || ' of ' || pg_catalog.pg_get_userbyid(o.defaclrole) || COALESCE(' in schema ' || s.nspname, ''))::text AS name,
       NULL::text AS parent, false AS optional,
       pg_catalog.format('FOR ROLE %I', pg_catalog.pg_get_userbyid(o.defaclrole)) || CASE WHEN s.nspname IS NULL THEN '' ELSE pg_catalog.format(' IN SCHEMA %I', s.nspname) END AS self,
       pg_catalog.upper(x.objects) AS host, NULL::text AS ddl,
       pg_catalog.json_build_object('owner', pg_catalog.pg_get_userbyid(o.defaclrole), 
           -- what is so when there is no such row
           'built-in', CASE WHEN o.defaclnamespace = 0 AND o.defaclobjtype IN ('f', 'T')
                            THEN pg_catalog.json_build_array(pg_catalog.concat_ws(pg_catalog.chr(31), 'ALL', ' TO ', 'PUBLIC', ''), pg_catalog.concat_ws(pg_catalog.chr(31), 'ALL', ' TO ', '{owner}', ''))
                            WHEN o.defaclnamespace = 0 THEN pg_catalog.json_build_array(pg_catalog.concat_ws(pg_catalog.chr(31), 'ALL', ' TO ', '{owner}', '')) END,
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(o.defaclacl) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = o.defaclrole THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(o.defaclacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault(CASE o.defaclobjtype WHEN 'S' THEN 's' ELSE o.defaclobjtype END, 10)) AS z WHERE z.grantee = 10)
                                         OR o.defaclacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item))) AS properties
  FROM pg_catalog.pg_default_acl AS o
  LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = o.defaclnamespace
 CROSS JOIN LATERAL (SELECT CASE o.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
                                 WHEN 'n' THEN 'schemas' ELSE 'large objects' END) AS x (objects)
 WHERE s.nspname IS DISTINCT FROM 'pgbaton'
