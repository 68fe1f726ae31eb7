"""What the user writes about somebody else's series: remarks on lines of its mails, and tags."""

from __future__ import annotations

from patchflow.values import dataclass

TAGS = ("Reviewed-by", "Acked-by", "Tested-by")


@dataclass(frozen=True, slots=True)
class OwnRemark:
    """A remark on a patch's mail (`patch` is its Message-ID), or on the cover letter's.

    `first` and `last` are the lines of the mail's text that it is about, from 1 (0: the mail as a whole), `line` is the
    text of the last of them. `finding` is the id of the finding it was taken from, `mail` the Message-ID of the mail it
    was sent in, "" for a draft.
    """

    id: str
    patch: str
    text: str
    first: int = 0
    last: int = 0
    line: str = ""
    finding: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class OwnTag:
    """A tag for a patch, or, given to the cover letter's mail, for all of them; `built` says what a Tested-by rests
    on. `mail` as for a remark."""

    id: str
    patch: str
    key: str
    built: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """All of it, what was sent already too."""

    remarks: tuple[OwnRemark, ...] = ()
    tags: tuple[OwnTag, ...] = ()

    @property
    def both(self) -> tuple[OwnRemark | OwnTag, ...]:
        """The remarks, and the tags."""
        return (*self.remarks, *self.tags)

    @property
    def waits(self) -> bool:
        """Whether anything of it was not sent yet."""
        return any(not one.mail for one in self.both)

    def ids(self) -> set[str]:
        """The ids of all there is."""
        return {one.id for one in self.both}
