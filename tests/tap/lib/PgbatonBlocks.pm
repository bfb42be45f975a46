# For tests of the building blocks: their JSON is held against docs/schema, and there are names that break what quotes badly.
package PgbatonBlocks;

use strict;
use warnings;

use Cwd ();
use Exporter 'import';
use File::Basename;
use IPC::Run ();
use JSON::PP ();
use PgbatonTest;
use Test::More;

our @EXPORT = qw(block_json change_json plan_json refused_json is_valid all_valid hostile_names quoted literal);

my $schemas = Cwd::abs_path(dirname(__FILE__) . '/../../../docs/schema');

# Each a text and the name of the schema in docs/schema that it is held against, by a validator that is not ours.
sub all_valid
{
	my (@documents) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_valid_under([ map { { text => $_->[0], schema => $_->[1] } } @documents ], scalar(@documents) . ' documents are as in docs/schema');
}

sub is_valid
{
	my ($document, $schema, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is_valid_under([ { text => $document, schema => $schema } ], $what // "the document is one of schema \"$schema\"");
}

sub is_valid_under
{
	my ($documents, $what) = @_;
	my ($out, $err) = ('', '');
	my $in = JSON::PP->new->ascii->encode($documents);
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $ok = IPC::Run::run([ 'python3', '-c', <<'END', $schemas ], '<', \$in, '>', \$out, '2>', \$err);
import json, sys, jsonschema
wrong = 0
for document in json.load(sys.stdin):
    with open(sys.argv[1] + "/" + document["schema"] + ".json", encoding="utf-8") as file:
        schema = json.load(file)
    checker = jsonschema.validators.validator_for(schema)
    checker.check_schema(schema)
    try:
        found = [("/".join(map(str, e.absolute_path)), e.message) for e in checker(schema).iter_errors(json.loads(document["text"].encode("latin-1")))]
    except ValueError as error:
        found = [("", str(error))]
    for place, message in found:
        print(document["schema"], place, message, document["text"])
    wrong += len(found)
sys.exit(1 if wrong else 0)
END
	ok($ok, $what) or diag($out, $err);
	return $ok;
}

# Runs pgbaton with --json, which must succeed; the document, held against the schema of that name.
sub block_json
{
	my ($schema, @command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_ok(@command, '--json');
	return if $result->{rc} != 0 || !is_valid($result->{out}, $schema, "@command[0, 1]: JSON as in docs/schema/$schema.json");
	return JSON::PP->new->utf8->decode($result->{out});
}

# The same of a command that changes something.
sub change_json { unshift @_, 'change'; goto &block_json }

# Its statements, one text, of a dry run.
sub plan_json
{
	my @command = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $document = block_json('change', @command, '--dry-run') or return;
	like($document->{outcome}, qr/^(planned|unchanged)$/, 'a dry run changes nothing');
	return join ";\n", map { $_->{sql} } @{ $document->{statements} };
}

# A command that fails with this exit code: the error of its document.
sub refused_json
{
	my ($rc, @command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton(@command, '--json');
	is($result->{rc}, $rc, "@command[0, 1]: exit code $rc") or diag($result->{out}, $result->{err});
	is_valid($result->{out}, 'error') or return {};
	return JSON::PP->new->utf8->decode($result->{out})->{error};
}

# Each is a valid name of a table, role, publication, … as long as it is quoted; as bytes. 63 bytes at most.
sub hostile_names
{
	return (q{Robert'); DROP TABLE students;--}, q{a "quoted" name}, "new\nline", "tab\there", q{back\\slash\\'}, '%s %n %1$s %', '$1 $$ $x$',
		"gr\xc3\xbc\xc3\x9fe \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x90\x98", ' leading and trailing ', 'UPPER lower', '{a,b}', 'a.b', q{;}, q{select}, "\xc3\xa9" x 31, 'x' x 63);
}

sub quoted { my ($name) = @_; return '"' . $name =~ s/"/""/gr . '"' }

# For standard_conforming_strings = on.
sub literal { my ($text) = @_; return "'" . $text =~ s/'/''/gr . "'" }

1;
