#include <string.h>

#include "base/str.h"

void
str_add_shell_word(Str *s, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@,+";

    if (*text && text[strspn(text, plain)] == '\0')
    {
        str_add(s, text);
        return;
    }
    str_add_char(s, '\'');
    for (const char *p = text; *p; p++)
        str_add(s, *p == '\'' ? "'\\''" : (char[]){*p, '\0'});
    str_add_char(s, '\'');
}
