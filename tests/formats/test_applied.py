"""The words in which patches are said to be applied, and those that only sound so."""

# ruff: noqa: E501 - mails as they stand

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.domain.address import Address
from patchflow.formats.mail.applied import read_applied, says_applied
from patchflow.formats.mail.applied_words import AppliedWords, may_say_applied
from patchflow.formats.mail.own_words import own_words
from patchflow.formats.mail.quotes import own_lines

# (body, where it says to, which patches; () for all)
APPLIED = [
    ("Applied, thanks.", "", ()),
    ("Queued for 7.3, thanks!", "7.3", ()),
    ("Both patches picked up.", "", ()),
    ("1/3 and 2/3 are in my tree now; please resend 3/3.", "", (1, 2)),
    ("Merged to fixes, with a tweak of the subject.", "fixes", ()),
    ("Thanks, I took this one.", "", ()),
    ("Pushed to drm-misc-next.", "drm-misc-next", ()),
    ("This is in\nfor-next now.", "for-next", ()),
    (
        "Applied to BRANCH, thanks!\n\n[1/2] a title\n      commit: 0123456789abcdef\n[2/2] other\n      commit: fedcba9876543210\n",
        "",
        (1, 2),
    ),
    (
        "This patch was applied to netdev/net-next.git (main)\nby Jakub Kicinski <kuba@kernel.org>:\n",
        "netdev/net-next.git (main)",
        (),
    ),
    (
        "Hello:\n\nThis series was applied to bpf/bpf-next.git (master)\nby X <x@y>:\n\nOn Tue you wrote:\n> x\n\nHere is the summary with links:\n  - [bpf-next,v2,1/2] title\n    https://git.kernel.org/bpf/bpf-next/c/0123456789ab\n  - [bpf-next,v2,2/2] t\n    (no matching commit)\n",
        "bpf/bpf-next.git (master)",
        (1,),
    ),
    (
        "The following commit has been merged into the x86/urgent branch of tip:\n\nCommit-ID:     0123456789abcdef0123456789abcdef01234567\n",
        "x86/urgent",
        (),
    ),
    (
        "The patch titled\n     Subject: mm: fix x\nhas been added to the -mm mm-unstable branch.  Its filename is\n     mm-fix-x.patch",
        "-mm mm-unstable",
        (),
    ),
    (
        "This is a note to let you know that I've just added the patch titled\n\n    usb: fix a\n\nto my usb git tree which can be found at\n    git://x\nin the usb-testing branch.",
        "usb",
        (),
    ),
    (
        "This is a note to let you know that I've just added the patch titled\n\n    xfs: fix a\n\nto the 6.12-stable tree which can be found at:\n    http://x\n\nThe filename of the patch is:\n     xfs-fix-a.patch\nand it can be found in the queue-6.12 subdirectory.",
        "6.12-stable",
        (),
    ),
    ("1-3 applied, waiting on 4", "", (1, 2, 3)),
    ("Thanks, applied to vhost.git.", "vhost.git", ()),
    ("I've merged both into net-next", "net-next", ()),
    ("Queued up, thank you", "", ()),
    ("Many thanks for this, queued to linux-next", "linux-next", ()),
    ("Applied 1 and 2, thanks", "", (1, 2)),
    ("Applied the first two patches.", "", (1, 2)),
    ("Series applied to for-6.18/block", "for-6.18/block", ()),
    ("I have applied this series to asoc.", "asoc", ()),
    ("Looks good, applied.", "", ()),
    ("Now applied. Thanks!", "", ()),
    ("Thanks! Applied to sound/for-next.", "sound/for-next", ()),
    ("Picked up, thanks.", "", ()),
    ("Taken, thanks.", "", ()),
    ("All applied, thanks.", "", ()),
    ("Thanks for the fix, I've queued it up for rc3.", "rc3", ()),
    ("Reapplied to 6.12.", "6.12", ()),
    ("Patches 1-2 merged, 3 needs work.", "", (1, 2)),
    ("I have picked this up into my tree.", "", ()),
    ("This one is now in linux-next.", "linux-next", ()),
    ("LGTM, pushed to drm-misc-fixes.", "drm-misc-fixes", ()),
    ("Applied to the tip/sched/core branch.", "tip/sched/core", ()),
    ("Thanks. Queued for v7.1", "v7.1", ()),
    ("Committed to mainline.", "mainline", ()),
    (
        "Applied to\n\n   https://git.kernel.org/pub/scm/linux/kernel/git/broonie/spi.git for-next\n\nThanks!\n\n[1/1] spi: a title\n      commit: 0123456789abcdef\n",
        "spi.git (for-next)",
        (1,),
    ),
]

# As their maintainers write them, whole: each is word of "applied", and no comment. (body, where, which patches)
WHOLE = [
    (
        "Applied to https://gitlab.freedesktop.org/drm/misc/kernel.git (drm-misc-next), thanks!",
        "kernel.git (drm-misc-next)",
        (),
    ),
    (
        "Thanks, Applied to https://example.net/a/misc.git (next)\n\n[1/1] drm: a title\n      https://example.net/c/0123456789abcdef\n",
        "misc.git (next)",
        (1,),
    ),
    (
        "Applied to for-next, thanks!\n\n[1/2] xfs: a title that is as long as titles are, that is about sixty\n      commit: 0123456789abcdef0123456789abcdef01234567\n[2/2] xfs: another title\n      commit: fedcba98765432100123456789abcdef01234567\n",
        "for-next",
        (1, 2),
    ),
    (
        "1 patch(es) applied to rtw-next branch of rtw.git, thanks.\n\n0123456789ab wifi: rtw89: a title\n\n---\nhttps://github.com/pkshih/rtw.git\n",
        "rtw-next",
        (),
    ),
    (
        "3 patches applied to wireless-next.git, thanks.\n\n0123456789ab wifi: a\n0123456789ac wifi: b\n0123456789ad wifi: c\n",
        "wireless-next.git",
        (),
    ),
    (
        "Applied to `rust-next` -- thanks everyone!\n\n    [ Reworded slightly. - Miguel ]\n\nCheers,\nMiguel\n",
        "rust-next",
        (),
    ),
    ("Applied to x86/cleanups, thanks.\n\n  [ bp: Massage the commit message. ]\n", "x86/cleanups", ()),
    (
        "Applied to the togreg branch of iio.git and initially pushed out as testing for 0-day\nto see if it can find anything we missed.",
        "togreg",
        (),
    ),
    ("Added to for-next, thanks.", "for-next", ()),
    ("Committed, thanks!", "", ()),
    ("This one is now in linux-fixes.", "linux-fixes", ()),
    (
        "Applied to kvm-x86 misc, thanks!\n\n[1/1] KVM: x86: A title\n      https://github.com/kvm-x86/linux/commit/0123456789ab\n",
        "kvm-x86",
        (1,),
    ),
    (
        "Applied to\n\n   https://git.kernel.org/pub/scm/linux/kernel/git/broonie/spi.git for-next\n\nThanks!\n\n[1/1] spi: a title\n      commit: 0123456789abcdef\n\n"
        "All being well this means that it will be integrated into the linux-next\ntree and sent to Linus, unless problems\nare found.\n\n"
        "You may get further e-mails resulting from automated or manual testing;\nplease engage.\n\nIf any updates are required or you are submitting further changes they\nshould be incremental.\n\n"
        "Please add any relevant lists and maintainers to the CCs when replying\nto this mail.\n\nThanks,\nMark\n",
        "spi.git (for-next)",
        (1,),
    ),
]

# They say "applied", and ask for something: a comment stays.
ASKING = [
    "Applied to for-next, thanks!\n\n[1/1] xfs: a title\n      commit: 0123456789abcdef\n\nPlease send a test for fstests, too.\n",
    "Applied, thanks.\n\nCould you look at the other caller?",
    "Applied, thanks.\n\n[ Is the second check needed? - Miguel ]",
    "Added to for-next; the comment above the loop is odd.",
]

OTHER = [
    "This can not be applied to my tree.",
    "Does not apply, please rebase.",
    "Will apply once Rob is fine with it.",
    "I applied it locally and it fails to build.",
    "Please apply.",
    "Has this been applied?",
    "Not applied, see above.",
    "Applied to what?",
    "I would have\napplied it but for the cover.",
    "Applied on top of what?",
    "Applied cleanly here.",
    "This was not applied.",
    "Looks good.",
    "Can this be applied?",
    "The limit is applied to all sockets.",
    "The same fix should be applied here.",
    "Added a comment below.",
    "I added the check you asked for.",
    "I picked the wrong name.",
    "This is added in patch 3?",
    "I'll queue it up after rc1.",
    "Let me know when this is merged.",
    "It was merged in 5.10 by commit abc and broke.",
    "I pushed back on this before.",
    "If applied to net-next it would conflict.",
    "Once merged, I can test.",
    "The change is merged into the loop.",
    "I have added Rob to Cc.",
    "Adding to Cc.",
    "Merged structs are odd here.",
    "Queued work items are lost here.",
]

DROPPED = [
    "I have dropped this for now.",
    "Reverted, it broke the build.",
    "Removed from -mm: to be updated.",
    "Dropped, thanks.",
    "This patch was dropped.",
    "The patch titled\n     Subject: mm: fix x\nhas been removed from the -mm tree.  Its filename was\n  x.patch\n\nThis patch was dropped because an updated version will be issued",
]


def read(body: str) -> AppliedWords | None:
    found = read_applied([line or "" for line in own_lines(body + "\n")])
    assert found is None or may_say_applied(body), "no notice is passed over"
    return found


@pytest.mark.parametrize(("body", "where", "parts"), WHOLE)
def test_a_notice_is_no_comment(body: str, where: str, parts: tuple[int, ...]) -> None:
    found = read(body)
    assert found is not None and (found.applied, found.where, found.parts) == (True, where, parts)
    texts = body.split("\n")
    run = own_words(texts, Address("Mark", "mark@example.net"), False, True)
    assert run.settles or not run.lines


@pytest.mark.parametrize("body", ASKING)
def test_a_notice_that_asks_for_more_is_a_comment(body: str) -> None:
    assert read(body) is not None
    run = own_words(body.split("\n"), Address("Mark", "mark@example.net"), False, True)
    assert run.lines and not run.settles


@pytest.mark.parametrize(("body", "where", "parts"), APPLIED)
def test_it_says_that_patches_were_applied(body: str, where: str, parts: tuple[int, ...]) -> None:
    found = read(body)
    assert found is not None and found.applied
    assert (found.where, found.parts) == (where, parts)
    assert read("> " + body.replace("\n", "\n> ")) is None, "what is quoted was said by somebody else"


@pytest.mark.parametrize("body", OTHER)
def test_it_says_something_else(body: str) -> None:
    assert read(body) is None
    assert not says_applied(body)


@pytest.mark.parametrize("body", DROPPED)
def test_it_says_that_patches_were_dropped(body: str) -> None:
    found = read(body)
    assert found is not None and not found.applied


@given(st.sampled_from([row[0] for row in APPLIED]), st.text(max_size=200))
def test_what_stands_around_it_hides_nothing(body: str, more: str) -> None:
    """Any bytes are read; a question or a refusal in another paragraph does not undo what was said."""
    assert read(f"{body}\n\nCan you look at the test, too?") is not None
    read(more)
    read(f"{body}\n\n{more}")


def test_such_words_alone_are_no_remark() -> None:
    assert says_applied("Queued for 7.3, thanks!")
    assert says_applied("Both applied. Thanks")
    assert says_applied(
        "LGTM\n\nApplied to the testing branch of widgets.git. I'll rebase that on rc1 once available\nand then push it."
    )
    assert says_applied("Applied to my temporary fixes branch. It'll become the normal fixes branch after rc1.")
    assert says_applied('I pushed these to for-next. I updated patch 2 to say "first", and fixed a comment in patch 4.')
    assert says_applied(
        "Applied to the widget.fixes branch of the widget/widget.git tree.\nPatches in the widget.fixes branch should "
        "appear in linux-next soon.\n\nPlease report any outstanding bugs that were missed during review in a\nnew review "
        "to the original patch series allowing us to drop it.\n\nIt's encouraged to provide Acked-bys and Reviewed-bys.\n\n"
        "tree:   https://git.example.org/widget.git\nbranch: widget.fixes\n\n[1/1] widget: Fix a leak\n"
        "      https://git.example.org/c/0123456789ab\n"
    )
    assert says_applied("I took just this patch into widgets/widgets-fixes.")
    assert says_applied("Merged, thanks!\n\nmerge commit: 0123456789abcdef0123456789abcdef01234567")
    assert says_applied("Queued up. I just picked up the dependency instead of changing the patch.")
    assert not says_applied("Applied to fixes. I'll drop it again unless you send a test.")
    assert not says_applied("Applied to fixes. This will break bisection.")
    assert not says_applied("Applied to fixes. I'll not take the second one.")
    assert not says_applied("Applied, but please send a test for the next version, as the series has none.")
    assert not says_applied("Applied. The name of the helper should be shorter, send a follow-up.")


@pytest.mark.parametrize(
    "remark",
    ["Dropped.", "I have dropped this for now.", "This was dropped in patch 3.", "This is merged in the next patch.",
     "Both are merged into one function.", "This is taken with the lock held.", "It is queued into the wrong list.",
     "The first one is added to the list.", "This was applied in v3 already.", "Why is this applied"],
)  # fmt: skip
def test_what_may_be_of_the_code_stays_a_remark(remark: str) -> None:
    assert not says_applied(remark)


@pytest.mark.parametrize(
    "body",
    ["1" * 5000 + " x", "so - " * 5000 + "x", "thanks-" * 5000 + "x", "the " * 5000 + "x", "," * 5000 + "x", "-" * 5000,
     "1-2 " * 5000, "#1/2 to " * 5000, "The patch titled " * 20000, "applied" + " " * 50000 + "x", "Applied " + "to " * 50000,
     "\n" * 50000 + "applied", "[1/2] x\n" * 20000],
)  # fmt: skip
def test_no_words_of_a_hostile_mail_hang_it(body: str) -> None:
    """Each of these took minutes to for ever where what is repeated could be read in more ways than one."""
    read_applied(body.split("\n"))
    says_applied(body[:500])
    says_applied(body)


def test_what_follows_a_removal_is_no_trees_name() -> None:
    found = read("Removed from -mm: to be updated.")
    assert found is not None and not found.applied and found.where == ""
