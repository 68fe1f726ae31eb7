"""Templates: the ones that come along, a user's own, a profile's choice, a clone's choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from patchflow.errors import UsageError
from patchflow.formats.template import NAMES, check_template, fill
from tests.conftest import git, run_patchflow

SHIPPED = Path(__file__).parent.parent.parent / "templates"


def test_each_that_comes_along_is_whole_and_told_of() -> None:
    told = (SHIPPED / "README.md").read_text()
    assert {path.stem for path in SHIPPED.glob("*.txt")} == set(NAMES)
    for kind, names in NAMES.items():
        check_template(kind, (SHIPPED / f"{kind}.txt").read_text(), kind)
        assert f"`{kind}.txt`" in told
        assert all(f"`${name}`" in told for name in names)


@pytest.mark.parametrize(
    ("text", "says"),
    [("one\n$autor\n", "x:2: $autor is not a name"), ("costs $ 5\n", "x:1: a `$`"), ("\n\n${who", "x:3: a `$`")],
)
def test_a_bad_name_is_told_with_its_line(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        fill("cover", text, {}, "x")
    assert says in caught.value.message


def test_values_are_put_in_as_they_are() -> None:
    form = "$patch $$5 ${what} by $who"
    assert fill("changelog", form, {"patch": "$what", "what": "$$", "who": "$x"}, "x") == "$what $5 $$ by $x"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's configuration folder."""
    folder = tmp_path / "own"
    (folder / "templates").mkdir(parents=True)
    monkeypatch.setenv("PATCHFLOW_CONFIG_DIR", str(folder))
    return folder


def cover_of(small: Path, name: str, *words: str) -> str:
    ran = run_patchflow("-C", str(small), "new", name, "--base", "base", *words)
    assert ran.code == 0, ran.err
    return run_patchflow("-C", str(small), "cover").out


def test_which_template_is_in_force(small: Path, own: Path, tmp_path: Path) -> None:
    assert "EDITME: why it is needed" in cover_of(small, "one")
    assert "what you would like to hear about" in cover_of(small, "two", "--rfc")
    (own / "templates/cover.txt").write_text("$series: EDITME\n\nEDITME, says $author.\n")
    text = cover_of(small, "three")
    assert "three: EDITME" in text and "says Ada Example" in text
    (own / "profiles").mkdir()
    (own / "profiles/mine.toml").write_text('extends = "vsock"\ntemplates = { cover = "mine.txt" }\n')
    (own / "templates/mine.txt").write_text("EDITME for $tree\n\nof a profile\n")
    assert "EDITME for net-next" in cover_of(small, "four", "--profile", "mine")
    (tmp_path / "here.txt").write_text("EDITME of this clone\n\nx\n")
    ran = run_patchflow("-C", str(small), "config", "template.cover", str(tmp_path / "here.txt"))
    assert ran.code == 0 and "patchflow.template.cover" in ran.out
    assert "of this clone" in cover_of(small, "five", "--profile", "mine")


def test_a_broken_one_stops_with_its_place(small: Path, own: Path) -> None:
    (own / "templates/cover.txt").write_text("EDITME\n\n$nobody\n")
    before = git(small, "for-each-ref")
    ran = run_patchflow("-C", str(small), "new", "one", "--base", "base")
    assert ran.code == 2 and "cover.txt:3: $nobody is not a name of this template" in ran.err
    assert git(small, "for-each-ref") == before
    for words in (["template.cover", "nowhere.txt"], ["template.coverr", "x"], ["template.nudge", "cover.txt"]):
        ran = run_patchflow("-C", str(small), "config", *words)
        assert ran.code == 2, words


@pytest.mark.long
def test_a_resend_bears_its_note(series: Path, smtp: Any, own: Path) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    (own / "templates/resend.txt").write_text("Resent: no answer to v$number of $date.\n")
    ran = run_patchflow("-C", str(series), "send", "--resend", "--yes", "--override", "repost-24h=asked")
    assert ran.code == 0, ran.err
    cover = smtp.messages()[-3].decode()
    assert "RESEND" in cover and "Resent: no answer to v1 of 20" in cover


@pytest.mark.long
def test_the_changelog_line_is_the_templates(series: Path, smtp: Any, own: Path, tmp_path: Path) -> None:
    assert run_patchflow("-C", str(series), "send", "--yes").code == 0
    patch = run_patchflow("-C", str(series), "--json", "status").json["series"][0]["sent"][0]["message_ids"][1]
    box = tmp_path / "replies.mbox"
    box.write_text(
        "From x Thu Jan  1 00:00:00 1970\nFrom: Rita Reviewer <rita@example.net>\nTo: ada@example.org\n"
        f"Subject: Re: [PATCH net-next 1/2] vsock: add one\nMessage-ID: <r@example.net>\nIn-Reply-To: <{patch}>\n"
        "Date: Mon, 02 Mar 2026 12:00:01 +0000\n\n> +int add_one;\n\nPlease make it unsigned.\n\n"
    )
    assert run_patchflow("-C", str(series), "fetch", "--mbox", str(box)).code == 0
    comment = run_patchflow("-C", str(series), "--json", "todo").json["comments"][0]["id"]
    run_patchflow("-C", str(series), "todo", "--addressed", f"{comment}=unsigned now")
    (own / "templates/changelog.txt").write_text("* $what, says $who, in $patch\n")
    assert run_patchflow("-C", str(series), "respin").code == 0
    assert "* unsigned now, says Rita Reviewer, in vsock: add one" in run_patchflow("-C", str(series), "cover").out
