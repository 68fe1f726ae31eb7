"""A plain command line means what argparse makes of it."""

from __future__ import annotations

import contextlib
import io
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.cli.main import COMMANDS, _place_of_command, build_parser, read_plainly
from tests.sampled import times


class Recorder:
    """Takes a command's declarations, to know the words it may be given."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.values: list[str] = []

    def add_argument(self, *names: str, **how: Any) -> None:
        self.names.extend(name for name in names if name.startswith("-"))
        self.values.extend(map(str, how.get("choices") or ()))

    def add_mutually_exclusive_group(self, **_: Any) -> Recorder:
        return self

    def add_subparsers(self, **_: Any) -> Recorder:
        return self

    def add_parser(self, name: str, **_: Any) -> Recorder:
        self.values.append(name)
        return self


@lru_cache(maxsize=1)
def vocabulary(command: str) -> list[str]:
    from patchflow.cli.main import load

    recorder = Recorder()
    load(command).arguments(recorder)
    words = [*recorder.names, *(f"{name}=x" for name in recorder.names if name.startswith("--"))]
    odd = ["", "-", "--", "a b", "-1", "--js", "-h", "v2", "a..b", "x@y", "--no-color", "--json", "-C", ".", "-x y"]
    return [*words, *recorder.values, *odd, *(name[:-2] for name in recorder.names if len(name) > 6)]


_parser = lru_cache(maxsize=1)(build_parser)


def by_argparse(words: list[str]) -> dict[str, Any] | None:
    place = _place_of_command(words)  # not the folder of -C, which may be called like a command
    command = "" if place is None else words[place]
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            return vars(_parser(command).parse_args(words))
        except SystemExit:
            return None


@pytest.mark.parametrize("command", sorted(COMMANDS))
@settings(max_examples=times(40, 150))  # the first example loads the command
@given(data=st.data())
def test_what_is_read_plainly_is_what_argparse_reads(command: str, data: st.DataObject) -> None:
    known = vocabulary(command)
    before = data.draw(st.lists(st.sampled_from(["--json", "-C", ".", "--no-color"]), max_size=3))
    words = [*before, command, *data.draw(st.lists(st.sampled_from(known), max_size=6))]
    plain = read_plainly(words)
    if plain is None:
        return
    assert isinstance(plain, SimpleNamespace)
    assert vars(plain) == by_argparse(words)


@pytest.mark.parametrize(
    "words",
    [
        ["cc", "-f", "a.c"], ["-C", "x", "--json", "thread", "id@host"], ["check", "HEAD~2..HEAD", "--rule", "x"],
        ["status", "--all"], ["window", "--offline"], ["config", "key", "value"], ["-C", "cc", "cc", "-f", "a"],
        ["send", "--dry-run", "--override", "a=b", "--override=c=d"],
    ],
)  # fmt: skip
def test_the_usual_lines_are_plain(words: list[str]) -> None:
    plain = read_plainly(words)
    assert plain is not None
    assert vars(plain) == by_argparse(words)
