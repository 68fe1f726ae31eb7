"""Bots' mails, read: each form by a small parser. No parser is loaded before a mail of its form is met."""

from __future__ import annotations

import re
from importlib import import_module

from patchflow import lazy_re
from patchflow.domain.bot import Bot
from patchflow.domain.message import Message
from patchflow.domain.report import Report, ReportKind

# The parser of each form: module and function.
_PARSERS = {
    "kernel-test-robot": ("kernel_test_robot", "read"),
    "syzbot": ("syzbot", "read"),
    "bindings": ("bindings", "read"),
    "review": ("review", "read"),
    "ci": ("ci", "read"),
    "coverity": ("checkers", "read_coverity"),
    "smatch": ("checkers", "read_smatch"),
    "style": ("notes", "read_style"),
    "list": ("notes", "read_list"),
    "failed": ("notes", "read_failed"),
    "helper": ("notes", "read_helper"),
    "news": ("notes", "read_news"),
}
# Words at the beginning of a line, written and not quoted, by which a form is known whoever sends it.
_MARKS = (
    ("style", "This is the friendly patch-bot of "),
    ("style", "<formletter>"),
    ("news", "This is a note to let you know that I've just added the patch titled"),
    ("bindings", "My bot found errors running "),
    ("bindings", "My bot found new DTB warnings"),
    ("review", "This is an AI-generated review of your patch"),
    ("review", "AI reviewed your patch. Please "),
    ("ci", "CI has tested the following submission:"),
    ("ci", "Blktests CI has tested the following submission:"),
    ("coverity", "This is an experimental semi-automated report about issues detected by"),
    ("coverity", "This is an experimental automated report about issues detected by Coverity"),
    ("helper", "[ Sasha's backport helper bot ]"),
)
_ROBOTS = ("kernel test robot", "kbuild test robot", "0day robot")
_MM = lazy_re.compile(
    r"^The patch titled\s{1,8}Subject: .{1,300}\s{1,4}has been (?:added to|removed from) the ", re.M | re.S
)
_OLD_APPLIED = lazy_re.compile(r'^Applied "[^"\n]{1,300}" to the ')
_SMATCH = lazy_re.compile(r"^(?:New )?smatch warnings:$", re.MULTILINE)
_CHECKER = lazy_re.compile(
    r"leads to\s{1,4}the\s{1,4}following\s{1,4}(?:[Ss]match\s{1,4})?(?:static\s{1,4}checker|complaint|warning)"
)
_LISTED = lazy_re.compile(r"^[ \t]{0,8}(?:- )?\[[^\]\n]{0,60}\d{1,3}/\d{1,3}\] ", re.MULTILINE)


def read_report(message: Message, bot: Bot | None) -> Report | None:
    """What a bot's mail says; None for a person's, which is read as any reply.

    `bot` is who sent it as far as the From tells (`classify.bot_of`). Notes that programs send in a person's name
    (the bindings bot, the patch-bot, stable's notes, b4's thanks) are known by their form. A mail that tells no patch
    is about the one that it answers.
    """
    form = form_of(message, bot)
    if not form:
        return Report(ReportKind.NOTICE) if bot else None
    module, name = _PARSERS[form]
    report: Report = getattr(import_module(f"patchflow.formats.mail.bots.{module}"), name)(message)
    if form == "smatch" and not report.issues:
        return None  # a person's after all
    if report.kind.asks and not report.patch and message.in_reply_to:
        report = report._replace(patch=message.in_reply_to[0])
    if report.kind.asks and not report.title and message.subject[:3].lower() == "re:":
        report = report._replace(title=message.subject[3:].strip())
    return report


def form_of(message: Message, bot: Bot | None) -> str:
    """The form of a mail, a key of `_PARSERS`: told by the bot or by words that stand in it; "" for a person's."""
    if message.subject.startswith(("FAILED: patch", "FAILED: Patch")):
        return "failed"
    body = message.body
    for form, mark in _MARKS:
        at = body.find(mark)
        if at >= 0 and (at == 0 or body[at - 1] == "\n" or f"\n{mark}" in body):
            return form
    if bot is not None:
        return bot.form if bot.form in _PARSERS else ""
    if message.sender.name.lower() in _ROBOTS and message.sender.email.endswith("@intel.com"):
        return "kernel-test-robot"
    if ("smatch warnings:" in body and "\nconfig: " in body and _SMATCH.search(body)) and "kernel test robot" in body:
        return "kernel-test-robot"
    if message.subject.startswith("[bug report] ") and _CHECKER.search(body[:3_000]):
        return "smatch"
    if "The patch titled" in body and _MM.search(body[:2_000]):
        return "news"
    if _OLD_APPLIED.match(message.subject):
        return "news"
    if ("commit: " in body or "://" in body) and _LISTED.search(body):
        from patchflow.formats.mail.bots.notes import is_thanks  # its patterns take long to load

        return "news" if is_thanks(body) else ""
    return ""
