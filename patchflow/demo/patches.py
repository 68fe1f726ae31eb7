"""The demo's three small vsock patches: edits made by code, and their messages."""

from __future__ import annotations

from pathlib import Path

from patchflow.errors import PatchflowError
from patchflow.values import dataclass

LOOPBACK = "net/vmw_vsock/vsock_loopback.c"
ADDR = "net/vmw_vsock/vsock_addr.c"
ME = "Ada Example <ada@example.org>"


@dataclass(frozen=True, slots=True)
class Edit:
    """Text put after the one place where `after` stands in a file."""

    path: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One patch: its edits and its message, without the sign-off that `git commit -s` adds."""

    edits: tuple[Edit, ...]
    subject: str
    body: str

    def message(self, fixes: str = "") -> str:
        """The whole commit message."""
        tags = [f"Fixes: {fixes}"] if fixes else []
        return "\n".join([self.subject, "", self.body, "", *tags, f"Signed-off-by: {ME}", ""])


def drafts(counter: str = "pkt_count", clean: bool = True) -> tuple[Draft, Draft, Draft]:
    """The three patches; `counter` is the name of the new field, and without `clean` the first has a style error."""
    call = f"atomic64_inc(&vsock->{counter});" if clean else f"atomic64_inc( &vsock->{counter} );"
    count = Draft(
        (
            Edit(LOOPBACK, "\tstruct work_struct pkt_work;\n", f"\n\tatomic64_t {counter};\n"),
            Edit(LOOPBACK, "\tint len = skb->len;\n", f"\n\t{call}\n"),
        ),
        "vsock/loopback: count the packets that are queued",
        "When a loopback connection stalls there is no way to see whether\n"
        "packets still reach the queue. Keep a counter of them.",
    )
    refuse = Draft(
        (Edit(ADDR, "\tif (addr->svm_family != AF_VSOCK)\n\t\treturn -EAFNOSUPPORT;\n",
              "\n\tif (addr->svm_reserved1)\n\t\treturn -EINVAL;\n"),),
        "vsock: refuse addresses with the reserved field set",
        "Found by reading the code: the reserved field of an address is never\n"
        "looked at, so it cannot get a meaning later. Tested with\n"
        "tools/testing/vsock on loopback.",
    )  # fmt: skip
    tell = Draft(
        (
            Edit(LOOPBACK, "\tdestroy_workqueue(vsock->workqueue);\n",
                 f'\n\tpr_debug("%s: %lld packets were queued\\n", KBUILD_MODNAME,\n'
                 f"\t\t (long long)atomic64_read(&vsock->{counter}));\n"),
        ),
        "vsock/loopback: tell the packet count when the module goes",
        "The counter is of use only if somebody can see it. Print it when the\n"
        "module is removed.",
    )  # fmt: skip
    return count, refuse, tell


def apply(draft: Draft, tree: Path) -> None:
    """Makes a patch's edits in a tree; PatchflowError where the tree's text is not what it was written for."""
    for edit in draft.edits:
        path = tree / edit.path
        text = path.read_text()
        if edit.after not in text:
            raise PatchflowError(f"{path} is not as the demo expects it: it has no line {edit.after.strip()!r}.")
        at = text.rindex(edit.after) + len(edit.after)
        path.write_text(text[:at] + edit.text + text[at:])
