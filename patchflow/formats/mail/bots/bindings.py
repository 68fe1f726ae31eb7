"""The mails of Rob Herring's bot: what yamllint, dtschema and the check of references said of bindings and .dts."""

from __future__ import annotations

from collections.abc import Sequence

from patchflow import lazy_re
from patchflow.domain.message import Message
from patchflow.domain.report import Issue, Report, ReportKind
from patchflow.formats.mail.bots.facts import distinct, key_of, lines_of, source_of, tree_path

_MARK = "My bot found "
_LINT = lazy_re.compile(
    r"(?P<file>[^\s:]{1,250}\.ya?ml):(?P<line>\d{1,7}):(?P<column>\d{1,5}): "
    r"(?:\[(?P<severity>error|warning)\] )?(?P<text>.+)"
)
_SCHEMA = lazy_re.compile(
    r"(?P<file>[^\s:]{1,250}\.(?:dtb|dts|dtsi|ya?ml|dt\.yaml))(?::(?P<line>\d{1,7})[.\d-]{0,20})?: (?P<text>.+)"
)
_REFERENCE = lazy_re.compile(
    r"(?:Warning: )?(?P<file>[^\s:]{1,250})(?: references a file that doesn't exist)?: (?P<gone>\S.*)"
)
_DTC = lazy_re.compile(r"[Ee]rror: (?P<file>[^\s:]{1,250}\.dts):\d{1,7}\.")
_RUNNING = lazy_re.compile(r"running '(?P<command>[^'\n]{1,300})'(?: for (?P<patch>[^\s:]{3,300}):)?")
_SEE = lazy_re.compile(r"See (?P<url>https?://\S{1,300})")
_SECTIONS = ("yamllint warnings/errors:", "dtschema/dtc warnings/errors:", "doc reference errors (make refcheckdocs):")
_END = (
    "See http",
    "The base for ",
    "This check can fail",
    "If you already ran",
    "Please check and re-submit",
    "pip3 install",
)


def read(message: Message) -> Report:
    """What such a mail says; `make`'s own lines are none of it."""
    lines = lines_of(message.body)
    start = next((at for at, line in enumerate(lines) if line.startswith(_MARK)), len(lines))
    text = "\n".join(lines[start : start + 400])
    command = _RUNNING.search(text)
    see = _SEE.search(text)
    dts = "DTB warnings" in "".join(lines[start : start + 1])
    if dts:
        start = next(
            (at for at in range(start, len(lines)) if lines[at].startswith("New warnings running")), len(lines)
        )
    return Report(
        ReportKind.BINDINGS,
        distinct(_issues(lines, start + 1, dts)),
        reproduce=command["command"] if command else "",
        patch=(command["patch"] or "").strip("<>") if command else "",
        link=see["url"].rstrip(".") if see else "",
    )


def _issues(lines: Sequence[str], start: int, dts: bool) -> list[Issue]:
    issues: list[Issue] = []
    section, at = "", start
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(_END) or line in ("-- ", "--"):
            break
        if line in _SECTIONS:
            section = line
            continue
        if not line.strip() or line[0] in " \t" or line.startswith(("make", "xargs", "on your patch")):
            continue
        issue = _issue(line, section)
        if issue is None or (issues and section == _SECTIONS[2] and issue.text == issues[-1].text):
            continue
        first = at
        if line.endswith(":"):  # the conditions stand below
            while at < len(lines) and lines[at].startswith(("\t", "    ")) and "rom schema" not in lines[at]:
                at += 1
        whole = " ".join([issue.text, *(one.strip() for one in lines[first:at][:20])])
        known = None if dts else False
        issues.append(
            issue._replace(text=whole, known=known, span=(first, at), key=issue.key or key_of(whole, issue.file))
        )
    return issues


def _issue(line: str, section: str) -> Issue | None:
    if match := _LINT.match(line):
        severity = match["severity"] or "error"
        return Issue(match["text"], tree_path(match["file"]), int(match["line"]), int(match["column"]), severity)
    if section == _SECTIONS[2]:
        found = _REFERENCE.match(line)
        if found is None:
            return None
        text = f"references a file that doesn't exist: {found['gone']}"
        return Issue(text, tree_path(found["file"]), severity="warning", key=f"{found['file']} {text}")
    if match := _SCHEMA.match(line):
        file = source_of(tree_path(match["file"]))
        node, mark, _ = match["text"].partition(": ")
        symbol = node if mark and ("@" in node or node.startswith("/")) else ""
        return Issue(match["text"], file, int(match["line"] or 0), severity="error", symbol=symbol)
    if line.lower().startswith(("error", "warning", "lexical error")):
        example = _DTC.search(line)
        file = source_of(tree_path(example["file"])) if example else ""
        return Issue(line, file, severity="warning" if line[0] in "Ww" else "error")
    return None
