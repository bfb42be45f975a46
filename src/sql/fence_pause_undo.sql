-- Takes a pause back, unless the database was closed by a switchover. A transaction that passes the point of no return inserts into
-- pgbaton.fence: it comes before or after this one. pgbaton.pause is the pause's number, or "any"; with pgbaton.pause_force a closed
-- database is opened too; with pgbaton.pause_strict nothing is taken back unless all can be.
DO LANGUAGE plpgsql $pgbaton$
DECLARE
    change record;
    tries integer;
BEGIN
    LOCK TABLE pgbaton.fence IN SHARE ROW EXCLUSIVE MODE;
    IF pg_catalog.current_setting('pgbaton.pause_force') <> 'on' AND EXISTS (SELECT FROM pgbaton.fence)
       OR NOT EXISTS (SELECT FROM pgbaton.write_pause AS p
                       WHERE pg_catalog.current_setting('pgbaton.pause') IN ('any', p.id::pg_catalog.text))
          AND NOT (pg_catalog.current_setting('pgbaton.pause') = 'any' AND EXISTS (SELECT FROM pgbaton.write_pause_change))
    THEN
        RETURN;
    END IF;
    FOR change IN %R LOOP
        tries := 0;
        LOOP
            BEGIN
                EXECUTE change.statement;
                EXIT;
            EXCEPTION
                WHEN internal_error OR deadlock_detected OR lock_not_available THEN -- "tuple concurrently updated"
                    tries := tries + 1;
                    IF tries >= 20 THEN
                        RAISE;
                    END IF;
                    PERFORM pg_catalog.pg_sleep(0.05);
                WHEN insufficient_privilege OR undefined_object THEN
                    -- What is left is put back with the next pause. But a database that stays read-only is not to pass for open.
                    IF pg_catalog.current_setting('pgbaton.pause_strict') = 'on' OR change.kind = 'setting' AND change.role = 0 THEN
                        RAISE;
                    END IF;
                    UPDATE pgbaton.write_pause_change AS c SET n = -1 WHERE c.kind = change.kind AND c.role = change.role;
                    EXIT;
            END;
        END LOOP;
    END LOOP;
    DELETE FROM pgbaton.write_pause_change AS c WHERE c.n <> -1;
    DELETE FROM pgbaton.write_pause;
END
$pgbaton$
