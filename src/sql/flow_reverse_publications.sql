-- $1 publications, $2 a marker table: [a publication of those that names its tables and lacks the marker, if none of all has it; the first
-- that does not publish every change]
SELECT (SELECT p.pubname
          FROM pg_catalog.pg_publication AS p
         WHERE p.pubname = ANY ($1::text[])
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_tables AS t
                            WHERE t.pubname = ANY ($1::text[]) AND t.schemaname = 'pgbaton' AND t.tablename = $2)
         ORDER BY p.pubname COLLATE pg_catalog."C"
         LIMIT 1),
       (SELECT p.pubname
          FROM pg_catalog.pg_publication AS p
         WHERE p.pubname = ANY ($1::text[]) AND NOT (p.pubinsert AND p.pubupdate AND p.pubdelete)
         LIMIT 1)
