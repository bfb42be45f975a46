-- $1 a time as a person gives it; HH:MM is the next one. The session's time zone counts. When it is, for programs and for people, whether it
-- is past, and whether it ever comes.
WITH given AS (
    SELECT CASE WHEN $1::text ~ '^\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\s*$' THEN
        (SELECT CASE WHEN t.today > pg_catalog.clock_timestamp() THEN t.today ELSE t.tomorrow END
           FROM (SELECT (d.day + ($1::text)::time)::timestamptz AS today, (d.day + 1 + ($1::text)::time)::timestamptz AS tomorrow
                   FROM (SELECT pg_catalog.clock_timestamp()::date AS day) AS d) AS t)
    ELSE ($1::text)::timestamptz END AS moment
)
SELECT (moment AT TIME ZONE 'UTC')::text || '+00' AS utc, moment::text || ' ' || pg_catalog.current_setting('TimeZone') AS shown,
       moment <= pg_catalog.clock_timestamp() AS is_past, pg_catalog.isfinite(moment) AS is_finite
  FROM given
