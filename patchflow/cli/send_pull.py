"""`patchflow send --pull`: a pull request in place of patches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patchflow.adapters.git.tags import find_tag
from patchflow.cli.asking import confirmed
from patchflow.domain.recipient import Header
from patchflow.errors import Exit
from patchflow.flow.send.pull import is_there, place_of, plan_pull, publish, pull_lines, send_pull, tag_for

if TYPE_CHECKING:
    import argparse

    from patchflow.cli.diagnostics import Output
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone


def run_pull(here: Clone, series: Series, args: argparse.Namespace, output: Output) -> int:
    """Exit 1 where something holds it back, 4 where the mail server or the repository does."""
    url = place_of(here, args.pull)
    name = args.tag or f"{series.name.replace('/', '-')}-{datetime.now(UTC):%Y%m%d}"
    if args.dry_run and find_tag(here.git, name) is None:
        output.note(f"There is no tag {name} yet; without --dry-run it is made of the cover letter and signed.")
        return int(Exit.DOES_NOT_HOLD)
    tag, made = tag_for(here, series, name)
    if made:
        output.note(f"The tag {name} was made and signed; `patchflow undo` takes it away.")
    if not is_there(here, tag, url):
        if not args.push or args.dry_run:
            output.note(f"{url} has no tag {name} yet: `git push {args.push or args.pull} {name}`, "
                        "or --push REMOTE does it when you say so.")  # fmt: skip
            return int(Exit.DOES_NOT_HOLD)
        if not confirmed(f"Push the tag {name} to {args.push}?", "p", args.yes):
            output.note("Nothing was pushed, and nothing was sent.")
            return 0
        publish(here, tag, args.push)
    plan = plan_pull(here, series, tag, url)
    document = {
        "tag": tag.name, "object": tag.object, "url": url, "subject": plan.outgoing.mail.subject,
        "message_id": plan.outgoing.message_id, "from": plan.sender, "bcc": list(plan.bcc),
        "to": [str(one) for one in plan.outgoing.addresses(Header.TO)],
        "cc": [str(one) for one in plan.outgoing.addresses(Header.CC)],
        "gates": [{"id": g.id, "text": g.text, "go_on": g.go_on, "blocks": g.blocks} for g in plan.gates],
        "state": "pending",
    }  # fmt: skip
    if not output.json:
        output.data(None, pull_lines(plan))
    if plan.blocking() or args.dry_run or not confirmed("Send this pull request, as shown?", "s", args.yes):
        if output.json:
            output.data(document)
        output.note("Nothing was sent.")
        return int(Exit.DOES_NOT_HOLD) if plan.blocking() else 0
    outcome = send_pull(here, plan, args.again, args.arrived)
    [(_, state, detail)] = outcome.messages
    document |= {"state": state, "detail": detail, "link": outcome.link}
    output.data(document, [f"{state}: {plan.outgoing.mail.subject}", *([outcome.link] if outcome.link else [])])
    for line in outcome.questions:
        output.note(line)
    return 0 if state == "sent" else int(Exit.OUTSIDE)
