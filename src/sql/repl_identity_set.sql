BEGIN;
%RINSERT INTO pgbaton.identity_change AS r (relation, before, before_index, after, after_index)
SELECT c.oid, CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END,
       (SELECT x.relname FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident),
       %L, %L
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %L AND c.relname = %L
ON CONFLICT (relation) DO UPDATE
   SET before = CASE WHEN EXCLUDED.before = r.after AND r.after = 'index' THEN r.before ELSE EXCLUDED.before END,
       before_index = CASE WHEN EXCLUDED.before = r.after AND r.after = 'index' THEN r.before_index ELSE EXCLUDED.before_index END,
       after = EXCLUDED.after, after_index = EXCLUDED.after_index, changed_at = DEFAULT, changed_by = DEFAULT;
ALTER TABLE ONLY %Q REPLICA IDENTITY %R;
COMMIT
