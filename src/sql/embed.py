#!/usr/bin/env python3
"""embed.py OUT.h OUT.c FILE.sql...: makes a C string sql_<name> of every <name>.sql."""
import pathlib
import sys

header, source, *files = sys.argv[1:]
names = [pathlib.Path(f).stem for f in files]
with open(header, "w", encoding="utf-8") as out:
    out.write("/* Made from src/sql/ by embed.py. */\n#ifndef PGBATON_SQL_SQL_H\n#define PGBATON_SQL_SQL_H\n\n")
    for name in names:
        out.write(f"extern const char sql_{name}[];\n")
    out.write("\n#endif\n")
with open(source, "w", encoding="utf-8") as out:
    out.write('#include "sql/sql.h"\n')
    for name, file in zip(names, files):
        text = pathlib.Path(file).read_text(encoding="utf-8").strip()
        out.write(f"\nconst char sql_{name}[] =\n")
        for line in text.split("\n"):
            escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
            out.write(f'    "{escaped}\\n"\n')
        out.write("    ;\n")
