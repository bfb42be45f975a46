#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static const struct
{
    int exit_code;
    const char *name;
} codes[] = {
    [ERR_NONE] = {0, "ok"},       [ERR_FAILED] = {1, "failed"},
    [ERR_USAGE] = {2, "usage"},   [ERR_REFUSED] = {3, "refused"},
    [ERR_DIFFER] = {4, "differ"}, [ERR_UNREACHABLE] = {5, "unreachable"},
    [ERR_BUSY] = {6, "busy"},     [ERR_STOPPED] = {7, "stopped"},
    [ERR_BUG] = {70, "bug"},
};

static void replace_text(char **text, const char *format, va_list args) printf_(2, 0);

static void
replace_text(char **text, const char *format, va_list args)
{
    Str s = STR_INIT;

    str_addv(&s, format, args);
    free(*text);
    *text = str_detach(&s);
}

bool
err_set(Err *err, ErrCode code, const char *format, ...)
{
    va_list args;

    err_release(err);
    err->code = code;
    va_start(args, format);
    replace_text(&err->message, format, args);
    va_end(args);
    return false;
}

bool
err_detail(Err *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    replace_text(&err->detail, format, args);
    va_end(args);
    return false;
}

bool
err_hint(Err *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    replace_text(&err->hint, format, args);
    va_end(args);
    return false;
}

bool
err_context(Err *err, const char *format, ...)
{
    Str s = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&s, format, args);
    va_end(args);
    str_addf(&s, ": %s", err->message ? err->message : "unknown error");
    free(err->message);
    err->message = str_detach(&s);
    return false;
}

bool
err_move(Err *err, Err *from)
{
    if (err != from)
    {
        err_release(err);
        *err = *from;
        memset(from, 0, sizeof(*from));
    }
    return false;
}

void
err_release(Err *err)
{
    free(err->message);
    free(err->detail);
    free(err->hint);
    memset(err, 0, sizeof(*err));
}

int
err_exit_code(ErrCode code)
{
    return codes[code].exit_code;
}

const char *
err_code_name(ErrCode code)
{
    return codes[code].name;
}
