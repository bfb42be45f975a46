-- The columns that the row filter of a publication without column lists looks at, as JSON. $1 the publication
SELECT COALESCE(pg_catalog.json_agg(DISTINCT a.attname), '[]')
  FROM pg_catalog.pg_publication AS p
  JOIN pg_catalog.pg_publication_rel AS m ON m.prpubid = p.oid
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass AND d.objid = m.oid
                                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = m.prrelid AND d.refobjsubid > 0
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = m.prrelid AND a.attnum = d.refobjsubid
 WHERE p.pubname = $1
