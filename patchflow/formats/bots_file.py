"""The bots that a profile's TOML names, read without the rest of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from patchflow.domain.bot import Bot
from patchflow.errors import UsageError


def read_bots(name: str, text: str) -> tuple[Bot, ...]:
    """The bots that a profile's TOML names itself; UsageError where it is broken."""
    import tomllib  # bots that are kept (flow/subsystem/bots.py) are not read

    try:
        rows = tomllib.loads(text).get("bots", [])
        return tuple(bot_of(name, row) for row in rows)
    except (ValueError, RecursionError, TypeError, AttributeError) as error:
        raise UsageError(f"The profile {name} is not TOML: {error}.") from error


def bot_of(name: str, row: Mapping[str, Any]) -> Bot:
    """The bot of a table of the profile `name`; UsageError where it lacks something or its pattern is broken."""
    try:
        re.compile(str(row["from"]), re.IGNORECASE)
        return Bot(str(row["name"]), str(row["from"]), str(row.get("means", "finding")), str(row.get("form", "")))
    except KeyError as error:
        raise UsageError(f"The profile {name}: a bot lacks {error}.") from error
    except re.error as error:
        raise UsageError(f"The profile {name}: the bot {row['name']} has a broken pattern: {error}.") from error
