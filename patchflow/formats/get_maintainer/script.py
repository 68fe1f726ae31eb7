"""Tells whether a tree's get_maintainer.pl is one whose answers we know: its options, roles and working parts.

Nothing of the script stands here: its parts are known by a digest of their text without blanks and comments.
"""

from __future__ import annotations

import hashlib
import re

from patchflow import lazy_re
from patchflow.formats.get_maintainer.index import OF_GIT

# Option table of version 0.26, as of Linux 6.12.
OPTIONS = frozenset(
    (
        "email! git! git-all-signature-types! git-blame! git-blame-signatures! git-fallback! git-chief-penguins! "
        "git-min-signatures=i git-max-maintainers=i git-min-percent=i git-since=s hg-since=s i|interactive! "
        "remove-duplicates! mailmap! m! r! n! l! fixes! moderated! s! multiline! roles! rolestats! separator=s "
        "subsystem! status! scm! tree! web! bug! letters=s pattern-depth=i k|keywords! kf|keywords-in-file! "
        "sections! fe|file-emails! f|file find-maintainer-files mpath|maintainer-path=s self-test:s v|version "
        "h|help|usage"
    ).split()
)
ROLES = frozenset(
    ("unknown", "supporter", "maintainer", "odd fixer", "orphan minder", "obsolete minder", "chief penguin")
)
# Part -> digests of the texts of it that give the answers we give: of Linux 6.12's, and of QEMU's, which is older and
# has not all of them ("none").
_KNOWN = (
    "read_maintainer_file=97dd63caebc1e213,3f62a720d08cb3a9 maintainers_in_file=b63d262601927ccc,none "
    "read_mailmap=2251712c62866805 ignore_email_address=1f450d053080591d,none "
    "range_is_maintained=eaac8de8f3b71d28,fc0d3aaad78de5bc "
    "range_has_maintainer=352d95a96882846e,fc125e35739f8a43 get_maintainers=085d262da597b041,9e0626cd443cce07 "
    "file_match_pattern=941bec40542c235d escape_name=f780c92265e554b8,none "
    "parse_email=f424e91ca1426337,f1e64ee073626a09 format_email=1903fdcb3ca6ac06,045d8d66a24a248f "
    "find_first_section=e4193943c1c80610,4e891eb3aaf36a86 find_starting_index=41d66e5e8febaa4b,e4196b29a3aad44d "
    "find_ending_index=fc5f454724a01798,606d7cdd6722e344 get_subsystem_name=c8260c62b07cab69,98c181234757f746 "
    "get_maintainer_role=3f3ea76245113589,1f4a206298765d89 get_list_role=3be1667a64ee002b "
    "add_categories=698e779f58b13a45,983efd09aef2771d email_inuse=1927e56e1c70495e "
    "push_email_address=98c7db3001983c7a push_email_addresses=52bd7d2038110e0a add_role=9b2200e58a092a68 "
    "mailmap_email=35e58ad81b9d551f mailmap=ff22acbe079a1d1d vcs_find_signers=2d107682a8f3a32f "
    "extract_formatted_signatures=588f092a37cb9c79 vcs_find_author=81aa370a1f8ca24d vcs_blame=d99c28212c4986e6 "
    "vcs_add_commit_signers=87c037b8661d8df4 deduplicate_email=9219832a5ef2d2f2 vcs_assign=26a713e2d21d94fd "
    "vcs_file_signoffs=3cbfc68fa217c579 vcs_file_blame=95c4c032388938e1 sort_and_uniq=9852e3d4600eba87 "
    "uniq=d1356c4fe11e36bc clean_file_emails=08ed611c569c6cda,0907b7fd053f015a merge_email=fe1112334a479de3 "
    "output=07d4e4ed7a5269cb rfc822_validlist=c9ba158bdbe6b95d rfc822_valid=23fafdffb3cd6bb9 "
    "make_rfc822re=0ac38ef53a4c15fe rfc822_strip_comments=ac99b0f0c10a511b "
)
PARTS: dict[str, frozenset[str]] = {
    name: frozenset(digest.split(",")) for name, _, digest in (word.partition("=") for word in _KNOWN.split())
}
PARTS["the reading of patches"] = frozenset({"d914486824319b36", "61b6fb04b9cddbe1"})

_TABLE = lazy_re.compile(r"GetOptions\((.*?)\)\)\s*\{", re.DOTALL)
_ANY_TABLE = lazy_re.compile(r"GetOptions\((.*?)^\s*\)", re.DOTALL | re.MULTILINE)
_OPTION = lazy_re.compile(r"'([^']+)'\s*=>")
_BARE = lazy_re.compile(r"[!+]$|[=:][a-z]$")
_WIDTH = lazy_re.compile(r"output_section_maxlen = (\d{1,4});|length\(\$subsystem\) > (\d{1,4})\)")
_SUB = lazy_re.compile(r"^sub (\w+) \{\n(.*?)^\}\n", re.DOTALL | re.MULTILINE)
_ROLE = lazy_re.compile(r'\$role = "([^"]+)"')
_SORT = lazy_re.compile(r"(sort \{\$hash\{\$b\} <=> \$hash\{\$a\})(\} keys %hash\) \{\n\s*add_categories)")
_SIGNERS = lazy_re.compile(r"(sort \{\$hash\{\$b\} <=> \$hash\{\$a\})(\} keys %hash\) \{\n\s*my \$sign_offs)")


def stable(script: str) -> str | None:
    """The script with ties broken: sections by their place in MAINTAINERS, git's signers by name.

    Unchanged it leaves both to perl's hashes and answers differently from run to run, so this is what
    answers are compared with. None where the two places are not found.
    """
    text, sections = _SORT.subn(r"\1 || $a <=> $b\2", script)
    text, signers = _SIGNERS.subn(r"\1 || $a cmp $b\2", text)
    return text if sections == 1 and signers == 1 else None


def doubts_about(script: str) -> tuple[str, ...]:
    """Why this script's answers may differ from ours; nothing where we know it."""
    table = _TABLE.search(script)
    if table is None:
        return ("it has no table of options where one is expected",)
    doubts: list[str] = []
    options = frozenset(_OPTION.findall(table[1]))
    if words := options - OPTIONS:
        doubts.append(f"it has the options {', '.join(sorted(words))}")
    subs = parts_of(script)
    new_roles = sorted(set(_ROLE.findall(script)) - ROLES)
    if new_roles:
        doubts.append(f"it has the roles {', '.join(new_roles)}")
    changed = sorted(name for name, known in PARTS.items() if subs.get(name, "none") not in known)
    for said, names in (("", [n for n in changed if not _asks_git(n)]), (OF_GIT, [n for n in changed if _asks_git(n)])):
        if names:
            doubts.append(f"{said}these parts of it are not the ones known here: {', '.join(names)}")
    return tuple(doubts)


def _asks_git(part: str) -> bool:
    return part.startswith("vcs_")


def title_width(script: str) -> int:
    """How many signs of a section's name the script prints."""
    found = _WIDTH.search(script)
    return int(found[1] or found[2]) if found else 50


def options_of(script: str) -> frozenset[str]:
    """The names of the options that a perl script takes, of each all it is known by; empty where no table is found."""
    table = _ANY_TABLE.search(script)
    words = _OPTION.findall(table[1]) if table else ()
    return frozenset(name for word in words for name in _BARE.sub("", word).split("|"))


def parts_of(script: str) -> dict[str, str]:
    """A digest of each of its subroutines, and of what stands outside of them."""

    def digest(text: str) -> str:
        bare = re.sub(r"(?m)(?:^|\s)#.*$", "", text)
        return hashlib.sha256(re.sub(r"\s+", "", bare).encode()).hexdigest()[:16]

    found = {name: digest(body) for name, body in _SUB.findall(script)}
    if "read_maintainer_file" not in found:  # an older script reads it outside of any
        found["read_maintainer_file"] = digest(
            script.partition("\nmy @typevalue = ();\n")[2].partition("close($maint)")[0]
        )
    main = script.partition("\nforeach my $file (@ARGV) {\n")[2].partition("\nmy %email_hash_name;")[0]
    found["the reading of patches"] = digest(main)
    return found
