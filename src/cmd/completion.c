/*
 * `pgbaton completion`: scripts that let a shell ask pgbaton itself, see complete.c.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"

/*
 * To bash "=" and ":" are words of their own, as a rule: they are put together again by the line, and only what is behind the last of them
 * is replied.
 */
static const char bash_script[] =
    "# bash completion for pgbaton, made by: pgbaton completion bash\n"
    "_pgbaton()\n"
    "{\n"
    "    local rest=$COMP_LINE trimmed word words=() start n name meaning i\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        trimmed=${rest#\"${rest%%[![:space:]]*}\"}\n"
    "        if [[ $i -eq 0 || $trimmed != \"$rest\" || -z $rest ]]; then\n"
    "            words+=(\"$word\")\n"
    "        else\n"
    "            words[${#words[@]} - 1]+=$word\n"
    "        fi\n"
    "        rest=${trimmed#\"$word\"}\n"
    "    done\n"
    "    n=${#words[@]}\n"
    "    word=${words[n - 1]}\n"
    "    start=${word%\"${word##*[=:]}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r name meaning; do\n"
    "        case $name in\n"
    "            :file) compopt -o filenames 2>/dev/null\n"
    "                mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"${word#\"$start\"}\") ;;\n"
    "            :directory) compopt -o filenames 2>/dev/null\n"
    "                mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -d -- \"${word#\"$start\"}\") ;;\n"
    "            :command)\n"
    "                if [[ $(type -t _command_offset) == function ]]; then\n"
    "                    _command_offset $((COMP_CWORD - meaning))\n"
    "                elif [[ $meaning -eq 0 ]]; then\n"
    "                    mapfile -t COMPREPLY < <(compgen -c -- \"$word\" | sort -u)\n"
    "                else\n"
    "                    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "                fi ;;\n"
    "            *) COMPREPLY+=(\"${name#\"$start\"}\") ;;\n"
    "        esac\n"
    "    done < <(\"${words[0]/#\\~/$HOME}\" complete -- \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _pgbaton pgbaton\n";

static const char zsh_script[] =
    "#compdef pgbaton\n"
    "# zsh completion for pgbaton, made by: pgbaton completion zsh\n"
    "_pgbaton()\n"
    "{\n"
    "    local line name meaning\n"
    "    local -a offers\n"
    "    for line in \"${(@f)$(${words[1]} complete -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
    "        name=${line%%$'\\t'*}\n"
    "        meaning=${line#*$'\\t'}\n"
    "        case $name in\n"
    "            '') ;;\n"
    "            :file) compset -P '*='; _files ;;\n"
    "            :directory) compset -P '*='; _files -/ ;;\n"
    "            :command) shift $((CURRENT - 1 - meaning)) words; CURRENT=$((meaning + 1)); _normal ;;\n"
    "            *) offers+=(\"${name//:/\\\\:}:$meaning\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#offers} )) && _describe 'pgbaton' offers\n"
    "}\n"
    "if [[ ${funcstack[1]} == _pgbaton ]]; then\n"
    "    _pgbaton \"$@\"\n"
    "else\n"
    "    compdef _pgbaton pgbaton\n"
    "fi\n";

static const char fish_script[] =
    "# fish completion for pgbaton, made by: pgbaton completion fish\n"
    "function __pgbaton_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    set -l prefix (string match -r '^--[^=]*=' -- \"$current\")\n"
    "    set -l value (string replace -r '^--[^=]*=' '' -- \"$current\")\n"
    "    for line in ($words[1] complete -- $words[2..] \"$current\" 2>/dev/null)\n"
    "        switch $line\n"
    "            case :file\n"
    "                for path in (__fish_complete_path \"$value\")\n"
    "                    echo \"$prefix$path\"\n"
    "                end\n"
    "            case :directory\n"
    "                for path in (__fish_complete_directories \"$value\")\n"
    "                    echo \"$prefix$path\"\n"
    "                end\n"
    "            case ':command*'\n"
    "                set -l meaning (string split \\t -- $line)[2]\n"
    "                set -l rest $words[(math (count $words) - $meaning + 1)..]\n"
    "                test $meaning -eq 0; and set rest\n"
    "                complete -C (string join ' ' -- (string escape -- $rest) \"$current\")\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c pgbaton -f -a '(__pgbaton_complete)'\n";

static const struct
{
    const char *shell;
    const char *script;
} scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

static bool
run(const CommandContext *context, Err *err)
{
    for (size_t i = 0; i < lengthof(scripts); i++)
        if (strcmp(context->args[0], scripts[i].shell) == 0)
        {
            fputs(scripts[i].script, stdout);
            return true;
        }
    err_set(err, ERR_USAGE, "there is no completion for \"%s\"", context->args[0]);
    err_detail(err, "The shells are bash, zsh and fish.");
    return err_hint(err, "Run: pgbaton help completion");
}

const Command command_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "print a script that completes pgbaton's command line in a shell",
    .description =
        "Commands, options, their choices and files are completed. The script asks pgbaton at each use, so that it need not be made "
        "again for another version. \"meson install\" puts all three where the shells look for them.",
    .examples = "source <(pgbaton completion bash)\n"
                "pgbaton completion zsh > ~/.zfunc/_pgbaton\n"
                "pgbaton completion fish > ~/.config/fish/completions/pgbaton.fish",
    .min_args = 1,
    .max_args = 1,
    .needs_no_config = true,
    .run = run,
};
