/*
 * Every command, each defined in the file of its name.
 */
#ifndef PGBATON_CMD_COMMANDS_H
#define PGBATON_CMD_COMMANDS_H

#include "cmd/cmd.h"

extern const Command command_init;
extern const Command command_check;
extern const Command command_migrate;
extern const Command command_join;
extern const Command command_sync;
extern const Command command_status;
extern const Command command_switchover;
extern const Command command_rollback;
extern const Command command_cleanup;
extern const Command command_publication_list;
extern const Command command_publication_create;
extern const Command command_publication_drop;
extern const Command command_publication_add;
extern const Command command_publication_remove;
extern const Command command_subscription_list;
extern const Command command_subscription_create;
extern const Command command_subscription_drop;
extern const Command command_subscription_enable;
extern const Command command_subscription_disable;
extern const Command command_subscription_refresh;
extern const Command command_subscription_skip;
extern const Command command_subscription_reverse;
extern const Command command_slot_list;
extern const Command command_slot_create;
extern const Command command_slot_copy;
extern const Command command_slot_advance;
extern const Command command_slot_drop;
extern const Command command_origin_list;
extern const Command command_origin_rewind;
extern const Command command_sequence_diff;
extern const Command command_sequence_sync;
extern const Command command_identity_list;
extern const Command command_identity_fix;
extern const Command command_identity_restore;
extern const Command command_roles_copy;
extern const Command command_extensions_copy;
extern const Command command_schema_copy;
extern const Command command_schema_diff;
extern const Command command_table_list;
extern const Command command_column_list;
extern const Command command_grant;
extern const Command command_writes_pause;
extern const Command command_writes_resume;
extern const Command command_writes_status;
extern const Command command_traffic_init;
extern const Command command_traffic_run;
extern const Command command_traffic_check;
extern const Command command_exec;
extern const Command command_config_show;
extern const Command command_config_swap;
extern const Command command_completion;
extern const Command command_steps;
extern const Command command_help;
extern const Command command_complete;

/*
 * The command that the first words name, the longest match; *ret_n_words of them are its name. NULL
 * if there is none or no word: then ERR_USAGE with the nearest one.
 */
const Command *command_find(const char *const *words, size_t n_words, int *ret_n_words,
                            Err *err) must_check;

#endif
