"""A patch: a commit message with its diff.

The parts of a diff stand in domain.diff: the commit-msg hook needs none of them.
"""

from __future__ import annotations

from dataclasses import field

from patchflow.domain.address import Address
from patchflow.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from patchflow.domain.diff import FileDiff


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch, from a commit or from a patch file.

    `commit` is its full hash ("" for a file); `message` the commit message without notes below `---`;
    `notes` what stands below `---`; `diff` the raw diff text; `files` the parsed diff; `where` names the
    file it was read from, or the commit; `damage` says how a diff that was read from a file is cut off or
    broken.
    """

    commit: str
    message: str
    author: Address
    date: datetime | None
    diff: str
    files: tuple[FileDiff, ...]
    notes: str = ""
    parents: int = 1
    where: str = ""
    subject_line: str = ""
    damage: str = ""
    committer: Address = field(default_factory=lambda: Address("", ""))

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.split("\n", 1)[0].strip()

    @property
    def body(self) -> str:
        """The message below the subject."""
        _, _, rest = self.message.partition("\n")
        return rest.lstrip("\n")

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path the patch touches, old names of renames included."""
        seen: dict[str, None] = {}
        for file in self.files:
            for path in (file.old, file.new):
                if path:
                    seen.setdefault(path)
        return tuple(seen)
