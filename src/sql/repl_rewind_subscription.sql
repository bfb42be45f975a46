-- $1 subscription name
SELECT s.oid, s.subenabled AS is_enabled, s.subslotname::text AS slot, s.subpublications::text AS publications,
       pg_catalog.pg_has_role(s.subowner, 'MEMBER') AS is_owner, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.subowner)) AS owner,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS n_unready
  FROM pg_catalog.pg_subscription AS s
 WHERE s.subname = $1 AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
