-- [catalog, oid, kind, schema or '', name, md5] of all that is neither relation, function nor type. Columns that older versions lack are
-- read through to_jsonb. OIDs below 16384 are initdb's (access/transam.h), among them schema public, which is the database owner's to change.
WITH object (classid, oid, kind, namespace, name, owner, acl, state) AS (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, o.oid, 'schema', o.oid, NULL, o.nspowner,
           COALESCE(o.nspacl, pg_catalog.acldefault('n', o.nspowner)), ''
      FROM pg_catalog.pg_namespace AS o
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 'operator', o.oprnamespace,
           o.oprname || '(' || pg_catalog.format_type(o.oprleft, NULL) || ', ' || pg_catalog.format_type(o.oprright, NULL) || ')',
           o.oprowner, NULL,
           ROW(o.oprcanmerge, o.oprcanhash, pg_catalog.format_type(o.oprresult, NULL), o.oprcom::pg_catalog.regoperator,
               o.oprnegate::pg_catalog.regoperator, o.oprcode::pg_catalog.regprocedure, o.oprrest, o.oprjoin)::text
      FROM pg_catalog.pg_operator AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, 'operator class', o.opcnamespace, o.opcname || ' for ' || m.amname, o.opcowner, NULL,
           ROW(f.opfnamespace::pg_catalog.regnamespace, f.opfname, pg_catalog.format_type(o.opcintype, NULL), o.opcdefault,
               pg_catalog.format_type(o.opckeytype, NULL))::text
      FROM pg_catalog.pg_opclass AS o
      JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod
      JOIN pg_catalog.pg_opfamily AS f ON f.oid = o.opcfamily
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, 'operator family', o.opfnamespace, o.opfname || ' for ' || m.amname, o.opfowner, NULL,
           ROW((SELECT pg_catalog.string_agg(ROW(e.amopstrategy, e.amoppurpose, e.amopopr::pg_catalog.regoperator,
                                                 f.opfnamespace::pg_catalog.regnamespace, f.opfname)::text, ','
                                             ORDER BY e.amopstrategy, e.amoppurpose, e.amopopr::pg_catalog.regoperator::text COLLATE pg_catalog."C")
                  FROM pg_catalog.pg_amop AS e
                  LEFT JOIN pg_catalog.pg_opfamily AS f ON f.oid = e.amopsortfamily
                 WHERE e.amopfamily = o.oid),
               (SELECT pg_catalog.string_agg(ROW(e.amprocnum, l.name, r.name, e.amproc::pg_catalog.regprocedure)::text, ','
                                             ORDER BY e.amprocnum, l.name COLLATE pg_catalog."C", r.name COLLATE pg_catalog."C")
                  FROM pg_catalog.pg_amproc AS e
                 CROSS JOIN LATERAL (SELECT pg_catalog.format_type(e.amproclefttype, NULL)) AS l (name)
                 CROSS JOIN LATERAL (SELECT pg_catalog.format_type(e.amprocrighttype, NULL)) AS r (name)
                 WHERE e.amprocfamily = o.oid))::text
      FROM pg_catalog.pg_opfamily AS o
      JOIN pg_catalog.pg_am AS m ON m.oid = o.opfmethod
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, o.oid, 'access method', 0, o.amname, 0, NULL, ROW(o.amtype, o.amhandler)::text
      FROM pg_catalog.pg_am AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, o.oid, 'cast', 0,
           pg_catalog.format_type(o.castsource, NULL) || ' as ' || pg_catalog.format_type(o.casttarget, NULL), 0, NULL,
           ROW(o.castfunc::pg_catalog.regprocedure, o.castcontext, o.castmethod)::text
      FROM pg_catalog.pg_cast AS o
     WHERE o.oid >= 16384
    UNION ALL
    -- the version of the library (collversion) is not dumped
    SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, o.oid, 'collation', o.collnamespace, o.collname, o.collowner, NULL,
           (pg_catalog.to_jsonb(o) - '{oid,collnamespace,collowner,collversion}'::text[])::text
      FROM pg_catalog.pg_collation AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, o.oid, 'conversion', o.connamespace, o.conname, o.conowner, NULL,
           ROW(o.conforencoding, o.contoencoding, o.conproc, o.condefault)::text
      FROM pg_catalog.pg_conversion AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, o.oid, 'text search parser', o.prsnamespace, o.prsname, 0, NULL,
           ROW(o.prsstart, o.prstoken, o.prsend, o.prsheadline, o.prslextype)::text
      FROM pg_catalog.pg_ts_parser AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, o.oid, 'text search template', o.tmplnamespace, o.tmplname, 0, NULL,
           ROW(o.tmplinit, o.tmpllexize)::text
      FROM pg_catalog.pg_ts_template AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, o.oid, 'text search dictionary', o.dictnamespace, o.dictname, o.dictowner, NULL,
           ROW(t.tmplnamespace::pg_catalog.regnamespace, t.tmplname, o.dictinitoption)::text
      FROM pg_catalog.pg_ts_dict AS o
      JOIN pg_catalog.pg_ts_template AS t ON t.oid = o.dicttemplate
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, o.oid, 'text search configuration', o.cfgnamespace, o.cfgname, o.cfgowner, NULL,
           ROW(p.prsnamespace::pg_catalog.regnamespace, p.prsname,
               (SELECT pg_catalog.string_agg(ROW(m.maptokentype, m.mapdict::pg_catalog.regdictionary)::text, ',' ORDER BY m.maptokentype, m.mapseqno)
                  FROM pg_catalog.pg_ts_config_map AS m
                 WHERE m.mapcfg = o.oid))::text
      FROM pg_catalog.pg_ts_config AS o
      JOIN pg_catalog.pg_ts_parser AS p ON p.oid = o.cfgparser
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, o.oid, 'extension', 0, o.extname, o.extowner, NULL,
           ROW(o.extversion, o.extnamespace::pg_catalog.regnamespace)::text
      FROM pg_catalog.pg_extension AS o
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, o.oid, 'foreign-data wrapper', 0, o.fdwname, o.fdwowner,
           COALESCE(o.fdwacl, pg_catalog.acldefault('F', o.fdwowner)),
           ROW(o.fdwhandler::pg_catalog.regprocedure, o.fdwvalidator::pg_catalog.regprocedure, o.fdwoptions)::text
      FROM pg_catalog.pg_foreign_data_wrapper AS o
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, o.oid, 'server', 0, o.srvname, o.srvowner,
           COALESCE(o.srvacl, pg_catalog.acldefault('S', o.srvowner)), ROW(w.fdwname, o.srvtype, o.srvversion, o.srvoptions)::text
      FROM pg_catalog.pg_foreign_server AS o
      JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = o.srvfdw
    UNION ALL
    -- the view shows the options to those only who may see them
    SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass, o.umid, 'user mapping', 0, o.usename || ' on ' || o.srvname, 0, NULL, o.umoptions::text
      FROM pg_catalog.pg_user_mappings AS o
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, o.oid, 'event trigger', 0, o.evtname, o.evtowner, NULL,
           ROW(o.evtevent, o.evtfoid::pg_catalog.regprocedure, o.evtenabled, o.evttags)::text
      FROM pg_catalog.pg_event_trigger AS o
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, o.oid, 'statistics object', o.stxnamespace, o.stxname, o.stxowner, NULL,
           ROW(pg_catalog.pg_get_statisticsobjdef(o.oid), pg_catalog.to_jsonb(o) ->> 'stxstattarget')::text
      FROM pg_catalog.pg_statistic_ext AS o
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, o.oid, 'default privileges', o.defaclnamespace,
           CASE o.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
                WHEN 'n' THEN 'schemas' ELSE 'large objects' END || ' of ' || pg_catalog.pg_get_userbyid(o.defaclrole)
           || COALESCE(' in schema ' || s.nspname, ''),
           0, o.defaclacl, ''
      FROM pg_catalog.pg_default_acl AS o
      LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = o.defaclnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, o.oid, 'language', 0, o.lanname, o.lanowner,
           COALESCE(o.lanacl, pg_catalog.acldefault('l', o.lanowner)),
           ROW(o.lanpltrusted, o.lanplcallfoid::pg_catalog.regprocedure, o.laninline::pg_catalog.regprocedure,
               o.lanvalidator::pg_catalog.regprocedure)::text
      FROM pg_catalog.pg_language AS o
     WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, o.oid, 'transform', 0,
           pg_catalog.format_type(o.trftype, NULL) || ' for ' || l.lanname, 0, NULL,
           ROW(o.trffromsql::pg_catalog.regprocedure, o.trftosql::pg_catalog.regprocedure)::text
      FROM pg_catalog.pg_transform AS o
      JOIN pg_catalog.pg_language AS l ON l.oid = o.trflang)
SELECT o.classid::pg_catalog.oid::pg_catalog.int8, o.oid::pg_catalog.int8, o.kind,
       CASE WHEN o.kind IN ('schema', 'default privileges') THEN '' ELSE COALESCE(n.nspname, '') END, COALESCE(o.name, n.nspname),
       pg_catalog.md5(ROW(
           CASE WHEN o.owner <> 0 THEN pg_catalog.pg_get_userbyid(o.owner) END,
           (SELECT pg_catalog.string_agg(u::text, ',' ORDER BY u::text COLLATE pg_catalog."C") FROM pg_catalog.unnest(o.acl) AS u),
           o.state)::text)
  FROM object AS o
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = o.namespace
 WHERE (n.oid IS NULL OR (n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
