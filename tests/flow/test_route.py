"""Who gets a series, in which header, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchflow.domain.address import Address
from patchflow.domain.patch import Patch
from patchflow.domain.profile import Profile, Tree
from patchflow.domain.recipient import Header, PatchRecipients
from patchflow.flow.recipients.lookup import EarlierReviewer, RouteMemory
from patchflow.flow.recipients.nipa import predict
from patchflow.flow.recipients.policy import route_series
from patchflow.formats.get_maintainer.address import format_email, parse_email
from patchflow.formats.get_maintainer.answer import Router, Row
from patchflow.formats.get_maintainer.compile import compile_index
from patchflow.formats.get_maintainer.index import SectionFacts
from patchflow.formats.get_maintainer.patch import scan_patch
from patchflow.formats.patch.diff import parse_diff
from tests.small_tree import MAILMAP, MAINTAINERS

PROFILE = Profile(name="alpha", title="", prefix="", tree=Tree("alpha", ""), lists=("alpha@lists.example.org",))
ME = Address("Me", "me@example.org")
FIXED = "0123456789ab"


class Answer:
    """An answer of the small tree."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows, self.notes, self.ignored = rows, ("a note",), ("Ignored Person <ignored@example.org>",)


class People:
    """The small tree's people, without a tree."""

    def __init__(self, has_history: bool = True) -> None:
        self.router = Router(compile_index(MAINTAINERS.encode(), MAILMAP.encode()))
        self.has_history = has_history

    def for_patch(self, text: str, words: Sequence[str] | None = None) -> Answer:
        return Answer(self.router.for_patch(scan_patch(text)))

    def canonical(self, address: Address) -> Address:
        return Address(*parse_email(self.router.index.mailmap.map(format_email(address.name, address.email))))

    def entries_at(self, lines: Sequence[int]) -> list[SectionFacts]:
        return self.router.index.entries_at(lines)

    def author_of(self, commit: str) -> tuple[str, str] | None:
        return ("Old Hand", "old@example.org") if commit == FIXED and self.has_history else None


def patch(path: str, *trailers: str, subject: str = "alpha: mend it") -> Patch:
    """A patch of one file."""
    diff = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x\n+y\n"
    message = f"{subject}\n\nWords.\n\n" + "".join(f"{line}\n" for line in trailers)
    return Patch("c" * 40, message, ME, None, diff, parse_diff(diff))


def who(group: PatchRecipients) -> dict[str, tuple[str, str]]:
    """Address -> header and role."""
    return {one.address.email: (str(one.header), one.role) for one in group.recipients}


def test_maintainers_to_and_lists_cc_with_reasons() -> None:
    found = route_series([patch("alpha/a.c")], PROFILE, People())
    people = who(found.patches[0])
    assert people["ada@example.org"] == ("To", "supporter")
    assert people["zoe@example.org"] == ("Cc", "reviewer")
    assert people["alpha@lists.example.org"] == ("Cc", "open list")
    ada = found.patches[0].recipients[0]
    assert (ada.address.name, ada.section) == ("Ada Alpha", "ALPHA CORE")
    assert ada.because[0].startswith("ALPHA CORE: F: alpha/ matches alpha/a.c (MAINTAINERS:")
    assert found.patches[0].recipients[1].address.name == "Bert B. Beta"


def test_who_stands_in_an_entry_of_maintainers_gets_a_change_of_it() -> None:
    lines = MAINTAINERS.split("\n")
    at = lines.index("ALPHA CORE") + 1
    change = "-M:\tGina Gone <gina@example.org>\n+M:\tAda Alpha <ada@example.org>\n+F:\talpha/more/\n"
    hunk = f"@@ -{at + 1},1 +{at + 1},2 @@\n{change}"
    diff = f"diff --git a/MAINTAINERS b/MAINTAINERS\n--- a/MAINTAINERS\n+++ b/MAINTAINERS\n{hunk}"
    changed = Patch("c" * 40, "MAINTAINERS: say more\n", ME, None, diff, parse_diff(diff))
    (group,) = route_series([changed], PROFILE, People()).patches
    people = who(group)
    assert people["ada@example.org"] == ("To", "supporter") and people["zoe@example.org"] == ("Cc", "reviewer")
    assert people["gina@example.org"] == ("Cc", "reviewer")
    assert people["alpha@lists.example.org"][0] == "Cc"
    ada = next(one for one in group.recipients if one.address.email == "ada@example.org")
    assert ada.because == (f"MAINTAINERS:{at}: the patch changes the entry ALPHA CORE",)


def test_a_list_that_wants_the_series_whole_gets_it_where_its_folder_is_touched() -> None:
    profile = replace(PROFILE, recipients="patch", whole_to=("beta/bindings/ dt@lists.example.org",))
    both = [patch("alpha/a.c"), patch("beta/bindings/b.yaml")]
    found = route_series(both, profile, People())
    assert all("dt@lists.example.org" in who(group) for group in found.groups)
    why = next(one for one in found.patches[0].recipients if one.address.email == "dt@lists.example.org")
    assert why.because == ("the series changes beta/bindings/: this list gets all of it",)
    assert "dt@lists.example.org" not in who(route_series(both[:1], profile, People()).patches[0])


def test_a_mail_has_a_to_even_without_a_maintainer() -> None:
    found = route_series([patch("README")], replace(PROFILE, lists=()), People())
    assert who(found.patches[0]) == {"everything@lists.example.org": ("To", "open list")}
    found = route_series([patch("README")], PROFILE, People())
    assert who(found.patches[0]) == {
        "everything@lists.example.org": ("Cc", "open list"), "alpha@lists.example.org": ("To", "list"),
    }  # fmt: skip


def test_trailers_and_the_author_of_what_is_fixed() -> None:
    lines = (
        f'Fixes: {FIXED} ("old")',
        "Reported-by: Rita <rita@example.org>",
        "Cc: stable@vger.kernel.org # 6.1",
        "Reviewed-by: Ada Alpha <ada@example.org>",
        "Signed-off-by: Me <me@example.org>",
    )
    group = route_series([patch("alpha/a.c", *lines)], PROFILE, People()).patches[0]
    people = who(group)
    assert people["old@example.org"] == ("Cc", "author of Fixes")
    assert people["rita@example.org"] == ("Cc", "reporter")
    assert people["stable@vger.kernel.org"] == ("Cc", "Cc in the commit")
    assert "me@example.org" not in people
    assert people["ada@example.org"] == ("To", "supporter")
    assert "Reviewed-by in the commit" in group.recipients[0].because


def test_what_is_remembered() -> None:
    memory = RouteMemory(
        added=(Address("Extra", "extra@example.org"),),
        dropped=(Address("", "ZOE@example.org"),),
        bounced=(Address("", "bert@example.org"),),
        earlier=(EarlierReviewer(Address("Eric", "eric@example.org"), 1),),
    )
    group = route_series([patch("alpha/a.c")], PROFILE, People(), memory).patches[0]
    people = who(group)
    assert people["extra@example.org"] == ("Cc", "added by hand")
    assert people["eric@example.org"] == ("Cc", "reviewer of v1")
    reasons = {one.address.email: one.because for one in group.dropped}
    assert "dropped by hand" in reasons["zoe@example.org"]
    assert "bounced" in reasons["bert@example.org"]
    assert "ignore" in reasons["ignored@example.org"]
    assert not {"zoe@example.org", "bert@example.org"} & set(people)


def test_the_cover_goes_to_all() -> None:
    found = route_series([patch("alpha/a.c"), patch("include/beta1.h")], PROFILE, People())
    assert set(who(found.cover)) == {email for group in found.patches for email in who(group)}
    both = next(one for one in found.cover.recipients if one.address.email == "ada@example.org")
    assert both.because == ("gets every patch",)
    assert "gets patch 1" not in " ".join(one for row in found.patches[0].recipients for one in row.because)
    assert both.header is Header.TO
    assert found.groups[-1] is found.cover


def test_no_history_is_told() -> None:
    found = route_series([patch("alpha/a.c", f'Fixes: {FIXED} ("old")')], PROFILE, People(has_history=False))
    assert any("cannot be told without history" in note for note in found.patches[0].notes)
    assert any("no .git" in note for note in found.cover.notes)


def test_the_vsock_trap() -> None:
    found = route_series([patch("drivers/vhost/vsock.c")], PROFILE, People())
    assert any("names no netdev maintainers" in note for note in found.patches[0].notes)


def test_nipa_foretold_for_netdev_only() -> None:
    netdev = replace(PROFILE, get_maintainer=("--git-min-percent", "35"))
    assert any("will pass" in note for note in route_series([patch("alpha/a.c")], netdev, People()).patches[0].notes)
    dropped = RouteMemory(dropped=(Address("", "zoe@example.org"),))
    notes = route_series([patch("alpha/a.c")], netdev, People(), dropped).patches[0].notes
    assert any("will warn" in note and "zoe@example.org" in note for note in notes)
    assert not any("NIPA" in note for note in route_series([patch("alpha/a.c")], PROFILE, People()).patches[0].notes)


def test_nipa_takes_any_address_that_the_mailmap_knows() -> None:
    netdev = replace(PROFILE, get_maintainer=("--git-min-percent", "35"))
    other = RouteMemory(added=(Address("", "ada@old.example.org"),), dropped=(Address("", "ada@example.org"),))
    notes = route_series([patch("alpha/a.c")], netdev, People(), other).patches[0].notes
    assert any("will pass" in note for note in notes)


def test_nipa_verdicts() -> None:
    one, two, three = (Address("", f"{name}@example.org") for name in "abc")
    assert "pass" in predict([one], [one], [])
    assert "warn" in predict([one, two, three], [one, two], [])
    assert "fail" in predict([one, two, three], [one], [])
    assert "author of the Fixes target" in predict([one], [one], [two])
