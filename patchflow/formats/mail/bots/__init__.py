"""Bots' mails, read: each kind by a small parser. Nothing here is loaded before a bot's mail is met."""

from __future__ import annotations

from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.domain.report import Report, ReportKind


def read_report(message: Message, bot: Bot | None) -> Report | None:
    """What a bot's mail says; None for a person's, which is read as any reply.

    `bot` is who sent it as far as the From tells (`classify.bot_of`). Notes that programs send in a person's name
    (the bindings bot, the patch-bot, stable's notes, b4's thanks) are known by their form.
    """
    form = form_of(message, bot)
    if form == "kernel test robot":
        from patchflow.formats.mail.bots import kernel_test_robot  # patterns: loaded when needed

        return kernel_test_robot.read(message)
    return Report(ReportKind.NOTICE) if bot else None


def form_of(message: Message, bot: Bot | None) -> str:
    """The form that a mail has, by its sender and by words that stand in it unquoted; "" for a person's own."""
    return "kernel test robot" if bot is not None and bot.name == "kernel test robot" else ""
