package PgbatonOracle;

# Decides whether two databases hold the same, without any help from pgbaton: it runs psql, pg_dump, pg_restore, sort and
# sha256sum, and nothing else. All conninfos are libpq strings (URI or keyword form). Every function dies with the failing
# program's message when it cannot look; a difference is a returned value, never a death.
#
#   my $rows = rows_digest($conninfo, bin => '/usr/lib/postgresql/17/bin');
#   my @diff = same_rows($source, $target);              # () when equal
#   my @diff = same_sequences($source, $target);
#   my $ref  = schema_reference(source => ..., target => ..., name => 'ref', source_bin => ..., bin => ...);
#   my @diff = schema_diff($ref, $migrated, bin => ...); # lines of a diff, () when equal
#   my @diff = same_database($source, $migrated);        # settings, privileges and comment of the database itself
#   my @diff = same_roles($source, $target, like => 'shop\_%');
#
# Options understood by all:
#   bin              directory of the client programs (default: found by PATH)
#   exclude_schemas  schemas that are not looked at (default: [pgbaton]); schema_diff has no default, see there
#   exclude_tables   list of 'schema.table' as printed by %I.%I that rows_digest leaves out (default: none)

use strict;
use warnings;

use Exporter 'import';
use File::Temp ();

our @EXPORT_OK = qw(rows_digest sequences_digest large_objects_digest same_rows same_sequences
  schema_reference schema_diff drop_database same_database same_roles);

# What the text of a value depends on, pinned; and nothing that a database or a role sets may stop a long comparison.
my %pinned = (
    'datestyle' => 'ISO,YMD',
    'intervalstyle' => 'postgres',
    'timezone' => 'UTC',
    'extra_float_digits' => '3',
    'bytea_output' => 'hex',
    'xmloption' => 'content',
    'search_path' => 'pg_catalog',
    'lc_monetary' => 'C',
    'row_security' => 'off',
    'statement_timeout' => '0',
    'lock_timeout' => '0',
    'idle_in_transaction_session_timeout' => '0',
    'default_transaction_isolation' => "repeatable\\ read",
);

# Runs $code with the environment that all client programs here get.
sub with_environment
{
    my ($settings, $code) = @_;
    my %settings = (%pinned, %$settings);
    local $ENV{PGOPTIONS} = join(' ', map { "-c $_=$settings{$_}" } sort keys %settings);
    return $code->();
}

sub program
{
    my ($name, %opt) = @_;
    return defined $opt{bin} ? "$opt{bin}/$name" : $name;
}

sub slurp
{
    my ($file) = @_;
    open my $fh, '<', $file or die "cannot read \"$file\": $!\n";
    local $/;
    my $text = <$fh>;
    close $fh;
    return $text // '';
}

# run(\@argv, $stdin): stdout of the program; dies with its stderr when it fails. The encoding is set for all: a database may have
# another client_encoding by ALTER DATABASE, and pg_dump obeys that.
sub run
{
    my ($argv, $stdin) = @_;
    local $ENV{PGCLIENTENCODING} = 'UTF8';
    local $ENV{LC_ALL} = 'C';
    my $dir = File::Temp->newdir('oracleXXXXXX', TMPDIR => 1);
    if (open my $in, '>', "$dir/in")
    {
        print $in $stdin // '';
        close $in or die "cannot write \"$dir/in\": $!\n";
    }
    my $pid = fork() // die "cannot fork: $!\n";
    if ($pid == 0)
    {
        open STDIN, '<', "$dir/in" and open STDOUT, '>', "$dir/out" and open STDERR, '>', "$dir/err" or exit 126;
        exec { $argv->[0] } @$argv or do { print STDERR "cannot run \"$argv->[0]\": $!\n"; exit 127 };
    }
    waitpid $pid, 0;
    my $status = $?;
    die "$argv->[0] failed (status " . ($status >> 8) . "):\n" . slurp("$dir/err") . "\n" if $status != 0;
    return slurp("$dir/out");
}

sub psql
{
    my ($conninfo, $sql, %opt) = @_;
    return with_environment(
        $opt{old_floats} ? { extra_float_digits => 0 } : {},
        sub {
            run([ program('psql', %opt), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $conninfo, '-f', '-' ], $sql);
        });
}

# Rows of a query as arrays; fields are passed as hex so that no name, however hostile, can be taken for a separator.
sub query
{
    my ($conninfo, $columns, $from, %opt) = @_;
    my $hex = join(" || ',' || ",
        map { "coalesce(encode(convert_to(($_)::text, 'UTF8'), 'hex'), 'null')" } @$columns);
    return map {
        [ map { $_ eq 'null' ? undef : pack('H*', $_) } split /,/, $_, -1 ]
    } split /\n/, psql($conninfo, "SELECT $hex $from;\n", %opt);
}

sub literal
{
    my ($text) = @_;
    $text =~ s/'/''/g;
    $text = " E'" . $text =~ s/\\/\\\\/gr . "'" if $text =~ /\\/;
    return $text =~ /^ E'/ ? $text : "'$text'";
}

sub schema_filter
{
    my ($column, %opt) = @_;
    my @excluded = @{ $opt{exclude_schemas} // ['pgbaton'] };
    return "$column !~ '^pg_' AND $column <> 'information_schema'" . join('', map { " AND $column <> " . literal($_) } @excluded);
}

# rows_digest(CONNINFO, %opt): { table => { sha256, rows } }, the table as schema.table quoted where needed.
# All ordinary tables and leaf partitions, each by itself (ONLY), columns in order of name (bytes), generated columns
# included, COPY's text form, sorted by bytes. One snapshot for all tables.
# old_floats => 1: 12 has changed the text of floats to the shortest exact one, so that digests of older and newer servers agree only if
# columns of floats are taken by their bits; floats inside other types (point, float8[]) are then compared to 15 digits. same_rows sees to it.
sub rows_digest
{
    my ($conninfo, %opt) = @_;
    my %skip = map { $_ => 1 } @{ $opt{exclude_tables} // [] };
    my $filter = schema_filter('n.nspname', %opt);
    my $only = $opt{kinds} // "'r'";
    my $column = 'quote_ident(a.attname)';
    # not the bits of a NaN: those have a sign, which the stream's text form does not carry
    $column = "CASE WHEN a.atttypid IN ('float4'::regtype, 'float8'::regtype) "
      . "THEN format('CASE WHEN %1\$I = ''NaN'' THEN NULL ELSE %2\$s(%1\$I) END, %1\$I IS NULL', a.attname, CASE a.atttypid WHEN 'float4'::regtype THEN 'float4send' ELSE 'float8send' END) ELSE $column END"
      if $opt{old_floats};
    my @tables = grep { !$skip{ $_->[0] } } query($conninfo, [ 'name', 'columns' ], <<"SQL", %opt);
FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name,
             (SELECT string_agg($column, ', ' ORDER BY convert_to(a.attname::text, 'UTF8'))
              FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ($only) AND c.relpersistence <> 't' AND $filter
      ORDER BY 1) AS t
SQL
    my $dir = File::Temp->newdir('oracleXXXXXX', TMPDIR => 1);
    my $script = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;\n";
    my $i = 0;
    for my $table (@tables)
    {
        # a query without columns gives COPY nothing to say but its number of rows
        my $select = defined $table->[1]
          ? "SELECT $table->[1] FROM ONLY $table->[0]"
          : "SELECT 'row without columns' FROM ONLY $table->[0]";
        $script .= "COPY ($select) TO STDOUT \\g |LC_ALL=C sort -S 64M | sha256sum | cut -d' ' -f1 >\"\$ORACLE_DIR/$i\"\n";
        $script .= "\\qecho :ROW_COUNT\n";
        $i++;
    }
    $script .= "COMMIT;\n";
    local $ENV{ORACLE_DIR} = "$dir";
    my @counts = split /\n/, psql($conninfo, $script, %opt);
    die 'psql counted ' . @counts . ' tables instead of ' . @tables . "\n" if @counts != @tables;
    my %digest;
    for my $n (0 .. $#tables)
    {
        chomp(my $sum = slurp("$dir/$n"));
        die "no digest of $tables[$n][0]\n" if $sum !~ /^[0-9a-f]{64}$/;
        $digest{ $tables[$n][0] } = { sha256 => $sum, rows => $counts[$n] };
    }
    return \%digest;
}

# { sequence => 'last_value|is_called' }. log_cnt is left out: it is a matter of WAL, and starts anew after a restart.
sub sequences_digest
{
    my ($conninfo, %opt) = @_;
    my $filter = schema_filter('n.nspname', %opt);
    my @names = query($conninfo, ["format('%I.%I', n.nspname, c.relname)", 's.seqincrement'], <<"SQL", %opt);
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND $filter
SQL
    return {} if !@names;
    my @values = split /\n/, psql($conninfo, join("\n", map { "SELECT last_value, is_called FROM $_->[0];" } @names) . "\n", %opt);
    my %digest;
    for my $i (0 .. $#names)
    {
        $digest{ $names[$i][0] } = $values[$i];
    }
    return \%digest;
}

# { oid => 'md5 of the data|owner|grants|comment' }
sub large_objects_digest
{
    my ($conninfo, %opt) = @_;
    return {
        map { $_->[0] => join('|', map { $_ // '' } @$_[ 1 .. 4 ]) } query(
            $conninfo,
            [   'm.oid', 'md5(lo_get(m.oid))', 'pg_get_userbyid(m.lomowner)',
                '(SELECT string_agg(a::text, \',\' ORDER BY a::text) FROM unnest(m.lomacl) a)',
                'obj_description(m.oid, \'pg_largeobject\')'
            ],
            'FROM pg_largeobject_metadata m',
            %opt)
    };
}

sub compare
{
    my ($what, $ours, $theirs) = @_;
    my @diff;
    for my $key (sort keys %{ { %$ours, %$theirs } })
    {
        my ($a, $b) = ($ours->{$key}, $theirs->{$key});
        if (!defined $b) { push @diff, "$what $key: only on the first side" }
        elsif (!defined $a) { push @diff, "$what $key: only on the second side" }
        elsif (ref $a) { push @diff, "$what $key: $a->{rows} and $b->{rows} rows, sha256 differs" if $a->{sha256} ne $b->{sha256} }
        elsif ($a ne $b) { push @diff, "$what $key: \"$a\" and \"$b\"" }
    }
    return @diff;
}

# same_rows(FIRST, SECOND, %opt): differences in tables, materialised views (matviews => 0: not) and large objects
# (large_objects => 0: not). bin_first and bin_second, where the two sides need other programs.
# digests => \my @pair receives the two results of rows_digest.
sub same_rows
{
    my ($first, $second, %opt) = @_;
    my %a = (%opt, bin => $opt{bin_first} // $opt{bin});
    my %b = (%opt, bin => $opt{bin_second} // $opt{bin});
    my @old = map { version_num($_->[0], %{ $_->[1] }) < 120000 } ([ $first, \%a ], [ $second, \%b ]);
    $a{old_floats} = $b{old_floats} = 1 if $old[0] != $old[1];
    my @pair = (rows_digest($first, %a), rows_digest($second, %b));
    @{ $opt{digests} } = @pair if $opt{digests};
    my @diff = compare('table', @pair);
    push @diff, compare('materialised view', populated($first, %a), populated($second, %b)) if $opt{matviews} // 1;
    push @diff, compare('large object', large_objects_digest($first, %a), large_objects_digest($second, %b))
      if $opt{large_objects} // 1;
    return @diff;
}

sub version_num
{
    my ($conninfo, %opt) = @_;
    return psql($conninfo, "SHOW server_version_num;\n", %opt) + 0;
}

# Materialised views are refreshed, not copied: what must agree is whether they hold anything.
sub populated
{
    my ($conninfo, %opt) = @_;
    my $filter = schema_filter('schemaname', %opt);
    return { map { $_->[0] => $_->[1] ? "populated: $_->[1]" : '' }
          query($conninfo, [ "format('%I.%I', schemaname, matviewname)", 'ispopulated' ], "FROM pg_matviews WHERE $filter", %opt) };
}

# same_sequences(FIRST, SECOND, %opt): differences in value and is_called.
# may_be_ahead => 1: the second side may have gone on in the direction of the increment; ahead => \my @names receives which did.
sub same_sequences
{
    my ($first, $second, %opt) = @_;
    my ($a, $b) = (
        sequences_digest($first, %opt, bin => $opt{bin_first} // $opt{bin}),
        sequences_digest($second, %opt, bin => $opt{bin_second} // $opt{bin}));
    my @diff;
    for my $line (compare('sequence', $a, $b))
    {
        my ($name) = $line =~ /^sequence (.*): "/s;
        if ($opt{may_be_ahead} && defined $name && $b->{$name} =~ /\|t$/)
        {
            my ($old) = $a->{$name} =~ /^(-?\d+)/;
            my ($new) = $b->{$name} =~ /^(-?\d+)/;
            if (abs($new) >= abs($old) && ($new < 0) == ($old < 0))
            {
                push @{ $opt{ahead} }, $name if $opt{ahead};
                next;
            }
        }
        push @diff, $line;
    }
    return @diff;
}

# The conninfo of another database on the same server. Later keywords win in both forms that libpq knows.
sub with_database
{
    my ($conninfo, $name) = @_;
    if ($conninfo =~ m{^postgres(?:ql)?://})
    {
        my $escaped = $name =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger;
        return $conninfo . ($conninfo =~ /\?/ ? '&' : '?') . "dbname=$escaped";
    }
    my $escaped = $name =~ s/(['\\])/\\$1/gr;
    return ($conninfo =~ /=/ ? $conninfo : '') . " dbname='$escaped'";
}

# schema_reference(%opt): makes the database that a plain dump and restore gives, and returns its conninfo.
#   source      conninfo of the source database
#   target      conninfo of any other database of the target server (it may create databases); roles must be there already
#   name        of the database to make (dropped first if it exists)
#   source_bin  programs fit for the source: pg_dump of its own major and minor, see the pg_attver trap of 15.20
#   bin         the target's
sub schema_reference
{
    my (%opt) = @_;
    my $name = '"' . $opt{name} =~ s/"/""/gr . '"';
    my $dir = File::Temp->newdir('oracleXXXXXX', TMPDIR => 1);
    my ($encoding, $collate, $ctype) = @{
        (query($opt{source}, [ 'pg_encoding_to_char(encoding)', 'datcollate', 'datctype' ],
                'FROM pg_database WHERE datname = current_database()', bin => $opt{source_bin}))[0]
    };
    local $ENV{PGOPTIONS} = '';
    run([ program('psql', %opt), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $opt{target},
            '-c', "DROP DATABASE IF EXISTS $name",
            '-c', "CREATE DATABASE $name TEMPLATE template0 ENCODING '$encoding' LC_COLLATE " . literal($collate) . ' LC_CTYPE ' . literal($ctype)
    ]);
    run([ program('pg_dump', bin => $opt{source_bin}), '-d', $opt{source}, '-Fc', '--schema-only', '--no-publications',
            '--no-subscriptions', (map { ('-N', '"' . s/"/""/gr . '"') } @{ $opt{exclude_schemas} // ['pgbaton'] }), '-f', "$dir/dump" ]);
    my $reference = with_database($opt{target}, $opt{name});
    run([ program('pg_restore', %opt), '--exit-on-error', '-d', $reference, "$dir/dump" ]);
    return $reference;
}

# Drops what schema_reference has made.
sub drop_database
{
    my ($maintenance, $name, %opt) = @_;
    my $quoted = '"' . $name =~ s/"/""/gr . '"';
    local $ENV{PGOPTIONS} = '';
    run([ program('psql', %opt), '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $maintenance, '-c', "DROP DATABASE IF EXISTS $quoted" ]);
    return;
}

# The schema as text. Lines of \restrict and \unrestrict carry a random key, new in each run: only these are taken out.
sub schema_text
{
    my ($conninfo, %opt) = @_;
    # pg_dump deparses timestamptz and bytea constants by these, which a database may set for itself
    local $ENV{PGOPTIONS} = '-c timezone=UTC -c bytea_output=hex -c lc_monetary=C';
    my $text = run([ program('pg_dump', %opt), '-d', $conninfo, '--schema-only', '--no-publications', '--no-subscriptions',
            map { ('-N', '"' . s/"/""/gr . '"') } @{ $opt{exclude_schemas} // [] } ]);
    return join '', grep { !/^\\(un)?restrict [0-9A-Za-z]+$/ } split /^/, $text;
}

# schema_diff(REFERENCE, MIGRATED, %opt): lines of a diff of both dumps, by the target's pg_dump; () when equal line for line.
# exclude_schemas => ['pgbaton'] as long as pgbaton's schema is still there; by default nothing is left out.
sub schema_diff
{
    my ($reference, $migrated, %opt) = @_;
    my $dir = File::Temp->newdir('oracleXXXXXX', TMPDIR => 1);
    my @side = ([ reference => $reference ], [ migrated => $migrated ]);
    for my $side (@side)
    {
        open my $fh, '>', "$dir/$side->[0]" or die "cannot write: $!\n";
        print $fh schema_text($side->[1], %opt);
        close $fh or die "cannot write: $!\n";
    }
    die "the reference has no schema at all\n" if slurp("$dir/reference") !~ /^CREATE /m && !$opt{may_be_empty};
    my $quoted = "'$dir'";
    my @lines = split /\n/, `cd $quoted && diff -u reference migrated`;
    die "diff failed\n" if $? >> 8 > 1;
    return @lines;
}

# same_database(SOURCE, MIGRATED): owner, privileges, comment, limits and settings of the database itself and of roles in it.
sub same_database
{
    my ($source, $migrated, %opt) = @_;
    return compare('database', map { database_properties($_->[0], %opt, bin => $_->[1]) }
          ([ $source, $opt{bin_first} // $opt{bin} ], [ $migrated, $opt{bin_second} // $opt{bin} ]));
}

sub database_properties
{
    my ($conninfo, %opt) = @_;
    my %ignored = map { $_ => 1 } @{ $opt{ignore} // [] };
    my %found = map { $_->[0] => $_->[1] // '' } query($conninfo, [ 'k', 'v' ], <<'SQL', %opt);
FROM (
    SELECT p.k, p.v FROM pg_database d, LATERAL (VALUES
        ('owner', pg_get_userbyid(d.datdba)::text),
        ('comment', shobj_description(d.oid, 'pg_database')),
        ('encoding', pg_encoding_to_char(d.encoding)::text),
        ('collate', d.datcollate::text), ('ctype', d.datctype::text),
        ('is template', d.datistemplate::text),
        ('connection limit', d.datconnlimit::text),
        ('privileges', (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(d.datacl) a))) AS p (k, v)
    WHERE d.datname = current_database()
    UNION ALL
    SELECT 'setting ' || coalesce('of ' || quote_ident(r.rolname) || ' ', '') || split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
         LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c
) AS q
SQL
    delete @found{ keys %ignored };
    return \%found;
}

# same_roles(SOURCE, TARGET, like => PATTERN): attributes (password hash too), settings, comments, memberships.
sub same_roles
{
    my ($source, $target, %opt) = @_;
    my $like = literal($opt{like} // '%');
    my @sides = map {
        my ($conninfo, $bin) = @$_;
        +{  map { $_->[0] => $_->[1] // '' } query($conninfo, [ 'k', 'v' ], <<"SQL", %opt, bin => $bin)
FROM (
    SELECT 'attributes of ' || quote_ident(rolname) AS k,
           concat_ws('|', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
                     md5(rolpassword), rolvaliduntil, shobj_description(oid, 'pg_authid')) AS v
    FROM pg_authid WHERE rolname LIKE $like
    UNION ALL
    SELECT 'settings of ' || quote_ident(r.rolname), array_to_string(s.setconfig, ', ')
    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = 0 AND r.rolname LIKE $like
    UNION ALL
    SELECT 'membership of ' || quote_ident(pg_get_userbyid(member)) || ' in ' || quote_ident(pg_get_userbyid(roleid)),
           'admin ' || bool_or(admin_option)
    FROM pg_auth_members WHERE pg_get_userbyid(member) LIKE $like GROUP BY roleid, member
) AS q
SQL
        }
    } ([ $source, $opt{bin_first} // $opt{bin} ], [ $target, $opt{bin_second} // $opt{bin} ]);
    return compare('role:', @sides);
}

1;
