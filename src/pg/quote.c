#include "pg/quote.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
sql_ident(Str *s, const char *name)
{
    str_add_char(s, '"');
    for (const char *p = name; *p; p++)
    {
        if (*p == '"')
            str_add_char(s, '"');
        str_add_char(s, *p);
    }
    str_add_char(s, '"');
}

void
sql_qualified(Str *s, const char *schema, const char *name)
{
    sql_ident(s, schema);
    str_add_char(s, '.');
    sql_ident(s, name);
}

void
sql_literal(Str *s, const char *value)
{
    if (!value)
    {
        str_add(s, "NULL");
        return;
    }
    /* E'' reads the same whatever standard_conforming_strings is; the blank keeps it apart from a preceding word. */
    str_add(s, strchr(value, '\\') ? " E'" : "'");
    for (const char *p = value; *p; p++)
    {
        if (*p == '\'' || *p == '\\')
            str_add_char(s, *p);
        str_add_char(s, *p);
    }
    str_add_char(s, '\'');
}

void
sql_array_add(Str *array, const char *value)
{
    if (array->len > 0)
        array->data[array->len - 1] = ',';
    else
        str_add_char(array, '{');
    if (!value)
        str_add(array, "NULL");
    else
    {
        str_add_char(array, '"');
        for (const char *p = value; *p; p++)
        {
            if (*p == '"' || *p == '\\')
                str_add_char(array, '\\');
            str_add_char(array, *p);
        }
        str_add_char(array, '"');
    }
    str_add_char(array, '}');
}

void
sql_format(Str *s, const char *template, ...)
{
    va_list args;

    va_start(args, template);
    for (const char *p = template; *p; p++)
    {
        const char *first;

        if (*p != '%')
        {
            str_add_char(s, *p);
            continue;
        }
        switch (*++p)
        {
            case 'I':
                sql_ident(s, va_arg(args, const char *));
                break;
            case 'L':
                sql_literal(s, va_arg(args, const char *));
                break;
            case 'Q':
                first = va_arg(args, const char *);
                sql_qualified(s, first, va_arg(args, const char *));
                break;
            case 'R':
                str_add(s, va_arg(args, const char *));
                break;
            case '%':
                str_add_char(s, '%');
                break;
            default:
                abort();
        }
    }
    va_end(args);
}
