-- $1 the old side's sequences: [[schema, name, value], …]. Those of this side that would have used more than nine tenths of what they have, by
-- their own bounds or by the type of the column they feed; and what widens them.
WITH given AS (
    SELECT pg_catalog.to_regclass(pg_catalog.format('%I.%I', j.value ->> 0, j.value ->> 1)) AS oid, (j.value ->> 2)::numeric AS last
      FROM pg_catalog.json_array_elements($1::json) AS j (value)
), bounded AS (
    SELECT g.last, s.seqrelid, s.seqtypid, s.seqincrement, t.nspname AS table_schema, t.relname AS table_name, t.attname, t.attidentity, t.atttypid,
           CASE WHEN s.seqincrement > 0 THEN s.seqmin::numeric ELSE s.seqmax::numeric END AS first,
           CASE WHEN s.seqincrement > 0
                THEN LEAST(s.seqmax, CASE t.atttypid WHEN 'int2'::pg_catalog.regtype THEN 32767 WHEN 'int4'::pg_catalog.regtype THEN 2147483647 END)
                ELSE GREATEST(s.seqmin, CASE t.atttypid WHEN 'int2'::pg_catalog.regtype THEN -32768 WHEN 'int4'::pg_catalog.regtype THEN -2147483648 END)
           END::numeric AS last_one
      FROM given AS g
      JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = g.oid
      LEFT JOIN (SELECT d.objid, n.nspname, c.relname, a.attname, a.attidentity, a.atttypid
                   FROM pg_catalog.pg_depend AS d
                   JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid
                   JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                   JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0) AS t ON t.objid = s.seqrelid
     WHERE NOT s.seqcycle
)
SELECT pg_catalog.format('%I.%I (%s %% used: %s of %s)', n.nspname, c.relname,
                         pg_catalog.floor(100 * pg_catalog.abs(b.last - b.first) / pg_catalog.abs(b.last_one - b.first)), b.last, b.last_one),
       CASE WHEN b.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype)
            THEN pg_catalog.format('ALTER TABLE %I.%I ALTER %I TYPE bigint', b.table_schema, b.table_name, b.attname)
                 || CASE WHEN b.attidentity = '' AND b.seqtypid <> 'int8'::pg_catalog.regtype
                         THEN pg_catalog.format('; ALTER SEQUENCE %I.%I AS bigint', n.nspname, c.relname) ELSE '' END
            WHEN b.seqtypid <> 'int8'::pg_catalog.regtype
            THEN pg_catalog.format('ALTER SEQUENCE %I.%I AS bigint', n.nspname, c.relname)
            ELSE pg_catalog.format('ALTER SEQUENCE %I.%I %s', n.nspname, c.relname,
                                   CASE WHEN b.last_one IN (9223372036854775807, -9223372036854775808) THEN 'CYCLE'
                                        WHEN b.seqincrement > 0 THEN 'NO MAXVALUE' ELSE 'NO MINVALUE' END)
       END
  FROM bounded AS b
  JOIN pg_catalog.pg_class AS c ON c.oid = b.seqrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE b.first <> b.last_one AND (b.last - b.first) / (b.last_one - b.first) > 0.9
 ORDER BY n.nspname, c.relname LIMIT 5
