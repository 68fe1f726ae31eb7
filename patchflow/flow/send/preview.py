"""The one page that shows a send before anything leaves."""

from __future__ import annotations

from patchflow.domain.profile import Profile
from patchflow.domain.recipient import Header
from patchflow.flow.send.plan import Outgoing, Plan
from patchflow.formats.counted import many


def page_lines(plan: Plan) -> list[str]:
    """Every message with its recipients and reasons, then checks, window, base, changes, and what stands in the way."""
    messages = [line for one in plan.outgoing for line in message_lines(one)]
    return [*title_lines(plan), "", *messages, *fact_lines(plan), *changed_lines(plan), *gate_lines(plan)]


def title_lines(plan: Plan) -> list[str]:
    """From whom, by which server, to how many; what it is, and whose rules hold."""
    return [
        *_sender(plan),
        f"v{plan.revision} of {plan.series.name}: {many(len(plan.outgoing), 'message')} for {plan.profile.title}",
        *_homes(plan.profile),
    ]


def fact_lines(plan: Plan) -> list[str]:
    """What holds for the whole of it: endpoint, signature, base, window, checks, tries."""
    series = plan.series
    lines: list[str] = []
    if plan.endpoint:
        lines.append(f"through  {plan.endpoint}; readers will see:")
        lines += [f"  {row}" for row in plan.appears]
    if plan.signed:
        lines.append(f"signed with {plan.signed}")
    if plan.bcc:
        lines.append(f"Bcc      {', '.join(plan.bcc)} (by your own sendemail.bcc), on every message")
    base, name = series.foundation[:12], series.base_name[:40]
    lines.append(f"base     {base}" if name == base else f"base     {base} ({name})")
    lines += [f"needs    {text}" for text in plan.needs]
    if plan.answers:
        lines.append(f"answers  <{plan.answers.id}>  {plan.answers.told or 'not in the mail taken in'}")
    elif series.answers:
        lines.append(
            f"answers  nothing: v{series.answers_in} answered <{series.answers}>, and a new version begins a thread"
        )
    until = f" until about {plan.window.until:%Y-%m-%d}" if plan.window.until else ""
    lines.append(f"window   {plan.window.tree}: {plan.window.state}{until}")
    lines.append(f"checks   {plan.report.verdict(plan.profile)}")
    lines += [f"tried    {text}" for text in plan.tried]
    built = any(text.startswith(("built", "booted")) for text in plan.tried)
    wanted = not built and plan.profile.judges("build")
    if wanted and any(path.endswith((".c", ".h", ".S")) for p in series.patches for path in p.paths):
        lines.append("tried    never built as it stands: `patchflow try build --per-patch` does")
    return lines


def changed_lines(plan: Plan) -> list[str]:
    """The range-diff from the last revision."""
    rows = [f"  {row}" for row in plan.changed.split("\n") if row]
    return ["changed since the last revision:", *rows] if rows else []


def gate_lines(plan: Plan) -> list[str]:
    """What is let through, and what stands in the way."""
    return [
        *(f"override {rule}: {reason}" for rule, reason in plan.options.overrides),
        *(gate.as_line() for gate in plan.gates if not plan.let_through(gate)),
    ]


def message_lines(one: Outgoing, reasons: bool = True) -> list[str]:
    """A message with its people: each with why they get it, or their names alone."""
    lines = [f"{one.mail.subject}  ({one.mail.size / 1000:.1f} kB)"]
    for header in (Header.TO, Header.CC):
        people = [recipient for recipient in one.recipients if recipient.header == header]
        if reasons:
            lines += [f"  {header}: {each.address}  -- {'; '.join(each.because) or each.role}" for each in people]
        elif people:
            lines.append(f"  {header}: {', '.join(each.address.name or each.address.email for each in people)}")
    return [*lines, *([f"  Message-ID: <{one.message_id}>"] * reasons), ""]


def _sender(plan: Plan) -> list[str]:
    """From whom, by which server, to how many."""
    if not plan.sender:
        return []
    to, cc = ({a.key for one in plan.outgoing for a in one.addresses(header)} for header in (Header.TO, Header.CC))
    rule = f" (by {plan.identity.key})" if plan.identity.key else ""
    server = f"{plan.server} (which gives each mail another Message-ID)" if plan.renames else plan.server
    return [f"From {plan.sender} by {server}{rule}: {len(to)} To, {len(cc - to)} Cc"]


def _homes(profile: Profile) -> list[str]:
    """The section of MAINTAINERS whose rules hold, and others that files of the series belong to."""
    also = f"; also {', '.join(profile.also[:3])}: {profile.split}" if profile.also else ""
    return [f"of {profile.home}{also}"] if profile.home else []
