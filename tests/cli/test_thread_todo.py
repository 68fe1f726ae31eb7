"""`thread` and `todo` on mail files."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path

import pytest

from patchflow.cli.main import main
from tests.mails import mail, mbox, patch_mail, shared_mail

REPLY = mail("> +\tkfree(widget);\n\x1b[31mDouble free?\n", to="<p1@example.org>")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "replies.mbox"
    path.write_bytes(mbox(patch_mail(), REPLY))
    return path


def test_thread_json_has_the_promised_keys(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "thread", "--mbox", str(file)]) == 0
    (thread,) = json.loads(capsys.readouterr().out)["threads"]
    assert set(thread) >= {"root", "subject", "messages"}
    promised = "id parent depth from date subject kind revision part parts trailers comments".split()
    assert all(set(row) >= set(promised) for row in thread["messages"])
    assert [(row["kind"], row["depth"], row["parent"]) for row in thread["messages"]] == [
        ("patch", 0, ""),
        ("reply", 1, "p1@example.org"),
    ]


def test_todo_json_and_exit_code(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "todo", "--mbox", str(file)]) == 1
    (comment,) = json.loads(capsys.readouterr().out)["comments"]
    assert set(comment) >= set("id message from patch file line side quote text state".split())
    assert (comment["file"], comment["line"], comment["side"], comment["state"]) == (
        "drivers/widget/core.c",
        47,
        "new",
        "open",
    )


def test_no_escape_sequence_reaches_the_terminal(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("thread", "todo"):
        main([command, "--mbox", str(file)])
        assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_and_cut_off(pack: object, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = pack(file.read_bytes() * 50)  # type: ignore[operator]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    assert main(["thread", "--mbox", str(whole)]) == 0
    main(["thread", "--mbox", str(cut)])
    assert "Traceback" not in capsys.readouterr().err


def test_maildir_and_what_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "cur" / "1:2,S").write_bytes(patch_mail())
    (tmp_path / "new" / "2").write_bytes(REPLY)
    assert main(["todo", "--mbox", str(tmp_path)]) == 1
    assert "Double free" in capsys.readouterr().out
    assert main(["todo", "--mbox", str(tmp_path / "no")]) == 2
    (tmp_path / "empty").write_bytes(b"")
    assert main(["todo", "--mbox", str(tmp_path / "empty")]) == 2


@pytest.mark.long
def test_real_threads_end_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared_mail()
    files = [
        *(folder / "threads").glob("*.mbox"),
        *(folder / "quoting").glob("*.mbox"),
        *(folder / "oddities").glob("*"),
    ]
    for path in files:
        assert main(["todo", "--mbox", str(path)]) in (0, 1), path
        assert main(["--json", "thread", "--mbox", str(path)]) == 0, path
    out = capsys.readouterr()
    assert not out.err
    assert "\x1b" not in out.out


def test_a_newcomers_journey(capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_mail() / "threads" / "vsock-msg_peek-2019-all.mbox"
    assert main(["--json", "thread", "--mbox", str(path)]) == 0
    threads = json.loads(capsys.readouterr().out)["threads"]
    assert [len(thread["messages"]) for thread in threads] == [2, 8, 2]
    assert [(r["revision"], r["tree"]) for t in threads for r in t["messages"] if r["kind"] == "patch"] == [
        (1, ""),
        (2, ""),
        (2, "net-next"),
    ]


def test_trailers_of_a_mail_file_need_no_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = mail("Reviewed-by: Rik Reviewer <rik@example.net>\n", to="<p1@example.org>")
    file = tmp_path / "thread.mbox"
    file.write_bytes(mbox(patch_mail(), given))
    assert main(["-C", str(tmp_path), "trailers", "--mbox", str(file)]) == 0
    assert "  + Reviewed-by: Rik Reviewer <rik@example.net>" in capsys.readouterr().out
    assert main(["-C", str(tmp_path), "trailers", "--mbox", str(file), "--json"]) == 0
    (patch,) = json.loads(capsys.readouterr().out)["patches"]
    assert (patch["revision"], patch["trailers"]) == (2, [{
        "number": 1, "trailer": "Reviewed-by: Rik Reviewer <rik@example.net>",
        "sender": "Rik Reviewer <rik@example.net>", "mismatch": False, "taken": True, "message": "r1@example.net",
    }])  # fmt: skip
    assert main(["-C", str(tmp_path), "trailers", "--mbox", str(file), "--apply"]) == 3
