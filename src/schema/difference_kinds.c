#include <stdlib.h>
#include <string.h>

#include "schema/difference_object.h"

/* Ranks leave room between them. What is made by pg_dump's statements goes in their order within its phase. */
enum
{
    RANK_ROLE = 5,
    RANK_DATABASE = 7,
    RANK_SCHEMA = 10,
    RANK_TYPE = 20,
    RANK_FUNCTION = 30,
    RANK_SEQUENCE = 35,
    RANK_TABLE = 40,
    RANK_COLUMN = 45,
    RANK_OTHER = 50,
    RANK_VIEW = 60,
    RANK_INDEX = 70,
    RANK_CONSTRAINT = 75,
    RANK_FOREIGN_KEY = 80,
    RANK_TRIGGER = 90,
};

#define END          \
    {                \
        .name = NULL \
    }
#define OWNER(what)                                                \
    {                                                              \
        "owner", .set = "ALTER " what " {self} OWNER TO {value!I}" \
    }
#define GRANTS(what)                                                                       \
    {                                                                                      \
        "grants", .add = "GRANT {1} ON " what " {self} TO {3}{4}",                         \
                  .remove = "REVOKE {1} ON " what " {self} FROM {3}", .grants_again = true \
    }
#define OPTIONS(what)                                                \
    {                                                                \
        "options", .add = "ALTER " what " {self} SET ({1} = {3!L})", \
                   .remove = "ALTER " what " {self} RESET ({1})"     \
    }
#define SERVER_OPTIONS(name, prefix)                               \
    {                                                              \
        name, .add = "ALTER " prefix " OPTIONS (ADD {1!I} {3!L})", \
              .remove = "ALTER " prefix " OPTIONS (DROP {1!I})"    \
    }
#define COMMENT(what)                                        \
    {                                                        \
        "comment", .set = "COMMENT ON " what " IS {value!L}" \
    }
#define RECREATES(name)         \
    {                           \
        name, .recreates = true \
    }
#define REPLACES(name)         \
    {                          \
        name, .replaces = true \
    }
#define ROLLED_ROWS    "the table has rows that would be lost"
#define CONVERTED_ROWS "the values of the table's rows would be converted"

static const PropertyKind table_properties[] = {
    OWNER("TABLE"),
    {"persistence", .set = "ALTER TABLE {self} SET {value}"},
    {"access method", .set = "ALTER TABLE {self} SET ACCESS METHOD {value!I}"},
    {"tablespace", .set = "ALTER TABLE {self} SET TABLESPACE {value!I}",
     .unset = "ALTER TABLE {self} SET TABLESPACE pg_default"},
    OPTIONS("TABLE"),
    {"replica identity", .set = "ALTER TABLE ONLY {self} REPLICA IDENTITY {value}"},
    {"row security", .set = "ALTER TABLE {self} ENABLE ROW LEVEL SECURITY",
     .unset = "ALTER TABLE {self} DISABLE ROW LEVEL SECURITY"},
    {"forced row security", .set = "ALTER TABLE {self} FORCE ROW LEVEL SECURITY",
     .unset = "ALTER TABLE {self} NO FORCE ROW LEVEL SECURITY"},
    {"of type", .set = "ALTER TABLE {self} OF {value}", .unset = "ALTER TABLE {self} NOT OF"},
    {"inherits", .add = "ALTER TABLE {self} INHERIT {item}",
     .remove = "ALTER TABLE {self} NO INHERIT {item}"},
    {"partition", .add = "ALTER TABLE ONLY {1} ATTACH PARTITION {self} {3}",
     .remove = "ALTER TABLE {1} DETACH PARTITION {self}"},
    {"partition key",
     .obstacle = "the partition key of a table cannot be changed: make the table anew"},
    GRANTS("TABLE"),
    COMMENT("TABLE {self}"),
    END,
};

static const PropertyKind foreign_table_properties[] = {
    OWNER("FOREIGN TABLE"),
    {"server", .obstacle = "the server of a foreign table cannot be changed: make the table anew"},
    SERVER_OPTIONS("server options", "FOREIGN TABLE {self}"),
    {"inherits", .add = "ALTER FOREIGN TABLE {self} INHERIT {item}",
     .remove = "ALTER FOREIGN TABLE {self} NO INHERIT {item}"},
    {"partition", .add = "ALTER TABLE ONLY {1} ATTACH PARTITION {self} {3}",
     .remove = "ALTER TABLE {1} DETACH PARTITION {self}"},
    GRANTS("TABLE"),
    COMMENT("FOREIGN TABLE {self}"),
    END,
};

static const PropertyKind view_properties[] = {
    OWNER("VIEW"),
    OPTIONS("VIEW"),
    {"definition", .recreates = true, .reparse = REPARSE_VIEW},
    GRANTS("TABLE"),
    COMMENT("VIEW {self}"),
    END,
};

static const PropertyKind matview_properties[] = {
    OWNER("MATERIALIZED VIEW"),
    OPTIONS("MATERIALIZED VIEW"),
    {"definition", .recreates = true, .reparse = REPARSE_VIEW},
    {"access method", .set = "ALTER MATERIALIZED VIEW {self} SET ACCESS METHOD {value!I}"},
    {"tablespace", .set = "ALTER MATERIALIZED VIEW {self} SET TABLESPACE {value!I}",
     .unset = "ALTER MATERIALIZED VIEW {self} SET TABLESPACE pg_default"},
    GRANTS("TABLE"),
    COMMENT("MATERIALIZED VIEW {self}"),
    END,
};

#define ALTER_COLUMN "ALTER TABLE {host} ALTER COLUMN {self} "
static const PropertyKind column_properties[] = {
    {"type", .set = ALTER_COLUMN "TYPE {value}", .in_create = true, .danger = CONVERTED_ROWS},
    {"collation", .set = ALTER_COLUMN "TYPE {type} COLLATE {value}",
     .unset = ALTER_COLUMN "TYPE {type}", .in_create = true},
    {"generated", .in_create = true,
     .obstacle = "a column cannot become generated, or cease to be: make the column anew"},
    {"default", .set = ALTER_COLUMN "SET DEFAULT {value}", .unset = ALTER_COLUMN "DROP DEFAULT",
     .in_create = true, .reparse = REPARSE_EXPRESSION},
    {"not null", .set = ALTER_COLUMN "SET NOT NULL", .unset = ALTER_COLUMN "DROP NOT NULL",
     .in_create = true},
    {"identity", .set = ALTER_COLUMN "{identity}", .unset = ALTER_COLUMN "DROP IDENTITY",
     .in_create = true},
    {"storage", .set = ALTER_COLUMN "SET STORAGE {value}"},
    {"compression", .set = ALTER_COLUMN "SET COMPRESSION {compression}",
     .unset = ALTER_COLUMN "SET COMPRESSION default"},
    {"statistics", .set = ALTER_COLUMN "SET STATISTICS {value}",
     .unset = ALTER_COLUMN "SET STATISTICS -1"},
    {"options", .add = ALTER_COLUMN "SET ({1} = {3!L})", .remove = ALTER_COLUMN "RESET ({1})"},
    SERVER_OPTIONS("server options", "FOREIGN TABLE {host} ALTER COLUMN {self}"),
    {"grants", .add = "GRANT {1} ({self}) ON TABLE {host} TO {3}{4}",
     .remove = "REVOKE {1} ({self}) ON TABLE {host} FROM {3}", .grants_again = true},
    COMMENT("COLUMN {host}.{self}"),
    END,
};

static const PropertyKind constraint_properties[] = {
    {"definition", .recreates = true, .in_create = true},
    {"expression", .recreates = true, .in_create = true, .reparse = REPARSE_EXPRESSION},
    {"validated", .set = "ALTER TABLE {host} VALIDATE CONSTRAINT {self}",
     .obstacle = "it holds for all rows on the target, which is more than on the source",
     .in_create = true},
    {"enforced", .recreates = true, .in_create = true},
    {"options", .add = "ALTER INDEX {schema}.{self} SET ({1} = {3!L})",
     .remove = "ALTER INDEX {schema}.{self} RESET ({1})", .in_create = true},
    {"tablespace", .set = "ALTER INDEX {schema}.{self} SET TABLESPACE {value!I}",
     .unset = "ALTER INDEX {schema}.{self} SET TABLESPACE pg_default"},
    {"clustered", .set = "ALTER TABLE {host} CLUSTER ON {self}",
     .unset = "ALTER TABLE {host} SET WITHOUT CLUSTER", .initial = "false"},
    COMMENT("CONSTRAINT {self} ON {host}"),
    END,
};

static const PropertyKind domain_constraint_properties[] = {
    {"definition", .recreates = true, .in_create = true, .reparse = REPARSE_DOMAIN},
    {"validated", .set = "ALTER DOMAIN {host} VALIDATE CONSTRAINT {self}",
     .obstacle = "it holds for all values on the target, which is more than on the source",
     .in_create = true},
    COMMENT("CONSTRAINT {self} ON DOMAIN {host}"),
    END,
};

static const PropertyKind index_properties[] = {
    {"table", .recreates = true, .in_create = true},
    {"definition", .recreates = true, .in_create = true},
    {"expressions", .recreates = true, .in_create = true, .reparse = REPARSE_EXPRESSION},
    {"predicate", .recreates = true, .in_create = true, .reparse = REPARSE_EXPRESSION},
    {"valid", .set = "REINDEX INDEX {self}", .in_create = true,
     .obstacle = "it is valid on the target, but not on the source: mend the source"},
    {"tablespace", .set = "ALTER INDEX {self} SET TABLESPACE {value!I}",
     .unset = "ALTER INDEX {self} SET TABLESPACE pg_default"},
    {"clustered", .set = "ALTER TABLE {host} CLUSTER ON {name!I}",
     .unset = "ALTER TABLE {host} SET WITHOUT CLUSTER", .initial = "false"},
    {"statistics", .add = "ALTER INDEX {self} ALTER COLUMN {1} SET STATISTICS {3}",
     .remove = "ALTER INDEX {self} ALTER COLUMN {1} SET STATISTICS -1"},
    COMMENT("INDEX {self}"),
    END,
};

static const PropertyKind trigger_properties[] = {
    {"definition", .recreates = true, .in_create = true},
    {"condition", .recreates = true, .in_create = true, .reparse = REPARSE_CONDITION},
    {"enabled", .set = "ALTER TABLE {host} {value} TRIGGER {self}", .initial = "ENABLE"},
    COMMENT("TRIGGER {self} ON {host}"),
    END,
};

static const PropertyKind rule_properties[] = {
    {"definition", .recreates = true, .in_create = true, .reparse = REPARSE_RULE},
    {"enabled", .set = "ALTER TABLE {host} {value} RULE {self}", .initial = "ENABLE"},
    COMMENT("RULE {self} ON {host}"),
    END,
};

static const PropertyKind policy_properties[] = {
    {"command", .recreates = true, .in_create = true},
    {"permissive", .recreates = true, .in_create = true},
    {"roles", .recreates = true, .in_create = true},
    {"using", .recreates = true, .in_create = true, .reparse = REPARSE_EXPRESSION},
    {"with check", .recreates = true, .in_create = true, .reparse = REPARSE_EXPRESSION},
    COMMENT("POLICY {self} ON {host}"),
    END,
};

static const PropertyKind sequence_properties[] = {
    OWNER("SEQUENCE"),
    {"type", .set = "ALTER SEQUENCE {self} AS {value}"},
    {"start", .set = "ALTER SEQUENCE {self} START WITH {value}"},
    {"increment", .set = "ALTER SEQUENCE {self} INCREMENT BY {value}"},
    {"minimum", .set = "ALTER SEQUENCE {self} MINVALUE {value}"},
    {"maximum", .set = "ALTER SEQUENCE {self} MAXVALUE {value}"},
    {"cache", .set = "ALTER SEQUENCE {self} CACHE {value}"},
    {"cycle", .set = "ALTER SEQUENCE {self} CYCLE", .unset = "ALTER SEQUENCE {self} NO CYCLE"},
    {"owned by", .set = "ALTER SEQUENCE {self} OWNED BY {value}",
     .unset = "ALTER SEQUENCE {self} OWNED BY NONE"},
    {"persistence", .set = "ALTER SEQUENCE {self} SET {value}"},
    GRANTS("SEQUENCE"),
    COMMENT("SEQUENCE {self}"),
    END,
};

#define FUNCTION_PROPERTIES(what)                                                      \
    OWNER(what), RECREATES("arguments"), RECREATES("result"), REPLACES("language"),    \
        {"body", .replaces = true, .reparse = REPARSE_FUNCTION}, REPLACES("library"),  \
        RECREATES("window"), REPLACES("volatility"), REPLACES("strict"),               \
        REPLACES("security definer"), REPLACES("leakproof"), REPLACES("parallel"),     \
        REPLACES("cost"), REPLACES("rows"), REPLACES("settings"), REPLACES("support"), \
        GRANTS(what), COMMENT(what " {self}"), END
static const PropertyKind function_properties[] = {FUNCTION_PROPERTIES("FUNCTION")};
static const PropertyKind procedure_properties[] = {FUNCTION_PROPERTIES("PROCEDURE")};
static const PropertyKind aggregate_properties[] = {
    OWNER("AGGREGATE"),    RECREATES("arguments"),      RECREATES("result"),
    RECREATES("parallel"), RECREATES("aggregate"),      RECREATES("volatility"),
    GRANTS("FUNCTION"),    COMMENT("AGGREGATE {self}"), END,
};

static const PropertyKind type_properties[] = {
    OWNER("TYPE"),
    RECREATES("form"),
    RECREATES("base"),
    RECREATES("range"),
    RECREATES("defined"),
    RECREATES("default"),
    RECREATES("collation"),
    {"labels", .add = "ALTER TYPE {self} ADD VALUE {item!L}{place}",
     .obstacle = "a label of an enum cannot be taken away"},
    GRANTS("TYPE"),
    COMMENT("TYPE {self}"),
    END,
};

static const PropertyKind domain_properties[] = {
    OWNER("DOMAIN"),
    RECREATES("base type"),
    RECREATES("collation"),
    {"not null", .set = "ALTER DOMAIN {self} SET NOT NULL",
     .unset = "ALTER DOMAIN {self} DROP NOT NULL"},
    {"default", .set = "ALTER DOMAIN {self} SET DEFAULT {value}",
     .unset = "ALTER DOMAIN {self} DROP DEFAULT"},
    GRANTS("TYPE"),
    COMMENT("DOMAIN {self}"),
    END,
};

static const PropertyKind attribute_properties[] = {
    {"type", .set = "ALTER TYPE {host} ALTER ATTRIBUTE {self} TYPE {value}", .in_create = true},
    {"collation", .set = "ALTER TYPE {host} ALTER ATTRIBUTE {self} TYPE {type} COLLATE {value}",
     .unset = "ALTER TYPE {host} ALTER ATTRIBUTE {self} TYPE {type}"},
    COMMENT("COLUMN {host}.{self}"),
    END,
};

static const PropertyKind schema_properties[] = {OWNER("SCHEMA"), GRANTS("SCHEMA"),
                                                 COMMENT("SCHEMA {self}"), END};

static const PropertyKind extension_properties[] = {
    {"owner", .obstacle = "the owner of an extension cannot be changed"},
    {"version", .set = "ALTER EXTENSION {self} UPDATE TO {value!L}",
     .reparse = REPARSE_EXTENSION_VERSION},
    {"schema", .set = "ALTER EXTENSION {self} SET SCHEMA {value!I}"},
    COMMENT("EXTENSION {self}"),
    END,
};

static const PropertyKind language_properties[] = {
    OWNER("LANGUAGE"),      RECREATES("trusted"), RECREATES("handler"),       RECREATES("inline"),
    RECREATES("validator"), GRANTS("LANGUAGE"),   COMMENT("LANGUAGE {self}"), END,
};

static const PropertyKind collation_properties[] = {
    OWNER("COLLATION"),
    RECREATES("provider"),
    {"locale", .recreates = true, .reparse = REPARSE_ICU_LOCALE},
    RECREATES("rules"),
    RECREATES("deterministic"),
    COMMENT("COLLATION {self}"),
    END,
};

static const PropertyKind conversion_properties[] = {OWNER("CONVERSION"), RECREATES("definition"),
                                                     RECREATES("default"),
                                                     COMMENT("CONVERSION {self}"), END};

static const PropertyKind operator_properties[] = {
    OWNER("OPERATOR"),
    RECREATES("function"),
    RECREATES("merges"),
    RECREATES("hashes"),
    RECREATES("commutator"),
    RECREATES("negator"),
    {"restrict", .set = "ALTER OPERATOR {self} SET (RESTRICT = {value})",
     .unset = "ALTER OPERATOR {self} SET (RESTRICT = NONE)"},
    {"join", .set = "ALTER OPERATOR {self} SET (JOIN = {value})",
     .unset = "ALTER OPERATOR {self} SET (JOIN = NONE)"},
    COMMENT("OPERATOR {self}"),
    END,
};

static const PropertyKind operator_family_properties[] = {
    OWNER("OPERATOR FAMILY"), RECREATES("operators"), RECREATES("functions"),
    COMMENT("OPERATOR FAMILY {self}"), END};

static const PropertyKind operator_class_properties[] = {
    OWNER("OPERATOR CLASS"), RECREATES("definition"), COMMENT("OPERATOR CLASS {self}"), END};

static const PropertyKind access_method_properties[] = {RECREATES("type"), RECREATES("handler"),
                                                        COMMENT("ACCESS METHOD {self}"), END};

static const PropertyKind cast_properties[] = {RECREATES("function"), RECREATES("context"),
                                               RECREATES("method"), COMMENT("CAST {self}"), END};

static const PropertyKind parser_properties[] = {RECREATES("functions"),
                                                 COMMENT("TEXT SEARCH PARSER {self}"), END};

static const PropertyKind template_properties[] = {RECREATES("functions"),
                                                   COMMENT("TEXT SEARCH TEMPLATE {self}"), END};

static const PropertyKind dictionary_properties[] = {OWNER("TEXT SEARCH DICTIONARY"),
                                                     RECREATES("template"), RECREATES("options"),
                                                     COMMENT("TEXT SEARCH DICTIONARY {self}"), END};

static const PropertyKind configuration_properties[] = {
    OWNER("TEXT SEARCH CONFIGURATION"),
    RECREATES("parser"),
    {"mappings", .add = "ALTER TEXT SEARCH CONFIGURATION {self} ADD MAPPING FOR {1} WITH {3}",
     .remove = "ALTER TEXT SEARCH CONFIGURATION {self} DROP MAPPING FOR {1}"},
    COMMENT("TEXT SEARCH CONFIGURATION {self}"),
    END,
};

static const PropertyKind wrapper_properties[] = {
    OWNER("FOREIGN DATA WRAPPER"),
    {"handler", .set = "ALTER FOREIGN DATA WRAPPER {self} HANDLER {value}",
     .unset = "ALTER FOREIGN DATA WRAPPER {self} NO HANDLER"},
    {"validator", .set = "ALTER FOREIGN DATA WRAPPER {self} VALIDATOR {value}",
     .unset = "ALTER FOREIGN DATA WRAPPER {self} NO VALIDATOR"},
    SERVER_OPTIONS("options", "FOREIGN DATA WRAPPER {self}"),
    GRANTS("FOREIGN DATA WRAPPER"),
    COMMENT("FOREIGN DATA WRAPPER {self}"),
    END,
};

static const PropertyKind server_properties[] = {
    OWNER("SERVER"),
    RECREATES("wrapper"),
    RECREATES("type"),
    {"version", .set = "ALTER SERVER {self} VERSION {value!L}"},
    SERVER_OPTIONS("options", "SERVER {self}"),
    GRANTS("FOREIGN SERVER"),
    COMMENT("SERVER {self}"),
    END,
};

static const PropertyKind mapping_properties[] = {SERVER_OPTIONS("options", "USER MAPPING {self}"),
                                                  END};

static const PropertyKind event_trigger_properties[] = {
    OWNER("EVENT TRIGGER"),
    RECREATES("event"),
    RECREATES("function"),
    RECREATES("tags"),
    {"enabled", .set = "ALTER EVENT TRIGGER {self} {value}"},
    COMMENT("EVENT TRIGGER {self}"),
    END,
};

static const PropertyKind statistics_properties[] = {
    OWNER("STATISTICS"),
    {"definition", .recreates = true, .in_create = true},
    {"statistics", .set = "ALTER STATISTICS {self} SET STATISTICS {value}",
     .unset = "ALTER STATISTICS {self} SET STATISTICS -1"},
    COMMENT("STATISTICS {self}"),
    END,
};

static const PropertyKind default_privileges_properties[] = {
    {"owner"},
    {"grants", .add = "ALTER DEFAULT PRIVILEGES {self} GRANT {1} ON {host} TO {3}{4}",
     .remove = "ALTER DEFAULT PRIVILEGES {self} REVOKE {1} ON {host} FROM {3}",
     .grants_again = true},
    END,
};

static const PropertyKind transform_properties[] = {RECREATES("from sql"), RECREATES("to sql"),
                                                    COMMENT("TRANSFORM {self}"), END};

#define ANEW "it cannot be changed: the database has to be made anew"
static const PropertyKind database_properties[] = {
    {"owner", .set = "ALTER DATABASE {self} OWNER TO {value!I}"},
    {"encoding", .obstacle = ANEW},
    {"collation", .obstacle = ANEW},
    {"character type", .obstacle = ANEW},
    {"locale provider", .obstacle = ANEW},
    {"locale", .obstacle = ANEW},
    {"collation rules", .obstacle = ANEW},
    {"connection limit", .set = "ALTER DATABASE {self} CONNECTION LIMIT {value}"},
    {"settings", .add = "ALTER DATABASE {self} SET {1!I} TO {3}",
     .remove = "ALTER DATABASE {self} RESET {1!I}"},
    GRANTS("DATABASE"),
    COMMENT("DATABASE {self}"),
    END,
};

static const PropertyKind role_properties[] = {
    {"superuser", .set = "ALTER ROLE {self} SUPERUSER", .unset = "ALTER ROLE {self} NOSUPERUSER"},
    {"inherits", .set = "ALTER ROLE {self} INHERIT", .unset = "ALTER ROLE {self} NOINHERIT",
     .initial = "true"},
    {"creates roles", .set = "ALTER ROLE {self} CREATEROLE",
     .unset = "ALTER ROLE {self} NOCREATEROLE"},
    {"creates databases", .set = "ALTER ROLE {self} CREATEDB",
     .unset = "ALTER ROLE {self} NOCREATEDB"},
    {"logs in", .set = "ALTER ROLE {self} LOGIN", .unset = "ALTER ROLE {self} NOLOGIN"},
    {"replicates", .set = "ALTER ROLE {self} REPLICATION",
     .unset = "ALTER ROLE {self} NOREPLICATION"},
    {"bypasses row security", .set = "ALTER ROLE {self} BYPASSRLS",
     .unset = "ALTER ROLE {self} NOBYPASSRLS"},
    {"connection limit", .set = "ALTER ROLE {self} CONNECTION LIMIT {value}", .initial = "-1"},
    {"valid until", .set = "ALTER ROLE {self} VALID UNTIL {value!L}",
     .unset = "ALTER ROLE {self} VALID UNTIL 'infinity'"},
    {"member of", .add = "GRANT {1} TO {self}{3}", .remove = "REVOKE {1} FROM {self}"},
    {"settings", .add = "ALTER ROLE {self} SET {1!I} TO {3}",
     .remove = "ALTER ROLE {self} RESET {1!I}"},
    {"settings in the database", .add = "ALTER ROLE {self} IN DATABASE {host} SET {1!I} TO {3}",
     .remove = "ALTER ROLE {self} IN DATABASE {host} RESET {1!I}"},
    COMMENT("ROLE {self}"),
    END,
};

static const ObjectKind kinds[] = {
    {"role", RANK_ROLE, .drop = "DROP ROLE {self}", .create = "CREATE ROLE {self}",
     .danger = "other databases may use the role", .properties = role_properties},
    {"database", RANK_DATABASE, .properties = database_properties},
    {"schema", RANK_SCHEMA, .drop = "DROP SCHEMA {self}", .properties = schema_properties},
    {"extension", RANK_SCHEMA + 1, .drop = "DROP EXTENSION {self}",
     .danger = "its objects may hold data, or be in use", .properties = extension_properties},
    {"language", RANK_TYPE, .drop = "DROP LANGUAGE {self}", .properties = language_properties},
    {"type", RANK_TYPE, .drop = "DROP TYPE {self}", .properties = type_properties},
    {"attribute", RANK_TYPE + 1, .drop = "ALTER TYPE {host} DROP ATTRIBUTE {self}",
     .create = "ALTER TYPE {host} ADD ATTRIBUTE {self} {ddl}",
     .danger = "values of the attribute may be stored", .properties = attribute_properties},
    {"domain", RANK_TYPE, .drop = "DROP DOMAIN {self}", .properties = domain_properties},
    {"domain constraint", RANK_TYPE + 2, .drop = "ALTER DOMAIN {host} DROP CONSTRAINT {self}",
     .create = "ALTER DOMAIN {host} ADD CONSTRAINT {self} {ddl}",
     .properties = domain_constraint_properties},
    {"collation", RANK_TYPE - 1, .drop = "DROP COLLATION {self}",
     .properties = collation_properties},
    {"function", RANK_FUNCTION, .drop = "DROP FUNCTION {self}", .replace = "{ddl}",
     .properties = function_properties},
    {"procedure", RANK_FUNCTION, .drop = "DROP PROCEDURE {self}", .replace = "{ddl}",
     .properties = procedure_properties},
    {"aggregate", RANK_FUNCTION + 1, .drop = "DROP AGGREGATE {self}",
     .properties = aggregate_properties},
    {"operator", RANK_FUNCTION + 2, .drop = "DROP OPERATOR {self}",
     .properties = operator_properties},
    {"operator family", RANK_FUNCTION + 3, .drop = "DROP OPERATOR FAMILY {self}",
     .properties = operator_family_properties},
    {"operator class", RANK_FUNCTION + 4, .drop = "DROP OPERATOR CLASS {self}",
     .properties = operator_class_properties},
    {"cast", RANK_FUNCTION + 5, .drop = "DROP CAST {self}", .properties = cast_properties},
    {"transform", RANK_FUNCTION + 5, .drop = "DROP TRANSFORM {self}",
     .properties = transform_properties},
    {"conversion", RANK_FUNCTION + 5, .drop = "DROP CONVERSION {self}",
     .properties = conversion_properties},
    {"access method", RANK_FUNCTION + 5, .drop = "DROP ACCESS METHOD {self}",
     .properties = access_method_properties},
    {"text search parser", RANK_FUNCTION + 1, .drop = "DROP TEXT SEARCH PARSER {self}",
     .properties = parser_properties},
    {"text search template", RANK_FUNCTION + 1, .drop = "DROP TEXT SEARCH TEMPLATE {self}",
     .properties = template_properties},
    {"text search dictionary", RANK_FUNCTION + 2, .drop = "DROP TEXT SEARCH DICTIONARY {self}",
     .properties = dictionary_properties},
    {"text search configuration", RANK_FUNCTION + 3,
     .drop = "DROP TEXT SEARCH CONFIGURATION {self}", .properties = configuration_properties},
    {"foreign-data wrapper", RANK_FUNCTION + 1, .drop = "DROP FOREIGN DATA WRAPPER {self}",
     .properties = wrapper_properties},
    {"server", RANK_FUNCTION + 2, .drop = "DROP SERVER {self}", .properties = server_properties},
    {"user mapping", RANK_FUNCTION + 3, .drop = "DROP USER MAPPING {self}",
     .create = "CREATE USER MAPPING {self}", .properties = mapping_properties},
    {"sequence", RANK_SEQUENCE, .drop = "DROP SEQUENCE {self}", .danger = "its value would be lost",
     .properties = sequence_properties},
    {"table", RANK_TABLE, .drop = "DROP TABLE {self}", .danger = ROLLED_ROWS,
     .only_with_rows = true, .properties = table_properties},
    {"foreign table", RANK_TABLE, .drop = "DROP FOREIGN TABLE {self}",
     .properties = foreign_table_properties},
    {"column", RANK_COLUMN, .drop = "ALTER TABLE {host} DROP COLUMN {self}",
     .create = "ALTER TABLE {host} ADD COLUMN {self} {ddl}",
     .danger = "the table has rows whose values in it would be lost", .only_with_rows = true,
     .properties = column_properties},
    {"column of view", RANK_VIEW + 2, .is_virtual = true, .properties = column_properties},
    {"view", RANK_VIEW, .drop = "DROP VIEW {self}",
     .replace = "CREATE OR REPLACE VIEW {self} AS\n{ddl}", .properties = view_properties},
    {"materialised view", RANK_VIEW + 1, .drop = "DROP MATERIALIZED VIEW {self}",
     .properties = matview_properties},
    {"index", RANK_INDEX, .drop = "DROP INDEX {self}", .create = "{ddl}",
     .properties = index_properties},
    {"constraint", RANK_CONSTRAINT, .drop = "ALTER TABLE {host} DROP CONSTRAINT {self}",
     .create = "ALTER TABLE {host} ADD CONSTRAINT {self} {ddl}",
     .properties = constraint_properties},
    {"foreign key", RANK_FOREIGN_KEY, .drop = "ALTER TABLE {host} DROP CONSTRAINT {self}",
     .create = "ALTER TABLE {host} ADD CONSTRAINT {self} {ddl}",
     .properties = constraint_properties},
    {"statistics object", RANK_INDEX, .drop = "DROP STATISTICS {self}", .create = "{ddl}",
     .properties = statistics_properties},
    {"trigger", RANK_TRIGGER, .drop = "DROP TRIGGER {self} ON {host}", .create = "{ddl}",
     .properties = trigger_properties},
    {"rule", RANK_TRIGGER, .drop = "DROP RULE {self} ON {host}", .create = "{ddl}",
     .properties = rule_properties},
    {"policy", RANK_TRIGGER, .drop = "DROP POLICY {self} ON {host}",
     .create = "CREATE POLICY {self} ON {host} {ddl}", .properties = policy_properties},
    {"event trigger", RANK_TRIGGER + 1, .drop = "DROP EVENT TRIGGER {self}",
     .properties = event_trigger_properties},
    {"default privileges", RANK_TRIGGER + 2, .is_virtual = true,
     .properties = default_privileges_properties},
};

const ObjectKind *
object_kind(const char *name)
{
    for (size_t i = 0; i < lengthof(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    abort();
}

const PropertyKind *
property_kind(const ObjectKind *kind, const char *name)
{
    for (const PropertyKind *p = kind->properties; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

const char *
object_value(const Object *object, const char *name)
{
    for (size_t i = 0; object && i < object->values.len; i++)
        if (strcmp(object->values.items[i].name, name) == 0)
            return object->values.items[i].text;
    return NULL;
}

const char *const schema_difference_skipped[] = {
    "the order of columns, names of NOT NULL constraints, indexes of single partitions",
    "publications, subscriptions, large objects, security labels, "
    "grants on built-in objects, schema public and members of extensions",
    "rows, values of sequences, whether a materialised view is populated, planner statistics",
    NULL,
};
