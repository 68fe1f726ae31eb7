"""`patchflow setup`: six questions to a newcomer, git config lines shown and written, a message to oneself, doctor."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from patchflow.adapters.trust import set_trust
from patchflow.cli.asking import ask, said_yes
from patchflow.cli.diagnostics import Output
from patchflow.cli.doctor import check_lines, checks_document, exit_code
from patchflow.domain.address import Address
from patchflow.errors import Exit, PatchflowError, UsageError
from patchflow.flow.clone import Clone, profile
from patchflow.flow.machine import setup
from patchflow.flow.machine.answers import Line, mail_lines
from patchflow.flow.machine.doctor import examine
from patchflow.flow.machine.setup import (
    Answers,
    arrived_at_oneself,
    send_to_oneself,
    tree_at,
    unknown_to_oneself,
    wants_password,
    write_lines,
)
from patchflow.flow.recipients.for_series import read_address
from patchflow.flow.review.places import SETTING
from patchflow.flow.watch import timer

if TYPE_CHECKING:
    import argparse


EXAMPLE = "patchflow setup"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments. Answers are read from standard input, a line each, empty for the default."""
    parser.add_argument("--endpoint", nargs="?", const="", metavar="URL",
                        help="make yourself known to a web endpoint, which takes mails by https")  # fmt: skip
    parser.add_argument("--verify", metavar="WORD", help="the word that the web endpoint sent you by mail")


def run(args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where the lines are not to be written, 3 where doctor misses something, 4 where the mail did not leave."""
    if args.endpoint is not None or args.verify:
        return _endpoint(args, output)
    me, tree, lines = _questions(args, output)
    if lines:
        output.note("These git config lines say so, and every other tool reads them too:")
        for line in lines:
            output.note(f"  {line.shown(tree)}")
        if not said_yes("Write them?"):
            output.note("Nothing was written. Your answers are offered again the next time.")
            return int(Exit.DOES_NOT_HOLD)
        for why in write_lines(lines, tree):
            output.note(f"Take care: {why}.")
    else:
        output.note("git config says all of this already; nothing needs to be written.")
    Answers().forget()
    if tree:
        set_trust(tree)
    if wants_password(tree):
        output.note(
            "No credential helper is set, so git asks for the mail password every time; docs/recipes.md names helpers."
        )
    state = _mail_to_oneself(me, tree, args.directory, output)
    document = {"written": [one.shown(tree) for one in lines], "mail": state, "timer": _timer(tree, output)}
    code = _doctor(tree or args.directory, document, output)
    return code or (int(Exit.OUTSIDE) if state not in ("sent", "not sent") else 0)


def _questions(args: argparse.Namespace, output: Output) -> tuple[Address, str, list[Line]]:
    """The six questions, and the git config lines that follow from the answers."""
    given = setup.Answers()  # kept until the lines are written: a set-up that was cut off offers them again
    name = given.ask(ask, "1/6 Your name, as it stands in Signed-off-by",
                     setup.global_setting("user.name") or setup.login_name(), _name)  # fmt: skip
    me = given.ask(ask, "2/6 Your mail address", setup.global_setting("user.email"), lambda text: _address(name, text))
    output.note("    How mail leaves: `gmail`, a server (smtp.example.org:587), or a program (msmtp).")
    now = setup.mail_now()
    mail = given.ask(
        ask, "3/6 How mail is sent", now, lambda text: mail_lines(text, me, shutil.which) if text != now else []
    )
    tree = given.ask(
        ask, "4/6 Your kernel tree, whose scripts patchflow runs (none: a - )",
        setup.tree_at(args.directory) or "-", _tree,
    )  # fmt: skip
    output.note("    A series follows the subsystem of its files; this is for series that have none yet.")
    subsystem = given.ask(ask, "5/6 Subsystem (none: a - )", setup.subsystem_of(tree) or "-", _subsystem)
    output.note("    An mbox, a Maildir, a public-inbox, lei:FOLDER, notmuch:QUERY, or an archive's URL.")
    named = setup.source_of(tree)
    source = given.ask(
        ask, "6/6 Where the lists' mail is read from (none: a - )", named or "-",
        lambda text: "" if text in ("-", named) else setup.source_at(text),
    )  # fmt: skip
    lines = [Line("user.name", name), Line("user.email", me.email), *mail]
    if source:
        lines.append(Line(f"{SETTING}mail", source, *(("--local",) if tree else ())))
    if subsystem:
        lines.append(Line("patchflow.profile", subsystem, *(("--local",) if tree else ())))
        if not tree and (command := setup.clone_command(subsystem)):
            output.note(f"    A tree for it: {command}")
    return me, tree, setup.lines_to_write(lines, tree)


def _name(text: str) -> str:
    if not any(letter.isalpha() for letter in text) or "@" in text or "<" in text:
        raise UsageError(f"{text!r} is not a name.", "Use the name people know you by, as in Signed-off-by.")
    return text


def _address(name: str, text: str) -> Address:
    found = read_address(text)
    if "@" not in found.email.strip("@"):
        raise UsageError(f"{text!r} is not a mail address.", "Write it as `user@host`.")
    return Address(name, found.email)


def _tree(text: str) -> str:
    if text == "-":
        return ""
    found = tree_at(text)
    if not found:
        raise UsageError(f"{text} is not a kernel tree: it is not a git repository with MAINTAINERS in it.",
                         "Name the folder of your clone, or - if you have none yet.")  # fmt: skip
    return found


def _subsystem(text: str) -> str:
    return "" if text == "-" else profile(text).name


def _mail_to_oneself(me: Address, tree: str, folder: str, output: Output) -> str:
    """What became of the message to oneself: sent, refused, unknown, or `not sent` where it was not wanted."""
    if unknown := unknown_to_oneself():
        output.note(f"An earlier test message, <{unknown}>, is of unknown fate: look whether it is in your mailbox.")
        if said_yes("Has it arrived?"):
            arrived_at_oneself()
            return "sent"
    if not said_yes(f"Send a test message to {me.email}, and to nobody else?"):
        output.note("No message was sent; `patchflow setup` sends one at any time.")
        return "not sent"
    fate = send_to_oneself(me, tree, folder)
    if fate.state == "sent":
        output.note(f"The message has left for {me.email} ({fate.detail}).")
    else:
        output.note(
            f"The message did not leave: {fate.detail} Fix it with docs/recipes.md, then run `patchflow setup` again."
        )
    if fate.state == "refused":
        _offer_endpoint(me, tree or folder, output)
    return fate.state


def _timer(tree: str, output: Output) -> str:
    """Whether `watch` looks by itself: by `systemd` or `cron`, or `not set`."""
    how = timer.way() if tree else ""
    try:
        wanted = timer.timer_for(tree) if how else None
        if wanted is None:
            return "not set"
        if timer.is_set(wanted, how):
            return how
        where = f"{timer.units_folder()}/{wanted.name}.timer" if how == "systemd" else f"your crontab: {wanted.cron}"
        output.note(f"`patchflow watch` can tell what is new of your series every half an hour, by {where}")
        if not said_yes("Set that up?"):
            output.note("`patchflow watch --timer` prints what it takes, at any time.")
            return "not set"
        timer.set_timer(wanted, how)
    except PatchflowError as error:
        output.note(error.paragraph())
        return "not set"
    return how


def _offer_endpoint(me: Address, folder: str, output: Output) -> None:
    """The other way out, where SMTP is blocked."""
    from patchflow.flow.machine import endpoint  # with it come libraries that nobody else waits for

    url = endpoint.offered(folder)
    output.note(f"Where SMTP is blocked, patches can leave through a web endpoint instead ({url}).")
    if not said_yes("Register your key there?"):
        output.note("`patchflow setup --endpoint` does it at any time.")
        return
    try:
        _introduce(url, me, folder, output)
    except PatchflowError as error:
        output.note(error.paragraph())


def _introduce(url: str, me: Address, folder: str, output: Output) -> bool:
    """Shows what would be told, tells it after a yes, and says what comes next; whether it was told."""
    from patchflow.flow.machine import endpoint

    introduction = endpoint.Introduction(url, me, folder)
    output.note("This will be sent:")
    for row in introduction.shown():
        output.note(f"  {row}")
    if not said_yes("Send this, and nothing else?"):
        output.note("Nothing was sent and nothing was written.")
        return False
    output.note(f"It says: {introduction.tell()}")
    output.note(f"Once its mail is there: `patchflow setup --endpoint {introduction.url} --verify WORD`.")
    return True


def _endpoint(args: argparse.Namespace, output: Output) -> int:
    from patchflow.flow.machine import endpoint

    me = endpoint.myself(args.directory)
    url = args.endpoint or endpoint.offered(args.directory)
    if not args.verify:
        asked = _introduce(url, me, args.directory, output)
        output.data({"endpoint": url, "state": "asked" if asked else "not asked"})
        return 0 if asked else int(Exit.DOES_NOT_HOLD)
    output.note(f"Sending the signed answer to {url}.")
    said, line, overruled = endpoint.answer_challenge(url, me, args.directory, args.verify)
    output.note(f"It says: {said}")
    for words in overruled:
        output.note(f"It is not used here: {words}.")
    shown = [] if overruled else [f"Mails leave through it from now on: {line.shown()}"]
    output.data({"endpoint": url, "state": "verified", "overruled": overruled}, shown)
    return int(Exit.DOES_NOT_HOLD) if overruled else 0


def _doctor(folder: str, document: dict[str, Any], output: Output) -> int:
    checks = examine(Clone(folder))
    output.data({**document, **checks_document(checks)}, check_lines(checks))
    return exit_code(checks)
