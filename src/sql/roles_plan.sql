-- On the target. $1: the source's roles (roles_read.sql), $2: the source's password hashes, $3: the target's, NULL if it hides them.
-- Attributes that CREATE ROLE gives by itself are not written, since a mere mention of some is for superusers only.
WITH source AS (
    SELECT x.*, pg_catalog.jsonb_extract_path_text($2::pg_catalog.jsonb, x.name) AS password
      FROM pg_catalog.json_to_recordset($1::pg_catalog.json -> 'roles')
           AS x (name text, super bool, inherit bool, createrole bool, createdb bool, login bool, replication bool, bypassrls bool,
                 connlimit int, validuntil timestamptz, comment text)
), me AS (
    SELECT r.*, pg_catalog.current_setting('server_version_num')::int >= 160000 AS since_16
      FROM pg_catalog.pg_roles AS r
     WHERE r.rolname = CURRENT_USER
), pair AS (
    SELECT s.*, r.oid, r.oid IS NOT NULL AS is_there,
           COALESCE(r.oid = 10 OR r.rolname IN (CURRENT_USER, SESSION_USER), false) AS is_own,
           pg_catalog.jsonb_extract_path_text($3::pg_catalog.jsonb, s.name) AS old_password,
           r.oid IS NULL OR me.rolsuper
           OR (NOT r.rolsuper AND (NOT me.since_16 OR pg_catalog.pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'))) AS may_alter
      FROM source AS s
     CROSS JOIN me
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = s.name
), attribute AS (
    SELECT p.name, p.is_there, p.may_alter, a.n, a.word, a.may_give OR me.rolsuper AS may_give
      FROM pair AS p
     CROSS JOIN me
      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.oid
     CROSS JOIN LATERAL (VALUES
               (1, p.super, COALESCE(r.rolsuper, false), 'SUPERUSER', 'NOSUPERUSER', false),
               (2, p.inherit, COALESCE(r.rolinherit, true), 'INHERIT', 'NOINHERIT', true),
               (3, p.createrole, COALESCE(r.rolcreaterole, false), 'CREATEROLE', 'NOCREATEROLE', true),
               (4, p.createdb, COALESCE(r.rolcreatedb, false), 'CREATEDB', 'NOCREATEDB', me.rolcreatedb OR NOT me.since_16),
               (5, p.login, COALESCE(r.rolcanlogin, false), 'LOGIN', 'NOLOGIN', true),
               (6, p.replication, COALESCE(r.rolreplication, false), 'REPLICATION', 'NOREPLICATION', me.since_16 AND me.rolreplication),
               (7, p.bypassrls, COALESCE(r.rolbypassrls, false), 'BYPASSRLS', 'NOBYPASSRLS', me.since_16 AND me.rolbypassrls))
               AS b (n, wanted, present, yes, no, may_give)
     CROSS JOIN LATERAL (SELECT b.n, CASE WHEN b.wanted THEN b.yes ELSE b.no END AS word, b.may_give) AS a
     WHERE b.wanted <> b.present AND NOT p.is_own
    UNION ALL
    SELECT p.name, p.is_there, p.may_alter, 8, pg_catalog.format('CONNECTION LIMIT %s', p.connlimit), true
      FROM pair AS p
      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.oid
     WHERE p.connlimit <> COALESCE(r.rolconnlimit, -1) AND NOT p.is_own
    UNION ALL
    SELECT p.name, p.is_there, p.may_alter, 9, pg_catalog.format('VALID UNTIL %L', COALESCE(p.validuntil::text, 'infinity')), true
      FROM pair AS p
      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.oid
     WHERE COALESCE(p.validuntil, 'infinity') <> COALESCE(r.rolvaliduntil, 'infinity') AND NOT p.is_own
), grouped AS (
    SELECT a.name, pg_catalog.string_agg(' ' || a.word, '' ORDER BY a.n) FILTER (WHERE a.may_give) AS given,
           pg_catalog.string_agg(a.word, ', ' ORDER BY a.n) FILTER (WHERE NOT a.may_give) AS withheld
      FROM attribute AS a
     GROUP BY a.name
), membership AS (
    SELECT x.*, 'ADMIN' || CASE WHEN x.admin THEN ' TRUE' ELSE ' FALSE' END
                || CASE WHEN x.inherit THEN ', INHERIT TRUE' ELSE ', INHERIT FALSE' END
                || CASE WHEN x.set THEN ', SET TRUE' ELSE ', SET FALSE' END AS options,
           g.oid IS NOT NULL OR x.role IN (SELECT s.name FROM source AS s) AS role_exists,
           g.oid IS NULL OR me.rolsuper
           OR CASE WHEN me.since_16 THEN pg_catalog.pg_has_role(g.oid, 'MEMBER WITH ADMIN OPTION') ELSE NOT g.rolsuper END AS may_grant
      FROM pg_catalog.json_to_recordset($1::pg_catalog.json -> 'members')
           AS x (role text, member text, admin bool, inherit bool, set bool)
     CROSS JOIN me
      LEFT JOIN pg_catalog.pg_roles AS g ON g.rolname = x.role
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m
                         JOIN pg_catalog.pg_roles AS u ON u.oid = m.member
                        WHERE m.roleid = g.oid AND u.rolname = x.member
                          AND m.admin_option = x.admin
                          AND (NOT me.since_16 OR ((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool = x.inherit
                                                   AND (pg_catalog.to_jsonb(m) ->> 'set_option')::bool = x.set)))
       -- before 16 a membership with the admin option is as good as one without
       AND (me.since_16 OR x.admin
            OR NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m
                             JOIN pg_catalog.pg_roles AS u ON u.oid = m.member
                            WHERE m.roleid = g.oid AND u.rolname = x.member))
), planned (n, object, sql, secret, warning) AS (
    SELECT 1, p.name, pg_catalog.format('CREATE ROLE %I', p.name) || COALESCE(' WITH' || g.given, '')
                      || CASE WHEN p.password IS NOT NULL THEN pg_catalog.format(' PASSWORD %L', p.password) ELSE '' END, p.password IS NOT NULL, NULL::text
      FROM pair AS p
      LEFT JOIN grouped AS g ON g.name = p.name
     WHERE NOT p.is_there
    UNION ALL
    SELECT 2, p.name, CASE WHEN p.may_alter THEN pg_catalog.format('ALTER ROLE %I WITH', p.name) || g.given END, false,
           pg_catalog.format('Role "%s" differs, but user "%s" may not alter it:%s.', p.name, CURRENT_USER, g.given)
      FROM pair AS p
      JOIN grouped AS g ON g.name = p.name
     WHERE p.is_there AND g.given IS NOT NULL
    UNION ALL
    SELECT 3, g.name, NULL, false, pg_catalog.format('Role "%s" is left without %s, which user "%s" may not change.', g.name, g.withheld, CURRENT_USER)
      FROM grouped AS g
     WHERE g.withheld IS NOT NULL
    UNION ALL
    SELECT 4, p.name, CASE WHEN p.may_alter AND $3 IS NOT NULL
                           THEN pg_catalog.format('ALTER ROLE %I PASSWORD %L', p.name, p.password) END, true,
           CASE WHEN $3 IS NULL THEN pg_catalog.format('The password of role "%s" is left as it is: the target does not show it for comparison.', p.name)
                ELSE pg_catalog.format('The password of role "%s" is left as it is: user "%s" may not change it.', p.name, CURRENT_USER) END
      FROM pair AS p
     WHERE p.password IS NOT NULL AND p.password IS DISTINCT FROM p.old_password AND p.is_there AND NOT p.is_own
    UNION ALL
    SELECT 5, p.name, CASE WHEN p.may_alter THEN pg_catalog.format('COMMENT ON ROLE %I IS %L', p.name, p.comment) END, false,
           pg_catalog.format('The comment on role "%s" is not copied: user "%s" may not change it.', p.name, CURRENT_USER)
      FROM pair AS p
     WHERE p.comment IS NOT NULL
       AND p.comment IS DISTINCT FROM (CASE WHEN p.oid IS NOT NULL THEN pg_catalog.shobj_description(p.oid, 'pg_authid') END)
    UNION ALL
    SELECT 6, m.member,
           CASE WHEN m.role_exists AND m.may_grant AND me.since_16 THEN pg_catalog.format('GRANT %I TO %I WITH %s', m.role, m.member, m.options)
                WHEN m.role_exists AND m.may_grant THEN pg_catalog.format('GRANT %I TO %I', m.role, m.member)
                                                        || CASE WHEN m.admin THEN ' WITH ADMIN OPTION' ELSE '' END END, false,
           CASE WHEN NOT m.role_exists THEN pg_catalog.format('Role "%s" is not made a member of "%s", which the target does not have.', m.member, m.role)
                ELSE pg_catalog.format('Role "%s" is not made a member of "%s": user "%s" may not grant it.', m.member, m.role, CURRENT_USER) END
      FROM membership AS m
     CROSS JOIN me
    UNION ALL
    SELECT 7, t.value, NULL, false, pg_catalog.format('Tablespace "%s" does not exist on the target.', t.value)
      FROM pg_catalog.json_array_elements_text($1::pg_catalog.json -> 'tablespaces') AS t
     WHERE t.value NOT IN (SELECT s.spcname FROM pg_catalog.pg_tablespace AS s)
)
SELECT pg_catalog.format('role "%s"', p.object) AS object, p.sql, p.secret, p.warning
  FROM planned AS p
 ORDER BY p.n, p.object, p.sql
