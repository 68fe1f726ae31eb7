"""Patches copies of a kernel tree's own get_maintainer.pl: one with a stable order, one for many files a run.

Nothing of the script stands here, only the places where a copy of it is changed. The stable copy breaks ties
between sections of equal depth by their place in MAINTAINERS, where the script leaves them to perl's hash order.
The copy for many files reads MAINTAINERS once; the parity benchmark first holds it against the stable one.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from patchflow.formats.get_maintainer.script import stable as stable_script

_READ = "## use the filenames on the command line or find the filenames in the patchfiles\n"
_STATE = re.compile(r"^my %email_hash_name;\n(?:my [@%]\w+(?: = \(\))?;\n)+", re.MULTILINE)
_EXIT = "exit($exit);\n"
_RANGE = re.compile(r"my \$start = find_starting_index\(\$tvi\);\s*my \$end = find_ending_index\(\$tvi\);\n")

# Before the first file: where each section begins and ends, and one expression a section that any file
# it can match must match (so that most sections are passed over at once).
_PREPARE = r"""
our (@many_names, @many_can, %many_start, %many_end);
{
    my %compiled;
    no warnings 'redefine';
    my $tvi = find_first_section();
    while ($tvi < @typevalue) {
    my ($start, $end) = (find_starting_index($tvi), find_ending_index($tvi));
    my @any = ();
    for (my $i = $start; $i < $end; $i++) {
        ($many_start{$i}, $many_end{$i}) = ($start, $end);
        push(@any, "^(?:$1)") if ($typevalue[$i] =~ m/^F:\s*(.*)/);
        push(@any, "(?x:$1)") if ($typevalue[$i] =~ m/^N:\s*(.*)/);
    }
    my $any = join("|", @any);
    $many_can[$start] = @any ? qr@$any@ : qr@(?!)@;
    $tvi = $end + 1;
    }
    my ($starting, $ending) = (\&find_starting_index, \&find_ending_index);
    *main::find_starting_index = sub { $many_start{$_[0]} // $starting->($_[0]) };
    *main::find_ending_index = sub { $many_end{$_[0]} // $ending->($_[0]) };
    open(my $list, '<:raw', $ENV{MANY_LIST}) or die;
    @many_names = <$list>;
    close($list);
    chomp(@many_names);
}
foreach my $many_name (@many_names) {
print("\x01$many_name\n");
@ARGV = ($many_name);
(@files, @fixes, @range, @keyword_tvi, @file_emails) = ();
"""
_SKIP = "if (defined $many_can[$start] && $file !~ $many_can[$start]) { $tvi = $end + 1; next; }\n"


def stable(text: str) -> str:
    """The script with ties broken, as patchflow compares itself with it."""
    changed = stable_script(text)
    if changed is None:
        raise SystemExit("this get_maintainer.pl is built otherwise: its two sorts were not found")
    return changed


def many(text: str) -> str:
    """The stable script, made to answer each file named in the file $MANY_LIST, with a line \\x01NAME before each."""
    state = _STATE.search(text)
    if state is None or _READ not in text or text.count(_EXIT) < 1:
        raise SystemExit("this get_maintainer.pl is built otherwise: it cannot be made to answer many files")
    body = stable(text).replace(state.group(), "")
    body = body.replace(_READ, state.group() + _PREPARE)
    head, _, tail = body.partition(_EXIT)
    matched = _RANGE.search(tail)
    if matched is None:
        raise SystemExit("this get_maintainer.pl is built otherwise: its loop over the sections was not found")
    return head + "}\n" + _EXIT + tail[: matched.end()] + _SKIP + tail[matched.end() :]


def run_script(tree: Path, script_text: str, arguments: Sequence[str], names: Iterable[str] = ()) -> bytes:
    """Runs a changed copy of the script in the tree and returns what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder, "get_maintainer.pl"), Path(folder, "names")
        script.write_text(script_text, encoding="utf-8")
        listed.write_bytes(b"".join(os.fsencode(name) + b"\n" for name in names))
        environment = {**os.environ, "MANY_LIST": str(listed), "HOME": folder}
        argv = ["nice", "perl", str(script), *arguments]
        return subprocess.run(
            argv, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        ).stdout


def answers(output: bytes) -> dict[str, bytes]:
    """The answers of a run over many files, by file."""
    found: dict[str, bytes] = {}
    for part in output.split(b"\x01")[1:]:
        name, _, lines = part.partition(b"\n")
        found[os.fsdecode(name)] = lines
    return found
