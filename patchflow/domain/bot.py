"""A bot that writes to the lists."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple


class Bot(NamedTuple):
    """How a bot is recognised by its From, and what its mail means (`finding`, `applied` or `notice`).

    `form` names the form its mails have (`formats/mail/bots`), "" where only the mail itself tells.
    """

    name: str
    from_pattern: str
    means: str = "finding"
    form: str = ""
