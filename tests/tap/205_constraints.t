# Large tables' constraints come on top of indexes that were built side by side, foreign keys are checked side by side: what comes out is what
# pg_dump and pg_restore would have made.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $m = migration(source => $source, target => $target, database => 'constraints');

sql($source, 'postgres', 'CREATE DATABASE constraints');
sql($source, 'constraints', <<'SQL');
CREATE TABLE public.arrival (id bigserial PRIMARY KEY, at timestamptz DEFAULT now());
CREATE TABLE "a large; table" ("the ""id""" int, a int NOT NULL, b int, t text, PRIMARY KEY ("the ""id""") INCLUDE (b));
INSERT INTO "a large; table" SELECT i, i, i % 1000, repeat('x', 700) FROM generate_series(1, 100000) AS i;
ALTER TABLE "a large; table" ADD CONSTRAINT "a unique" UNIQUE (a) WITH (fillfactor = 70) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "a large; table" ADD CONSTRAINT nulls UNIQUE NULLS NOT DISTINCT (b, a);
ALTER TABLE "a large; table" ADD UNIQUE (a) INCLUDE (b);
ALTER TABLE "a large; table" CLUSTER ON "a unique";
CREATE INDEX ON "a large; table" (b);
CREATE INDEX ON "a large; table" (lower(t)) WHERE b < 10;
COMMENT ON CONSTRAINT "a unique" ON "a large; table" IS 'of a large table';
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES "a large; table" ON DELETE CASCADE, other int REFERENCES "a large; table" (a) DEFERRABLE);
INSERT INTO child SELECT i, i, i FROM generate_series(1, 5000) AS i;
CREATE TABLE grandchild (id int PRIMARY KEY, child int, FOREIGN KEY (child) REFERENCES child, self int REFERENCES grandchild);
INSERT INTO grandchild SELECT i, i % 5000 + 1, i FROM generate_series(1, 5000) AS i;
CREATE TABLE orphan (id int PRIMARY KEY, parent int);
INSERT INTO orphan VALUES (1, -1);
ALTER TABLE orphan ADD FOREIGN KEY (parent) REFERENCES child NOT VALID;
CREATE TABLE p (id int, r int REFERENCES child, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (2000);
INSERT INTO p SELECT i, i + 1 FROM generate_series(0, 1999) AS i;
SQL
cmp_ok(sql($source, 'constraints', q{SELECT pg_table_size('"a large; table"')}), '>', 64 << 20, 'the table is large');

like(pgbaton_ok('migrate', ends($m), '--dry-run')->{out},
	qr/CREATE UNIQUE INDEX "a unique".*USING INDEX "a unique" DEFERRABLE.*NOT VALID;.*VALIDATE CONSTRAINT/s, 'the plan tells');
pgbaton_ok('migrate', ends($m));
is(sql($target, 'constraints', q{SELECT string_agg(conname, ' ') FROM pg_constraint WHERE NOT convalidated}),
	'orphan_parent_fkey', 'only what was not valid on the source is not on the target');
wait_forward($m);
pgbaton_ok('switchover', ends($m), '--yes');
check_same($m);
pgbaton_ok('cleanup', ends($m), '--yes');
check_nothing_left($m);

# What the source let in past its own constraint is told, with the table.
sql($source, 'postgres', 'ALTER DATABASE constraints RESET default_transaction_read_only');
drop_databases($m, 'target');
sql($source, 'constraints', "SET session_replication_role = replica; INSERT INTO grandchild VALUES (-1, -1, -1)");
my $failed = pgbaton_fails(1, qr/foreign keys of public\.grandchild(?s:.*)violates foreign key constraint "grandchild_child_fkey"/, 'migrate', ends($m));
sql($target, 'constraints', 'SET default_transaction_read_only = off; SET session_replication_role = replica; INSERT INTO child VALUES (-1)');
pgbaton_ok('migrate', ends($m));
pgbaton_ok('cleanup', ends($m), '--yes');

done_testing();
