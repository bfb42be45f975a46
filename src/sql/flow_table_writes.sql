-- How many rows of each table were written since the statistics were reset; tables without any are left out.
SELECT s.relid, s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS writes
  FROM pg_catalog.pg_stat_user_tables AS s
 WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0
 ORDER BY s.relid
