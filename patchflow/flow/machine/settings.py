"""Settings with their origin: git config for all of them, the profile below it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from patchflow.errors import UsageError
from patchflow.flow.clone import Clone, profile
from patchflow.flow.window.evidence import current_profile
from patchflow.formats.secrets import masked_value

_KNOWN = {
    "patchflow.profile": "the profile of a new series",
    "patchflow.base": "what a new series is based on",
    "patchflow.tree": "the clone kernel/lay-tree takes",
    "patchflow.sendtimeout": "seconds one message may take to leave",
    "patchflow.bounced": "an address that bounces, and is left out (many)",
    "patchflow.nudgedays": "days without an answer before a ping is offered",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One value and where it stands: a file of git's, or a profile."""

    key: str
    value: str
    origin: str


def known_settings() -> list[str]:
    """The keys of git config that mean something to patchflow."""
    return sorted(_KNOWN)


def settings_of(here: Clone, key: str = "") -> list[Setting]:
    """The settings in force (all of patchflow's and sendemail's, or those of one key), the winning one last."""
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
    facts = profile(current_profile(here))
    for field in fields(facts):
        name = f"profile.{field.name}"
        if not key or name == key:
            found.append(Setting(name, str(getattr(facts, field.name)), f"profile {facts.name}"))
    return found


def set_setting(here: Clone, key: str, value: str) -> None:
    """Sets one of patchflow's own keys in this repository's config; UsageError for any other."""
    if key.lower() not in _KNOWN:
        raise UsageError(f"{key} is no setting of patchflow's.", f"It knows {', '.join(known_settings())}.")
    with here.store.ledger.lock():  # a step compares the settings with what it was made from
        here.git.run("config", "--local", key, value)
    here.repository.forget_settings()
