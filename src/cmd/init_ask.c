#include "cmd/init_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/str.h"

bool
ask_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* A byte at a time, so that nothing after the line is taken, and Ctrl-C is seen. */
static bool
read_line(Str *line, Err *err)
{
    for (;;)
    {
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = cancel_fd(), .events = POLLIN}};
        char c;
        ssize_t n;

        if (poll(fds, lengthof(fds), -1) < 0 && errno != EINTR)
            return err_set(err, ERR_FAILED, "could not wait for an answer: %s", strerror(errno));
        if (cancel_requested())
            return cancel_error(err);
        if (!fds[0].revents)
            continue;
        n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
        {
            err_set(err, ERR_STOPPED, "the input ended before every question was answered");
            err_detail(err, "Nothing was written.");
            return err_hint(err, "Run it again, or give the answers as options: pgbaton help init");
        }
        if (c == '\n')
            return true;
        str_add_char(line, c);
    }
}

/*
 * Before the question is asked: what comes in answer to it must neither be shown nor be thrown away
 * with what was typed ahead.
 */
static bool
echo_off(struct termios *ret_before)
{
    struct termios silent;

    if (tcgetattr(STDIN_FILENO, ret_before) != 0)
        return false;
    silent = *ret_before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
}

static void
echo_again(const struct termios *before)
{
    tcsetattr(STDIN_FILENO, TCSADRAIN, before);
    fputc('\n', stderr);
}

bool
ask(Arena *arena, const char *question, const char *preset, bool hidden, const char **ret_answer,
    Err *err)
{
    for (;;)
    {
        cleanup_(str_release) Str line = STR_INIT;
        struct termios before;
        bool silent = hidden && echo_off(&before);
        bool fine;

        fputs(question, stderr);
        if (preset && *preset)
            fprintf(stderr, " [%s]", preset);
        fputs(": ", stderr);
        fflush(stderr);
        fine = read_line(&line, err);
        if (silent)
            echo_again(&before);
        if (!fine)
            return false;
        if (line.len || preset)
        {
            *ret_answer = arena_strdup(arena, line.len ? line.data : preset);
            return true;
        }
    }
}

bool
ask_letter(const char *question, const char *letters, char preset, char *ret_letter, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    const char *answer;
    const char initial[2] = {preset, '\0'};

    for (;;)
    {
        if (!ask(&scratch, question, initial, false, &answer, err))
            return false;
        if (!answer[1] && strchr(letters, answer[0]))
        {
            *ret_letter = answer[0];
            return true;
        }
    }
}
