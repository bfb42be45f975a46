/*
 * The texts of the help pages.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "cmd/help.h"

static const struct
{
    ErrCode code;
    const char *meaning;
} exit_codes[] = {
    {ERR_NONE, "success"},
    {ERR_FAILED, "failed; of status: something is wrong"},
    {ERR_USAGE, "the command line or the config file is wrong"},
    {ERR_REFUSED, "refused by a check or a gate; nothing was changed"},
    {ERR_DIFFER, "compared data differ"},
    {ERR_UNREACHABLE, "a server could not be reached"},
    {ERR_BUSY, "another pgbaton holds the migration"},
    {ERR_STOPPED, "stopped by a signal; running it again resumes"},
    {ERR_BUG, "a bug in pgbaton"},
};

static const char overview[] =
    "pgbaton passes a live PostgreSQL database from one server to the next - a new major version, a new host, a new provider - "
    "without dropping a write. PostgreSQL's own logical replication carries the changes from server to server; pgbaton copies what "
    "is there, watches, and moves the writes when you say so.\n\n"
    "All state is in the target database: any pgbaton on any host can show, resume or undo a migration. Killed anywhere and run "
    "again, it continues.";

static const char overview_examples[] = "pgbaton init\n"
                                        "pgbaton check\n"
                                        "pgbaton migrate\n"
                                        "pgbaton status\n"
                                        "pgbaton switchover\n"
                                        "pgbaton cleanup";

static const char settings_intro[] =
    "The config file has sections of keys and values. A value goes to the end of its line, whatever is in it; comments have lines "
    "of their own that begin with # or ;. The file must be closed to others (chmod 600) if it holds a password.\n\n"
    "  [source]\n  conninfo = host=old.example port=5432 dbname=shop user=mover\n\n"
    "A flag goes before the environment, the environment before the file, the file before the default.";

/* "-c, --config FILE" */
static void
add_term(Str *s, const Option *row)
{
    if (row->letter)
        str_addf(s, "-%c, ", row->letter);
    str_addf(s, "--%s", row->name);
    if (row->argument)
        str_addf(s, " %s", row->argument);
}

static void
add_separator(Str *s, const char *start)
{
    str_add(s, s->len && s->data[s->len - 1] != '(' ? "; " : start);
}

static void
add_meaning(Str *s, const Option *row)
{
    Str notes = STR_INIT;

    str_add(s, row->help);
    if (row->default_text && *row->default_text && !strstr(row->help, "default"))
        str_addf(&notes, "default: %s", row->default_text);
    if (row->environment)
    {
        add_separator(&notes, "");
        str_addf(&notes, "$%s", row->environment);
    }
    if (notes.len)
        str_addf(s, " (%s)", notes.data);
    str_release(&notes);
}

static void
put_option(Page *page, const Option *row)
{
    cleanup_(str_release) Str term = STR_INIT;
    cleanup_(str_release) Str meaning = STR_INIT;

    if (!row->help)
        return;
    add_term(&term, row);
    add_meaning(&meaning, row);
    page_entry(page, term.data, meaning.data);
}

/* What every command understands: the options that are no settings, and the two servers. */
static bool
is_common(const Option *row)
{
    return !row->section || strcmp(row->key, "conninfo") == 0;
}

static void
put_common_options(Page *page)
{
    page_heading(page, "Global options");
    for (const Option *row = global_options; row->name; row++)
        if (is_common(row))
            put_option(page, row);
}

static void
put_exit_codes(Page *page)
{
    page_heading(page, "Exit codes");
    for (size_t i = 0; i < lengthof(exit_codes); i++)
    {
        cleanup_(str_release) Str code = STR_INIT;

        str_addf(&code, "%d", err_exit_code(exit_codes[i].code));
        page_entry(page, code.data, exit_codes[i].meaning);
    }
}

void
help_overview(Page *page)
{
    page_title(page, "pgbaton", 1, "move a live PostgreSQL database to another server");
    page_heading(page, page->roff ? "Synopsis" : "Usage");
    page_text(page, "pgbaton COMMAND [ARGUMENT...] [OPTION...]");
    page_heading(page, "Description");
    page_text(page, overview);
    page_heading(page, "Commands");
    for (const Command *const *c = commands; *c; c++)
        if (!(*c)->is_hidden)
            page_entry(page, (*c)->name, (*c)->summary);
    put_common_options(page);
    put_exit_codes(page);
    page_heading(page, "Examples");
    page_code(page, overview_examples);
    page_heading(page, "See also");
    page_text(
        page,
        "pgbaton help COMMAND for a command; pgbaton help settings for what the config file can hold.");
}

/* Whether the blank-separated list has the name. */
static bool
is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = list; p && (p = strstr(p, name)) != NULL; p += len)
        if ((p == list || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
            return true;
    return false;
}

bool
help_heeds(const Command *command, const Option *row)
{
    return is_common(row) || (command && is_listed(command->settings, row->name));
}

static void
put_own_options(Page *page, const Command *command)
{
    bool any = command->settings != NULL;

    for (const Option *row = command->options; row && row->name; row++)
        any = any || row->help;
    if (!any)
        return;
    page_heading(page, "Options");
    for (const Option *row = command->options; row && row->name; row++)
        put_option(page, row);
    for (const Option *row = global_options; row->name; row++)
        if (is_listed(command->settings, row->name))
            put_option(page, row);
}

static void
add_man_name(Str *s, const Command *command)
{
    str_add(s, "pgbaton-");
    for (const char *p = command->name; *p; p++)
        str_add_char(s, *p == ' ' ? '-' : *p);
}

void
help_command(Page *page, const Command *command)
{
    cleanup_(str_release) Str name = STR_INIT;
    cleanup_(str_release) Str usage = STR_INIT;

    add_man_name(&name, command);
    str_addf(&usage, "pgbaton %s%s%s [OPTION...]", command->name, *command->arguments ? " " : "",
             command->arguments);
    page_title(page, name.data, 1, command->summary);
    page_heading(page, page->roff ? "Synopsis" : "Usage");
    page_text(page, usage.data);
    page_heading(page, "Description");
    page_text(page, command->description ? command->description : command->summary);
    if (command->add_help)
        command->add_help(page);
    put_own_options(page, command);
    put_common_options(page);
    put_exit_codes(page);
    if (command->examples)
    {
        page_heading(page, "Examples");
        page_code(page, command->examples);
    }
    if (page->roff)
    {
        page_heading(page, "See also");
        page_text(page, "pgbaton(1), pgbaton.conf(5)");
    }
}

/* "How many …. Flag: --jobs N. Default: 4. From 1 to 128." */
static void
add_setting(Str *s, const Option *row)
{
    str_addf(s, "%s. Flag: ", row->help);
    add_term(s, row);
    str_add_char(s, '.');
    if (row->environment)
        str_addf(s, " Environment: %s.", row->environment);
    if (row->default_text)
        str_addf(s, " Default: %s.", row->default_text);
    if (row->max && row->max != INT64_MAX)
    {
        str_add(s, " From ");
        option_add_number(s, row->type, row->min);
        str_add(s, " to ");
        option_add_number(s, row->type, row->max);
        str_add_char(s, '.');
    }
}

void
help_settings(Page *page)
{
    const char *section = "";

    page_title(page, "pgbaton.conf", 5, "settings of pgbaton");
    page_heading(page, "Description");
    page_text(page, settings_intro);
    for (const Option *row = global_options; row->name; row++)
    {
        cleanup_(str_release) Str text = STR_INIT;

        if (!row->section || !row->help)
            continue;
        if (strcmp(section, row->section) != 0)
        {
            cleanup_(str_release) Str title = STR_INIT;

            section = row->section;
            str_addf(&title, "Section [%s]", section);
            page_heading(page, title.data);
        }
        add_setting(&text, row);
        page_entry(page, row->key, text.data);
    }
    page_heading(page, "Section [pooler NAME]");
    page_text(
        page,
        "PgBouncers whose database entries are moved inside the write pause. Each section stands for those that "
        "read the same file; there may be several.");
    for (const Option *row = pooler_options; row->name; row++)
    {
        cleanup_(str_release) Str text = STR_INIT;

        str_addf(&text, "%s.", row->help);
        if (row->default_text)
            str_addf(&text, " Default: %s.", row->default_text);
        page_entry(page, row->key, text.data);
    }
    if (page->roff)
    {
        page_heading(page, "See also");
        page_text(page, "pgbaton(1)");
    }
}

static bool
open_page(const char *directory, const char *name, int section, Page *ret_page, Err *err)
{
    cleanup_(str_release) Str path = STR_INIT;

    str_addf(&path, "%s/man%d", directory, section);
    if (mkdir(path.data, 0755) != 0 && errno != EEXIST)
        return err_set(err, ERR_FAILED, "could not make directory \"%s\": %s", path.data,
                       strerror(errno));
    str_addf(&path, "/%s.%d", name, section);
    ret_page->roff = true;
    ret_page->stream = fopen(path.data, "w");
    if (!ret_page->stream)
        return err_set(err, ERR_FAILED, "could not write \"%s\": %s", path.data, strerror(errno));
    return true;
}

static bool
close_page(const Page *page, Err *err)
{
    bool fine = !ferror(page->stream);

    if (fclose(page->stream) != 0 || !fine)
        return err_set(err, ERR_FAILED, "could not write a man page: %s", strerror(errno));
    return true;
}

bool
help_write_man_pages(const char *directory, Err *err)
{
    Page page = {0};

    if (mkdir(directory, 0755) != 0 && errno != EEXIST)
        return err_set(err, ERR_FAILED, "could not make directory \"%s\": %s", directory,
                       strerror(errno));
    if (!open_page(directory, "pgbaton", 1, &page, err))
        return false;
    help_overview(&page);
    if (!close_page(&page, err) || !open_page(directory, "pgbaton.conf", 5, &page, err))
        return false;
    help_settings(&page);
    if (!close_page(&page, err))
        return false;
    for (const Command *const *c = commands; *c; c++)
    {
        cleanup_(str_release) Str name = STR_INIT;

        if ((*c)->is_hidden)
            continue;
        add_man_name(&name, *c);
        if (!open_page(directory, name.data, 1, &page, err))
            return false;
        help_command(&page, *c);
        if (!close_page(&page, err))
            return false;
    }
    return true;
}
