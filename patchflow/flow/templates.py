"""Which template is in force, and what it makes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.adapters.paths import config_path, share_path
from patchflow.domain.series import Cover
from patchflow.errors import UsageError
from patchflow.flow.clone import Clone
from patchflow.formats.template import NAMES, check_template, fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from patchflow.domain.profile import Profile

SETTING = "patchflow.template."  # and a kind
_MOST = 1 << 20


def template(here: Clone, facts: Profile | None, kind: str) -> tuple[str, str]:
    """The template of this kind that is in force, checked, and the file it stands in."""
    path = _in_force(here, facts, kind)
    text = _text(path)
    check_template(kind, text, str(path))
    return text, str(path)


def filled(here: Clone, facts: Profile | None, kind: str, **values: str) -> str:
    """The template of this kind filled in; UsageError naming its file and line where it cannot be."""
    text, where = template(here, facts, kind)
    return fill(kind, text, values, where)


def cover_template(here: Clone, facts: Profile, series: str, rfc: bool = False) -> Cover:
    """What a new series' cover letter begins with."""
    me = here.repository.identity().name
    text = filled(here, facts, "cover-rfc" if rfc else "cover", series=series, tree=facts.prefix, author=me)
    subject, _, body = text.partition("\n")
    return Cover(subject.strip(), body.strip("\n"))


def changelog_form(here: Clone, facts: Profile) -> Callable[..., str]:
    """What writes the line of a changelog for a comment that was addressed: a function of the template's names."""
    text, where = template(here, facts, "changelog")
    return lambda **values: fill("changelog", text, values, where).strip("\n")


def check_file(kind: str, named: str) -> str:
    """How a file that is to be a template is kept: its whole path, or its name among the user's templates.

    UsageError where it cannot be one.
    """
    if kind not in NAMES:
        raise UsageError(f"There is no template {kind!r}.", f"There are {', '.join(NAMES)}.")
    if not named:
        return named  # none chosen
    here = Path(named).expanduser().absolute()
    path = here if here.is_file() else _named(named)
    check_template(kind, _text(path), str(path))
    return str(here) if path == here else named


def _in_force(here: Clone, facts: Profile | None, kind: str) -> Path:
    """The clone's choice, else the profile's, else the user's own file, else the one that comes with patchflow."""
    chosen = here.repository.config(f"{SETTING}{kind}") or (facts.templates.get(kind) if facts else "") or ""
    if chosen:
        return _named(chosen)
    own = Path(config_path(), "templates", f"{kind}.txt")
    return own if own.is_file() else Path(share_path("templates", f"{kind}.txt"))


def _named(name: str) -> Path:
    """A template as it is named: a path, or a file in the user's templates."""
    path = Path(name).expanduser()
    return path if path.is_absolute() else Path(config_path(), "templates", name)


def _text(path: Path) -> str:
    try:
        return read_named(path, _MOST).decode()
    except UnicodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}.", "Write the template in UTF-8.") from error
