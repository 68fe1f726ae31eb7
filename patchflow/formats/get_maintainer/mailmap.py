"""Reads .mailmap as get_maintainer.pl reads it: names and addresses that replace others."""

from __future__ import annotations

from patchflow import lazy_re
from patchflow.formats.get_maintainer.address import format_email, parse_email

_FORMS = (
    lazy_re.compile(r"^([^<]+)<([^>]+)>$"),
    lazy_re.compile(r"^<([^>]+)>\s*<([^>]+)>$"),
    lazy_re.compile(r"^(.+)<([^>]+)>\s*<([^>]+)>$"),
    lazy_re.compile(r"^(.+)<([^>]+)>\s*(.+)\s*<([^>]+)>$"),
)


class Mailmap:
    """What replaces what; keys are a bare address or a formatted `Name <address>`."""

    __slots__ = ("addresses", "names")

    def __init__(self, names: dict[str, str] | None = None, addresses: dict[str, str] | None = None) -> None:
        self.names = names or {}
        self.addresses = addresses or {}

    def map(self, email: str) -> str:
        """The address as it should be: an exact pair of name and address first, the address alone next."""
        name, address = parse_email(email)
        whole = format_email(name, address)
        key = whole if whole in self.names or whole in self.addresses else address
        return format_email(self.names.get(key, name), self.addresses.get(key, address))


def parse_mailmap(text: str) -> Mailmap:
    """The mailmap; lines in no known form are passed over, as the script does."""
    found = Mailmap()
    for raw in text.split("\n"):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        number, match = next(((n, m) for n, form in enumerate(_FORMS) if (m := form.match(line))), (-1, None))
        if match is not None:
            _add(found, number, match.groups())
    return found


def _add(found: Mailmap, form: int, parts: tuple[str, ...]) -> None:
    if form == 1:
        found.addresses[parts[1]] = parts[0]
        return
    name, address = parse_email(f"{parts[0].rstrip()} <{parts[1]}>")
    if form == 0:
        found.names[address] = name
        return
    key = parts[2] if form == 2 else format_email(*parse_wrong(parts[2], parts[3]))
    found.names[key] = name
    found.addresses[key] = address


def parse_wrong(name: str, address: str) -> tuple[str, str]:
    """Name and address of the spelling that is to be replaced."""
    return parse_email(f"{name.rstrip()} <{address}>")
