"""Reads what a booted kernel wrote on its console: Oops, WARN, BUG, lockdep, KASAN and their functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STAMP = re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^\]]*\])? ?")
_FAULTS = (
    ("KASAN", re.compile(r"BUG: KASAN: (?P<text>.*?)(?: in (?P<where>[\w.]+)\+.*)?$")),
    ("BUG", re.compile(r"kernel BUG at (?P<text>.*)$")),
    ("Oops", re.compile(r"BUG: (?P<text>kernel NULL pointer dereference.*|unable to handle .*)$")),
    ("Oops", re.compile(r"(?P<text>(?:Oops: )?general protection fault.*)$")),
    ("Oops", re.compile(r"(?P<text>Oops: .*)$")),
    ("lockdep", re.compile(r"WARNING: (?P<text>(?:possible|inconsistent lock|suspicious|bad unlock|held lock).*)$")),
    ("lockdep", re.compile(r"INFO: (?P<text>trying to register non-static key.*|possible .*)$")),
    ("WARN", re.compile(r"WARNING: (?P<text>(?:CPU: \d+ PID: \d+ at )?.*?)(?: (?P<where>[\w.]+)\+0x\S+.*)?$")),
    ("UBSAN", re.compile(r"UBSAN: (?P<text>.*)$")),
    ("BUG", re.compile(r"BUG: (?P<text>.*)$")),
    ("stall", re.compile(r"(?:rcu: )?INFO: (?P<text>rcu\w* (?:self-)?detected .*|task .* blocked for more than .*)$")),
    ("panic", re.compile(r"Kernel panic - not syncing: (?P<text>.*)$")),
    ("leak", re.compile(r"kmemleak: (?P<text>\d+ new suspected memory leaks.*)$")),
)  # fmt: skip
_RIP = re.compile(r"^(?:RIP: \w+:|pc : )(?P<where>[\w.]+)\+0x\w+(?:/0x\w+)?(?: \[(?P<module>\w+)\])?")
_NEAR = 60  # lines below a fault in which its RIP stands


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing the kernel complained of: `kind`, its words, the function it happened in, its line from 1."""

    kind: str
    text: str
    function: str
    line: int

    def as_line(self) -> str:
        """In words."""
        return f"{self.kind}: {self.text}" + (f" in {self.function}" if self.function else "")


def find_faults(rows: Sequence[str]) -> list[Fault]:
    """Every fault on the console, in order; an Oops that its BUG line announced counts once."""
    plain = [_STAMP.sub("", row.rstrip("\r")) for row in rows]
    found: list[Fault] = []
    for number, row in enumerate(plain, start=1):
        for kind, pattern in _FAULTS:
            if match := pattern.match(row):
                where = match.groupdict().get("where") or _function(plain[number : number + _NEAR])
                last = found[-1] if found else None
                same = last is not None and kind == last.kind == "Oops" and number - last.line < 10
                if not same:
                    found.append(Fault(kind, match["text"].strip(), where, number))
                break
    return found


def _function(rows: Sequence[str]) -> str:
    for row in rows:
        if match := _RIP.match(row):
            return match["where"] + (f" [{match['module']}]" if match["module"] else "")
    return ""
