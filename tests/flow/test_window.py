"""The window's judgement and forecast, on every release that rules.md lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from patchflow.domain.profile import Profile, Tree, WindowFacts
from patchflow.domain.window import WindowState
from patchflow.flow.subsystem.in_force import Subsystems
from patchflow.flow.window.decide import forecast, judge, page_evidence, read_announcements, read_tags, timeline
from tests.conftest import run_patchflow
from tests.projects import make

FACTS = WindowFacts("netdev", announce_pattern=r"\[ANN(OUNCE)?\].*\bnet-next\b.*\bis\b.*\b(OPEN|CLOSED)\b")
PROFILE = Profile(name="net-next", title="x", prefix="net-next", tree=Tree("net-next", ""), window=FACTS)

# version, release, the next version's -rc1
RELEASES = """
6.1 2022-12-11 2022-12-25
6.2 2023-02-19 2023-03-05
6.3 2023-04-23 2023-05-07
6.4 2023-06-25 2023-07-09
6.5 2023-08-27 2023-09-10
6.6 2023-10-29 2023-11-12
6.7 2024-01-07 2024-01-21
6.8 2024-03-10 2024-03-24
6.9 2024-05-12 2024-05-26
6.10 2024-07-14 2024-07-28
6.11 2024-09-15 2024-09-29
6.12 2024-11-17 2024-12-01
6.13 2025-01-19 2025-02-02
6.14 2025-03-24 2025-04-06
6.15 2025-05-25 2025-06-08
6.16 2025-07-27 2025-08-10
6.17 2025-09-28 2025-10-12
6.18 2025-11-30 2025-12-14
6.19 2026-02-08 2026-02-22
7.0 2026-04-12 2026-04-26
7.1 2026-06-14 2026-06-28
7.2 2026-08-16 2026-08-30
"""


def day(text: str, hour: int = 20) -> datetime:
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=UTC)


def test_the_forecast_holds_for_every_release() -> None:
    rows = [line.split() for line in RELEASES.split("\n") if line]
    tags: list[tuple[str, datetime]] = []
    off: list[int] = []
    for (version, release, rc1), (following, closes, _) in pairwise(rows):
        tags += [(f"v{version}", day(release)), (f"v{following}-rc1", day(rc1))]
        said = forecast(read_tags(tags), day(rc1) + timedelta(hours=1)).closes
        assert said is not None
        off.append(abs((said.date() - day(closes).date()).days))
    assert len(off) == 21
    assert max(off) <= 8
    assert off.count(0) >= 16


TAGS = [("v7.2", day("2026-08-16")), ("v7.3-rc1", day("2026-08-30")), ("v7.3-rc2", day("2026-09-06"))]


def state(at: str, **more: object) -> WindowState:
    return judge(PROFILE, datetime.fromisoformat(at).replace(tzinfo=UTC), tags=read_tags(TAGS), **more).state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-08-17T00:00", WindowState.CLOSED),
        ("2026-08-30T21:00", WindowState.UNCERTAIN),
        ("2026-08-31T17:59", WindowState.UNCERTAIN),
        ("2026-08-31T18:01", WindowState.OPEN),
        ("2026-09-10T00:00", WindowState.OPEN),
        ("2026-09-17T00:00", WindowState.UNKNOWN),
        ("2026-12-22T00:00", WindowState.CLOSED),
    ],
)
def test_the_tags_and_the_calendar(at: str, expected: WindowState) -> None:
    assert state(at) == expected


def test_the_freshest_announcement_wins_and_contradiction_is_shown() -> None:
    mails = [
        (day("2026-08-10"), "[ANN] net-next is CLOSED"),
        (day("2026-08-31"), "[ANN] net-next is OPEN"),
        (day("2026-09-01"), "Re: [ANN] net-next is CLOSED"),
    ]
    heard = read_announcements(mails, FACTS)
    assert len(heard) == 2
    now = datetime(2026, 8, 31, 10, tzinfo=UTC)
    window = judge(PROFILE, now + timedelta(hours=12), tags=read_tags(TAGS), announcements=heard, page=("closed", None))
    assert window.state == WindowState.OPEN
    assert {e.says for e in window.evidence} >= {WindowState.OPEN, WindowState.CLOSED}
    before = read_tags([("v7.1", day("2026-06-14")), ("v7.2-rc7", day("2026-08-09"))])
    early = judge(PROFILE, day("2026-08-11"), tags=before, announcements=heard)
    assert early.state == WindowState.CLOSED, "announced some days before the release"


def test_an_open_announcement_ends_with_the_next_release() -> None:
    heard = read_announcements([(day("2026-07-01"), "[ANN] net-next is OPEN")], FACTS)
    assert judge(PROFILE, day("2026-08-17"), tags=read_tags(TAGS), announcements=heard).state == WindowState.CLOSED


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<html><body>net-next is OPEN</body>", WindowState.OPEN),
        ('<img src="closed.png">', WindowState.CLOSED),
        ('<img src="/img/net-next-open.svg" alt="open">', WindowState.OPEN),
        ("open or closed?", WindowState.UNKNOWN),
        ("", WindowState.UNKNOWN),
        ("<script>var closed = 1;</script> open", WindowState.OPEN),
        ("closed until 2026-08-01", WindowState.UNKNOWN),
        ("closed until 2026-09-30", WindowState.CLOSED),
    ],
)
def test_the_status_page(page: str, expected: WindowState) -> None:
    assert page_evidence(page, None, day("2026-09-10")).says == expected


def test_a_stable_tree_does_not_tell() -> None:
    assert state("2026-09-10T00:00", sublevel=117) == WindowState.UNKNOWN


def test_the_timeline_fits_80_columns() -> None:
    now = day("2026-09-10")
    window = judge(PROFILE, now, tags=read_tags(TAGS))
    lines = timeline(read_tags(TAGS), window, now)
    assert all(len(line) <= 80 for line in lines)
    assert "rc1" in lines[2]
    assert "today" in lines[0]


@pytest.mark.parametrize(
    ("tags", "closes_at", "says"),
    [
        ([("v7.2", 0), ("v7.3-rc1", 14), ("v7.3-rc4", 35)], 6, "v7.3-rc4 is out, which is early enough: early"),
        (
            [("v7.2", 0), ("v7.3-rc1", 14), ("v7.3-rc6", 49)],
            6,
            "v7.3-rc6 is out, which is late for new work: early",
        ),
        ([("v7.2", 0), ("v7.3-rc1", 14), ("v7.3-rc7", 56)], 0, "v7.3-rc7 is out, which is early enough: early"),
        ([("v7.2", 0), ("v7.3", 63)], 6, "v7.3 is out, so the merge window is open: early"),
        ([("v7.2", 0)], 6, "v7.2 is out, so the merge window is open: early"),
        ([], 6, "early"),
    ],
)
def test_a_soft_window_says_how_far_the_cycle_is(tags: list[tuple[str, int]], closes_at: int, says: str) -> None:
    begins = datetime(2026, 8, 16, tzinfo=UTC)
    facts = WindowFacts("soft", note="early", closes_at=closes_at)
    profile = Profile(name="x", title="x", prefix="", tree=Tree("x", ""), window=facts)
    read = read_tags([(name, begins + timedelta(days=days)) for name, days in tags])
    now = begins + timedelta(days=max((days for _, days in tags), default=0) + 1)
    window = judge(profile, now, tags=read)
    assert (window.state, window.evidence[0].detail) == (WindowState.OPEN, says)
    assert judge(profile, now + timedelta(days=40), tags=read).evidence[0].detail == "early", "old tags tell nothing"


def test_an_open_window_says_so_by_its_tree() -> None:
    profile = Profile(name="x", title="x", prefix="", tree=Tree("", ""), home="SOME SECTION")
    assert (
        judge(profile, datetime(2026, 8, 16, tzinfo=UTC)).evidence[0].detail
        == "SOME SECTION takes patches at all times"
    )


def test_a_tree_that_follows_another_says_so() -> None:
    from patchflow.flow.clone import profile

    wireless = profile("wireless")
    now = datetime(2026, 8, 20, tzinfo=UTC)
    closed = judge(wireless, now, tags=read_tags([("v7.2", datetime(2026, 8, 16, tzinfo=UTC))]))
    assert (closed.tree, closed.state, closed.may_post[1]) == ("wireless-next", WindowState.CLOSED, "PATCH wireless")
    assert "closes with net-next" in closed.evidence[-1].detail
    heard = read_announcements([(now, "[ANN] net-next is OPEN")], wireless.window)
    assert judge(wireless, now, announcements=heard).state == WindowState.OPEN
    assert wireless.window.follows == "net-next"


@pytest.mark.parametrize(
    ("name", "tags", "days", "says"),
    [
        ("qemu", ["v7.1.0"], 20, "v7.1.0 is out: the tree takes new work"),
        ("qemu", ["v7.1.0", "v7.2.0-rc0"], 3, "v7.2.0-rc0 is out: the hard freeze is on"),
        ("qemu", ["v7.1.0", "v7.2.0-rc4"], 3, "v7.2.0-rc4 is out: the hard freeze is on"),
        ("qemu", ["v7.2.0-rc4", "v7.2.0"], 1, "v7.2.0 is out: the tree takes new work"),
        ("qemu", ["v7.1.0", "v7.2.0-rc2"], 40, "no tag tells whether a freeze is on"),
        ("u-boot", ["v2023.01"], 40, "no tag tells whether the merge window is open"),
        ("qemu", ["v7.2.0"], 200, "no tag tells whether a freeze is on"),
        ("qemu", ["v7.1.1", "v6.12", "base"], 1, "no tag tells whether a freeze is on"),
        ("u-boot", ["v2022.10", "v2023.01"], 10, "v2023.01 is out: the merge window is open"),
        ("u-boot", ["v2023.01", "v2023.04-rc1"], 2, "v2023.04-rc1 is out: the merge window is closed"),
        ("u-boot", [], 0, "no tag tells whether the merge window is open"),
        ("other", ["v2.40.0", "v7.0", "v7.1-rc1"], 1, "no window is known of this project"),
    ],
)
def test_a_projects_own_tags_say_where_its_cycle_is(
    tmp_path: Path, name: str, tags: list[str], days: int, says: str
) -> None:
    """Through the command line: the newest tag of the project's own form counts, and patches may be posted always."""
    holds = {"qemu": ["qemu-options.hx", "linux-user/a", "hw/a", "VERSION"],
             "u-boot": ["config.mk", "common/a", "cmd/a", "include/configs/a"], "other": ["a"]}  # fmt: skip
    tree = make(tmp_path / "tree", dict.fromkeys(holds[name], ""))
    rows = [f"{tag} {datetime(2026, 1, 1 + number, tzinfo=UTC).isoformat()}" for number, tag in enumerate(tags)]
    (tmp_path / "tags").write_text("\n".join(rows) + "\n")
    at = (datetime(2026, 1, max(len(tags), 1), tzinfo=UTC) + timedelta(days=days)).isoformat()
    ran = run_patchflow("-C", str(tree), "window", "--tags", str(tmp_path / "tags"), "--at", at)
    assert ran.code == 0 and says in ran.out, ran.out + ran.err
    assert "forecast" not in ran.out and "net-next" not in ran.out


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("net-next", "netdev", "maintainer-netdev"),
        ("xfs", "soft", "xfs-maintainer-entry-profile"),
        ("kernel", "open", "the profile kernel"),
    ],
)
def test_the_kind_and_where_it_stands(small: Path, name: str, kind: str, words: str) -> None:
    ran = run_patchflow("-C", str(small), "--json", "window", "--tree", name, "--offline")
    assert ran.json["kind"] == kind and words in ran.json["why"]
    lines = run_patchflow("-C", str(small), "window", "--tree", name, "--offline").out
    assert f"({ran.json['why']})" in " ".join(lines.split())


def test_a_window_of_files_says_why(tree: Path) -> None:
    found = judge(Subsystems(str(tree)).of_paths(["fs/xfs/xfs_log.c"]), day("2026-03-02"))
    assert found.kind == "soft" and found.why.startswith("the profile xfs (")
    assert judge(Subsystems(str(tree)).of_paths(["init/main.c"]), day("2026-03-02")).kind == "open"
