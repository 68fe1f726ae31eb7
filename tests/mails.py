"""Mails written for the tests, and where real mail is found if this machine has some."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from patchflow.domain.address import Address
from patchflow.domain.comment import Comment
from patchflow.domain.message import Message
from patchflow.formats.mail.draft import Draft, make_draft, quotation
from patchflow.formats.mail.message import parse_mail
from patchflow.formats.template import fill

AUTHOR = "Ada Example <ada@example.org>"
REVIEWER = "Rik Reviewer <rik@example.net>"
OTHER = "Olga Other <olga@example.com>"

PATCH_BODY = """\
The probe leaks the queue when the second allocation
fails, because nobody frees it.

Free it on the error path.

Fixes: 0123456789ab ("widget: Add the driver")
Signed-off-by: Ada Example <ada@example.org>
---
v2: renamed the label

 drivers/widget/core.c | 9 +++++++--
 1 file changed, 7 insertions(+), 2 deletions(-)

diff --git a/drivers/widget/core.c b/drivers/widget/core.c
index 1111111..2222222 100644
--- a/drivers/widget/core.c
+++ b/drivers/widget/core.c
@@ -10,7 +10,9 @@ static int widget_probe(struct device *dev)
 \tstruct widget *widget;
 \tint ret;
 
-\twidget = kzalloc(sizeof(struct widget), GFP_KERNEL);
+\twidget = kzalloc(sizeof(*widget), GFP_KERNEL);
+\tif (!widget)
+\t\treturn -ENOMEM;
 \tret = widget_setup(widget);
 \tif (ret)
 \t\treturn ret;
@@ -40,6 +42,9 @@ static void widget_remove(struct device *dev)
 \tstruct widget *widget = dev_get_drvdata(dev);
 
 \twidget_stop(widget);
+\tif (!widget)
+\t\treturn;
+\tkfree(widget);
 }
 
 module_driver(widget_driver);
-- 
2.39.5
"""


def mail(
    body: str,
    *,
    sender: str = REVIEWER,
    subject: str = "Re: [PATCH v2] widget: Fix a leak",
    id: str = "r1@example.net",
    to: str = "",
    refs: str = "",
    date: str = "Mon, 2 Mar 2026 10:00:00 +0000",
    extra: str = "",
) -> bytes:
    """One mail's bytes; `to` is its In-Reply-To, `refs` its References (both with brackets)."""
    lines = [f"From: {sender}", f"Subject: {subject}", f"Date: {date}", f"Message-ID: <{id}>"]
    if to:
        lines.append(f"In-Reply-To: {to}")
    if refs or to:
        lines.append(f"References: {refs or to}")
    if extra:
        lines.append(extra)
    return ("\n".join(lines) + "\n\n" + body).encode()


def patch_mail(body: str = PATCH_BODY, **kwargs: str) -> bytes:
    """The patch that the replies are about."""
    kwargs = {"sender": AUTHOR, "subject": "[PATCH v2] widget: Fix a leak", "id": "p1@example.org", **kwargs}
    return mail(body, **kwargs)


def message(raw: bytes) -> Message:
    """The message of a mail's bytes."""
    return parse_mail(raw)


def mbox(*mails: bytes) -> bytes:
    """An mboxrd of these mails."""
    out = b""
    for raw in mails:
        quoted = b"\n".join(
            b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in raw.split(b"\n")
        )
        out += b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + quoted.rstrip(b"\n") + b"\n\n"
    return out


def shared_mail() -> Path:
    """The folder of real mail beside the repository; the test is skipped where there is none."""
    named = os.environ.get("PATCHFLOW_SHARED_MAIL")
    folder = Path(named) if named else Path(__file__).resolve().parents[1].parent / "shared" / "mail"
    if not folder.is_dir():
        pytest.skip(f"no real mail at {folder} (PATCHFLOW_SHARED_MAIL names another folder)")
    return folder


def draft_of(parent: Message, comments: Sequence[Comment], me: Address) -> Draft:
    """A reply as the template that comes with patchflow makes it."""
    form = (Path(__file__).parent.parent / "templates" / "reply.txt").read_text()
    return make_draft(parent, fill("reply", form, quotation(parent, comments), "reply.txt"), me)
