"""Which mails are the user's own, by Message-ID: a From speaks for nobody."""

from __future__ import annotations

from patchflow.named_tuple import NamedTuple


class Ours(NamedTuple):
    """`patches` are the patches and covers that this clone sent, `mails` every mail that is known to be the user's.

    `series` are the patches by series: what was sent of one, whatever its revisions are called; `previews` are
    those patches that only colleagues were sent.
    """

    patches: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    series: tuple[frozenset[str], ...] = ()
    previews: frozenset[str] = frozenset()


NOTHING = Ours()
