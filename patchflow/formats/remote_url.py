"""What the URL of a git remote tells: whether everybody can read what is pushed there."""

from __future__ import annotations

from urllib.parse import urlsplit

from patchflow import lazy_re

_PUBLIC = (
    "git.kernel.org", "gitolite.kernel.org", "github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "sr.ht",
    "salsa.debian.org", "gitlab.freedesktop.org", "git.infradead.org", "googlesource.com", "gitee.com", "pagure.io",
    "savannah.gnu.org", "savannah.nongnu.org", "sourceware.org", "git.launchpad.net", "notabug.org", "gitlab.gnome.org",
    "invent.kde.org", "repo.or.cz",
)  # fmt: skip
_SCP = lazy_re.compile(r"(?:[^/@:\s]{1,100}@)?([^/:\s]{1,255}):")


def public_host(url: str) -> str:
    """The host of a URL where it is known for public repositories, or is read by git:// (which has no passwords);
    "" for every other one."""
    host, scheme = "", ""
    try:
        if "://" in url:
            parts = urlsplit(url)
            host, scheme = (parts.hostname or "").lower(), parts.scheme
        elif match := _SCP.match(url):
            host = match[1].lower()
    except ValueError:
        return url
    known = any(host == one or host.endswith(f".{one}") for one in _PUBLIC)
    return host if known or scheme == "git" else ""
