-- Who this server is. Not executable by every role.
SELECT system_identifier::text FROM pg_catalog.pg_control_system()
