-- Of extensions that can be installed, those whose version cannot. $1: source_extensions
SELECT (e.item ->> 'name') || ' ' || (e.item ->> 'version') AS object,
       pg_catalog.format('%s: %s', a.name, a.default_version) AS instead
  FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS e (item)
  JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.item ->> 'name'
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions AS v
                    WHERE v.name = e.item ->> 'name' AND v.version = e.item ->> 'version')
 ORDER BY 1
