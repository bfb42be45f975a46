-- The apply worker converts what arrives as if it came in the client_encoding of the database's settings.
SELECT pg_catalog.substr(u.item, 17) AS client_encoding, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding
  FROM pg_catalog.pg_db_role_setting AS s
  JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS u (item)
 WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0 AND u.item LIKE 'client\_encoding=%'
   AND pg_catalog.pg_char_to_encoding(pg_catalog.substr(u.item, 17)) <> d.encoding
