-- Set d: of some 1 GB of tables, one has 80% of the bytes; the rest is in 40 tables of equal size. :percent scales the
-- number of rows.
SELECT greatest(1, 4000000 * :percent / 100) AS big, greatest(1, 25000 * :percent / 100) AS each \gset
SELECT set_config('bench.each', :'each', false);

CREATE TABLE big (
    id bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    account int NOT NULL,
    amount numeric(12,2) NOT NULL,
    payload text NOT NULL);
INSERT INTO big
SELECT n, timestamptz '2023-01-01 00:00Z' + n * interval '7 seconds', n * 7919 % 100003, (n * 37 % 1000000) / 100.0,
       md5(n::text) || md5((n + 1)::text) || md5((n + 2)::text) || md5((n + 3)::text)
  FROM generate_series(1, :big::bigint) AS n;
CREATE INDEX ON big (account, at);

DO $$
BEGIN
    FOR i IN 1..40 LOOP
        EXECUTE format('CREATE TABLE rest_%1$s (LIKE big)', i);
        EXECUTE format('INSERT INTO rest_%1$s SELECT * FROM big WHERE id > %2$s * (%1$s - 1) AND id <= %2$s * %1$s',
                       i, current_setting('bench.each'));
        EXECUTE format('ALTER TABLE rest_%1$s ADD PRIMARY KEY (id)', i);
        EXECUTE format('CREATE INDEX ON rest_%1$s (account, at)', i);
        COMMIT;
    END LOOP;
END
$$;
