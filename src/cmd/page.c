#include "cmd/page.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

enum
{
    WIDTH = 96,
    INDENT = 2,
    TERM_COLUMN = 30 /* where the meaning of a term begins */
};

/*
 * Adds text with roff's own characters made harmless, and a hyphen that can be copied from the
 * page.
 */
static void
add_roff(Str *s, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
    {
        bool line_start = s->len == 0 || s->data[s->len - 1] == '\n';

        if (line_start && (text[i] == '.' || text[i] == '\''))
            str_add(s, "\\&");
        if (text[i] == '\\')
            str_add(s, "\\e");
        else if (text[i] == '-')
            str_add(s, "\\-");
        else if (text[i] == '\'')
            str_add(s, "\\(aq");
        else
            str_add_char(s, text[i]);
    }
}

static void
put_roff(Page *page, const char *text, size_t len)
{
    cleanup_(str_release) Str s = STR_INIT;

    add_roff(&s, text, len);
    fputs(s.data, page->stream);
}

/*
 * Puts words into lines between the columns `indent` and WIDTH; the cursor is at `column`. Ends
 * with a newline.
 */
static void
fill(FILE *stream, const char *text, size_t len, size_t column, size_t indent)
{
    const char *end = text + len;
    bool first = true;

    fprintf(stream, "%*s", column < indent ? (int)(indent - column) : 0, "");
    column = indent;
    for (;;)
    {
        const char *word;
        size_t word_len;

        while (text < end && isspace((unsigned char)*text))
            text++;
        for (word = text; text < end && !isspace((unsigned char)*text); text++)
            ;
        word_len = (size_t)(text - word);
        if (word_len == 0)
            break;
        if (!first && column + 1 + word_len > WIDTH)
        {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        fprintf(stream, "%s%.*s", first ? "" : " ", (int)word_len, word);
        column += word_len + !first;
        first = false;
    }
    fputc('\n', stream);
}

void
page_title(Page *page, const char *name, int section, const char *summary)
{
    if (!page->roff)
        return;
    fprintf(page->stream, ".TH \"");
    for (const char *p = name; *p; p++)
        fputc(toupper((unsigned char)*p), page->stream);
    fprintf(page->stream, "\" \"%d\" \"\" \"pgbaton " PGBATON_VERSION "\" \"pgbaton\"\n.SH NAME\n",
            section);
    put_roff(page, name, strlen(name));
    fputs(" \\- ", page->stream);
    put_roff(page, summary, strlen(summary));
    fputc('\n', page->stream);
}

void
page_heading(Page *page, const char *title)
{
    if (!page->roff)
    {
        fprintf(page->stream, "%s%s:\n", page->started ? "\n" : "", title);
        page->started = true;
        return;
    }
    fputs(".SH ", page->stream);
    for (const char *p = title; *p; p++)
        fputc(toupper((unsigned char)*p), page->stream);
    fputc('\n', page->stream);
}

void
page_code(Page *page, const char *lines)
{
    if (page->roff)
        fputs(".PP\n.nf\n.RS 4\n", page->stream);
    while (*lines)
    {
        size_t len = strcspn(lines, "\n");

        if (page->roff)
            put_roff(page, lines, len);
        else
            fprintf(page->stream, "%*s%.*s", len ? INDENT : 0, "", (int)len, lines);
        fputc('\n', page->stream);
        lines += len + (lines[len] == '\n');
    }
    if (page->roff)
        fputs(".RE\n.fi\n", page->stream);
}

void
page_text(Page *page, const char *text)
{
    for (bool first = true; *text; first = false)
    {
        const char *end = strstr(text, "\n\n");
        size_t len = end ? (size_t)(end - text) : strlen(text);

        if (!page->roff && !first)
            fputc('\n', page->stream);
        if (strncmp(text, "  ", 2) == 0)
        {
            cleanup_(str_release) Str lines = STR_INIT;

            str_add_bytes(&lines, text, len);
            page_code(page, lines.data);
        }
        else if (page->roff)
        {
            fputs(".PP\n", page->stream);
            put_roff(page, text, len);
            fputc('\n', page->stream);
        }
        else
            fill(page->stream, text, len, 0, INDENT);
        text += len;
        while (*text == '\n')
            text++;
    }
}

void
page_entry(Page *page, const char *term, const char *text)
{
    if (page->roff)
    {
        fputs(".TP\n.B ", page->stream);
        put_roff(page, term, strlen(term));
        fputc('\n', page->stream);
        put_roff(page, text, strlen(text));
        fputc('\n', page->stream);
        return;
    }
    fprintf(page->stream, "%*s%s", INDENT, "", term);
    if (INDENT + strlen(term) + 2 > TERM_COLUMN)
    {
        fputc('\n', page->stream);
        fill(page->stream, text, strlen(text), 0, TERM_COLUMN);
    }
    else
        fill(page->stream, text, strlen(text), INDENT + strlen(term), TERM_COLUMN);
}
