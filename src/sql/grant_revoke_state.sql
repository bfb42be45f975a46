-- Is role $1 there, is it ours to end: the current user has to be a member, to drop what it owns.
SELECT r.oid IS NOT NULL AS is_there, COALESCE(r.rolname = CURRENT_USER, false) AS is_me,
       r.oid IS NOT NULL AND NOT me.rolsuper AND NOT pg_catalog.pg_has_role(r.oid, 'USAGE') AS needs_membership
  FROM (SELECT $1::text AS name) AS w
  JOIN pg_catalog.pg_roles AS me ON me.rolname = CURRENT_USER
  LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = w.name
