"""Settings with their origin: git config for all of them, the profile below it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from patchflow import lazy_re
from patchflow.errors import PatchflowError, UsageError
from patchflow.flow.clone import Clone, config_folder
from patchflow.flow.review.places import SETTING as MAIL
from patchflow.flow.review.places import place_of
from patchflow.flow.templates import SETTING as TEMPLATE
from patchflow.flow.templates import check_file
from patchflow.formats.secrets import masked_value
from patchflow.formats.template import NAMES
from patchflow.values import dataclass

_KNOWN = {
    "patchflow.profile": "the profile of a new series",
    "patchflow.base": "what a new series is based on",
    "patchflow.alsome": "another address of yours, whose mails are yours (many)",
    "patchflow.backportdir": "the folder `backport` makes work trees in",
    "patchflow.tree": "the clone kernel/lay-tree takes",
    "patchflow.endpoint": "the URL of a web endpoint that mails leave through, instead of git send-email (no: none)",
    "patchflow.identity": "who sends: the address in From, or a section of sendemail.*",
    "patchflow.sign": "whether mails are signed with patatt: yes, no, or a section of patatt's keys",
    "patchflow.dkim": "whether the terminal UI asks the DNS for the keys of DKIM: yes, no",
    "patchflow.rangediff": "whether cover letters hold git's range-diff to the last version: yes, no",
    "patchflow.sendtimeout": "seconds one message may take to leave",
    "patchflow.bounced": "an address that bounces, and is left out (many)",
    "patchflow.nudgedays": "days without an answer before a ping is offered",
    "patchflow.reviewfolder": "the folder that work trees of reviews are made in",
    "patchflow.watchfetch": "the remotes that `watch` fetches, every two hours at most (none: it fetches no tree)",
    "patchflow.sashiko": "the Sashiko whose AI reviews `watch` asks for: https://sashiko.dev (none: it asks nobody)",
    "patchflow.signoff": "whether git's hook adds your Signed-off-by to each message: yes, no",
    "patchflow.theme": "the theme of the terminal UI",
}
_BASE = lazy_re.compile(r"^patchflow\..+\.base$", re.IGNORECASE)  # and a tree's host and path: flow/series/prepare.py
# And a profile: formats/signing.py, formats/identity.py
_OF_PROFILE = lazy_re.compile(r"^patchflow\..+\.(?:sign|identity)$", re.IGNORECASE)
_MAIL = lazy_re.compile(rf"{re.escape(MAIL)}[a-z][a-z0-9-]*", re.IGNORECASE)  # and a name, as git writes one
FILTER = "patchflow.filter."  # and a name: words that the terminal UI's board shows alone
KEY = "patchflow.key."  # and an action of the terminal UI: the keys that do it, blank-separated


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it stands: a file of git's, or a profile."""

    key: str
    value: str
    origin: str


def known_settings() -> list[str]:
    """The keys of git config that mean something to patchflow."""
    of_many = ("patchflow.TREE.base", "patchflow.PROFILE.sign", "patchflow.PROFILE.identity",
               "patchflow.check.NAME.command", f"{MAIL}NAME", f"{KEY}ACTION",
               f"{FILTER}NAME")  # fmt: skip
    return sorted([*_KNOWN, *of_many, *(f"{TEMPLATE}{kind}" for kind in NAMES)])


def git_settings(here: Clone, key: str = "") -> list[Setting]:
    """Those of git config alone."""
    done = here.git.run("config", "--show-origin", "--null", "--list", check=False)
    found: list[Setting] = []
    rows = done.text.split("\0")
    for origin, pair in zip(rows[::2], rows[1::2], strict=False):
        name, _, value = pair.partition("\n")
        wanted = (
            name == key.lower()
            if key
            else name.startswith(("patchflow.", "sendemail.", "user.")) or "patchflow-" in name
        )
        if wanted:
            found.append(Setting(name, masked_value(name, value), origin))
    return found


def sendemail_keys(here: Clone) -> dict[str, str]:
    """The sendemail.* keys that are set, each with the file it stands in."""
    return {one.key: one.origin.removeprefix("file:") for one in git_settings(here) if one.key.startswith("sendemail.")}


def settings_of(here: Clone, key: str = "") -> list[Setting]:
    """The settings in force (all of patchflow's and sendemail's, or those of one key), the winning one last."""
    found = git_settings(here, key)
    facts = here.profile_here()
    for field in fields(facts):
        name = f"profile.{field.name}"
        if not key or name == key:
            found.append(Setting(name, _plain(getattr(facts, field.name)), f"profile {facts.name}"))
    return found


def _plain(fact: object) -> str:
    """A fact of a profile in words: yes or no, a list with commas, what has several facts as NAME=FACT."""
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, tuple):
        return ("; " if any(is_dataclass(one) for one in fact) else ", ").join(map(_plain, fact))
    if is_dataclass(fact):
        fact = {field.name: getattr(fact, field.name) for field in fields(fact)}
    if isinstance(fact, Mapping):
        return ", ".join(f"{name}={_plain(value)}" for name, value in fact.items() if value not in ("", (), 0))
    return str(fact)


def keys_of_file() -> list[Setting]:
    """The terminal UI's keys in keys.toml of the configuration folder; PatchflowError where it is damaged."""
    path = config_folder() / "keys.toml"
    if not path.is_file():
        return []
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("keys", {})
        return [Setting(f"{KEY}{action}", str(keys), f"file:{path}") for action, keys in rows.items()]
    except (ValueError, OSError, AttributeError) as error:
        raise PatchflowError(f"{path} cannot be read: {error}.", "The usual keys are used.") from error


def set_setting(here: Clone, key: str, value: str) -> None:
    """Sets one of patchflow's own keys in this repository's config; UsageError for any other."""
    if key.lower().startswith("template."):  # as the documentation names them
        key = f"patchflow.{key}"
    if key.lower().startswith(TEMPLATE):
        value = check_file(key.lower().removeprefix(TEMPLATE), value)
    elif _MAIL.fullmatch(key):
        if value:
            place_of(value)
    elif (
        key.lower() not in _KNOWN
        and not key.lower().startswith((KEY, FILTER))
        and not (_BASE.match(key) or _OF_PROFILE.match(key))
    ):
        raise UsageError(f"{key} is not a setting of patchflow's.", f"It knows {', '.join(known_settings())}.")
    with here.store.ledger.lock():  # a step compares the settings with what it was made from
        here.git.run("config", "--local", key.lower(), value)
    here.repository.forget_settings()
