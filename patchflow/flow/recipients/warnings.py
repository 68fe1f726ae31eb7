"""The traps in who gets a patch that no tool warns of, as sentences."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_VHOST_VSOCK = "drivers/vhost/vsock.c"
_NETDEV = "netdev@vger.kernel.org"
NO_GIT = (
    "This tree has no .git: there scripts/get_maintainer.pl, when it is given a source file without -f, prints an "
    "unrelated list and still ends with status 0. Nothing here relies on that; only git's history is missing."
)


def vhost_vsock(paths: Collection[str], addresses: Collection[str]) -> str:
    """The sentence for a change of drivers/vhost/vsock.c that no netdev maintainer would see; "" for any other."""
    if _VHOST_VSOCK not in paths or any(path.startswith(("net/", "include/net/")) for path in paths):
        return ""
    have = " (the list is copied already)" if _NETDEV in addresses else ""
    return (
        f"{_VHOST_VSOCK} alone names no netdev maintainers{have}, although such a patch may go through net or "
        "net-next as well as through mst/vhost: copy the maintainers of NETWORKING [GENERAL] too."
    )
