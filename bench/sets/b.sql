-- Set b: many small tables with two indexes each. Every fourth is empty, the others have 10 to 99 rows. :tables is how many.
SELECT set_config('bench.tables', :'tables', false);
DO $$
BEGIN
    FOR i IN 1..current_setting('bench.tables')::int LOOP
        EXECUTE format('CREATE TABLE small_%1$s (
                            id int PRIMARY KEY,
                            name text NOT NULL,
                            at timestamptz NOT NULL,
                            amount numeric(12,2))', i);
        EXECUTE format('CREATE INDEX small_%1$s_name ON small_%1$s (name)', i);
        IF i % 4 <> 0 THEN
            EXECUTE format('INSERT INTO small_%1$s
                            SELECT n, md5(n::text), timestamptz ''2024-01-01 00:00Z'' + n * interval ''1 hour'', n * 1.25
                              FROM generate_series(1, %2$s) AS n', i, 10 + i * 7 % 90);
        END IF;
        IF i % 250 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
END
$$;
