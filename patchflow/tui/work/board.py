"""What the board shows, and the user's own keys: read first of all, with as little as that needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from patchflow.errors import PatchflowError
from patchflow.flow.clone import Clone
from patchflow.flow.machine.settings import FILTER, KEY, keys_of_file
from patchflow.flow.series.board import Review, all_standings, fingerprint, underway_here, windows
from patchflow.flow.watch.kept import watched
from patchflow.tui.actions import Keymap
from patchflow.tui.models.board import Board, SeriesLine

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["current_branch", "fingerprint", "read_board", "settings"]


def read_board(directory: str, heard: Callable[[Board], None]) -> Board:
    """Every series of the clone; `heard` gets the board without the mail first, because that is quick."""
    here = Clone(directory)
    here.take_back_half()
    underway = underway_here(here)
    folder = here.repository.folder.name
    current = current_branch(here)
    news = watched(here).unseen
    stranger = not (here.repository.config("user.name") and here.repository.config("user.email"))
    away = len(here.store.names()) - len(here.store.shown())
    window = windows(here)(here.profile_here())
    rows = {name: (one, stands) for name, one, stands in all_standings(here)}

    def board(read: bool) -> Board:
        lines = [SeriesLine.of(name, one, stands, current, read) for name, (one, stands) in rows.items()]
        return Board(tuple(lines), window, folder, reading=False, news=news, underway=underway, away=away,
                     stranger=stranger, filters=_filters(here) if read else {})  # fmt: skip

    heard(board(read=False))
    sent = [name for name, (one, _) in rows.items() if one and one.last]  # no mail can be about the others
    rows.update((name, (one, stands)) for name, one, stands in all_standings(here, Review(here), sent))
    return board(read=True)


def current_branch(here: Clone) -> str:
    """The branch HEAD is on, "" where it is detached."""
    try:
        return here.repository.current_branch()
    except PatchflowError:
        return ""


def _filters(here: Clone) -> dict[str, str]:
    """The filters of the board that were kept by a name."""
    done = here.git.run("config", "--get-regexp", "-z", f"^{re.escape(FILTER)}", check=False)
    pairs = (row.partition("\n") for row in done.text.split("\0") if row)
    return {name.removeprefix(FILTER): words for name, _, words in pairs}


def settings(directory: str) -> tuple[Keymap, str]:
    """The user's keys (git config wins over keys.toml) and theme."""
    mine = {one.key.removeprefix(KEY): one.value for one in keys_of_file()}
    repository = Clone(directory).repository
    rows = repository.settings().items()
    mine.update({key.removeprefix(KEY): values[-1] for key, values in rows if key.startswith(KEY)})
    return Keymap.with_keys(mine), repository.config("patchflow.theme") or ""
