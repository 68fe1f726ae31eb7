"""What is to be told of what a series needs first. Most series need nothing, and their commands do without the reader
of mail that can say more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchflow.domain.dependency import Stands

if TYPE_CHECKING:
    from patchflow.domain.series import Series
    from patchflow.flow.clone import Clone


def told(here: Clone, series: Series) -> tuple[str, ...]:
    """A line for each dependency about which something is to be done; what is not at hand is no news."""
    if not series.depends:
        return ()
    from patchflow.flow.series.dependencies import dependencies

    return tuple(one.words for one in dependencies(here, series) if one.state not in (Stands.CURRENT, Stands.UNKNOWN))
