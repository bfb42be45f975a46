-- Roles and memberships of a server, as JSON text. $1: the only names wanted, NULL: all. Memberships by several grantors count as one for each set of options.
-- Before 16 a membership was inherited or not by an attribute of its member.
SELECT pg_catalog.json_build_object(
    'roles', (SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
                         'name', r.rolname, 'super', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole,
                         'createdb', r.rolcreatedb, 'login', r.rolcanlogin, 'replication', r.rolreplication,
                         'bypassrls', r.rolbypassrls, 'connlimit', r.rolconnlimit, 'validuntil', r.rolvaliduntil::text,
                         'comment', pg_catalog.shobj_description(r.oid, 'pg_authid')) ORDER BY r.rolname), '[]')
                FROM pg_catalog.pg_roles AS r
               WHERE r.rolname !~ '^pg_'
                 AND ($1::pg_catalog.jsonb IS NULL OR $1::pg_catalog.jsonb ? r.rolname::text)),
    'members', (SELECT COALESCE(pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_object(
                           'role', g.rolname, 'member', u.rolname, 'admin', m.admin_option,
                           'inherit', COALESCE((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, u.rolinherit),
                           'set', COALESCE((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true))), '[]')
                  FROM pg_catalog.pg_auth_members AS m
                  JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
                  JOIN pg_catalog.pg_roles AS u ON u.oid = m.member
                 WHERE u.rolname !~ '^pg_'
                   AND ($1::pg_catalog.jsonb IS NULL OR $1::pg_catalog.jsonb ? u.rolname::text)),
    'tablespaces', (SELECT COALESCE(pg_catalog.json_agg(t.spcname ORDER BY t.spcname), '[]')
                      FROM pg_catalog.pg_tablespace AS t
                     WHERE t.spcname !~ '^pg_' AND $1 IS NULL))::text
