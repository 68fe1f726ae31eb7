"""Reads what a booted kernel wrote on its console: Oops, WARN, BUG, lockdep, KASAN and their functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchflow import lazy_re
from patchflow.values import dataclass

_STAMP = lazy_re.compile(r"^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^\]]*\])? ?")
_FAULTS = (
    ("KASAN", lazy_re.compile(r"BUG: KASAN: (?P<text>.*?)(?: in (?P<where>[\w.]+)\+.*)?$")),
    ("BUG", lazy_re.compile(r"kernel BUG at (?P<text>.*)$")),
    ("Oops", lazy_re.compile(r"BUG: (?P<text>kernel NULL pointer dereference.*|unable to handle .*)$")),
    ("Oops", lazy_re.compile(r"(?P<text>(?:Oops: )?general protection fault.*)$")),
    ("Oops", lazy_re.compile(r"(?P<text>Oops: .*)$")),
    ("lockdep",
     lazy_re.compile(r"WARNING: (?P<text>(?:possible|inconsistent lock|suspicious|bad unlock|held lock).*)$")),
    ("lockdep", lazy_re.compile(r"INFO: (?P<text>trying to register non-static key.*|possible .*)$")),
    ("WARN", lazy_re.compile(r"WARNING: (?P<text>(?:CPU: \d+ PID: \d+ at )?.*?)(?: (?P<where>[\w.]+)\+0x\S+.*)?$")),
    ("UBSAN", lazy_re.compile(r"UBSAN: (?P<text>.*)$")),
    ("BUG", lazy_re.compile(r"BUG: (?P<text>.*)$")),
    ("stall",
     lazy_re.compile(r"(?:rcu: )?INFO: (?P<text>rcu\w* (?:self-)?detected .*|task .* blocked for more than .*)$")),
    ("panic", lazy_re.compile(r"Kernel panic - not syncing: (?P<text>.*)$")),
    ("leak", lazy_re.compile(r"kmemleak: (?P<text>\d+ new suspected memory leaks.*)$")),
)  # fmt: skip
_RIP = lazy_re.compile(r"^(?:RIP: \w+:|pc : )(?P<where>[\w.]+)\+0x\w+(?:/0x\w+)?(?: \[(?P<module>\w+)\])?")
_FRAME = lazy_re.compile(r"^    (?:\[<[0-9a-f]+>\] )?(?P<where>[\w.]+)\+0x\w+")
# What allocates for others. Source: mm/slub.c, mm/vmalloc.c, mm/util.c, mm/percpu.c.
_ALLOCATES = lazy_re.compile(
    r"(?:__|do_)*(?:slab_|kmalloc|kvmalloc|kzalloc|krealloc|kmem_cache_|kmemdup|kstrdup|vmalloc|vzalloc|kmemleak_"
    r"|pcpu_alloc|alloc_percpu|devm_k)"
)
_NEAR = 60  # lines below a fault in which its RIP stands


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing the kernel complained of: `kind`, its words, the function it happened in, its line from 1."""

    kind: str
    text: str
    function: str
    line: int

    @property
    def same(self) -> tuple[str, str, str]:
        """What two boots of one fault have in common: its words without numbers that change."""
        return self.kind, _steady(self.text), self.function

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
                last = found[-1] if found else None
                if kind == "leak":
                    whose = _leaking(plain[number:]) or [""]
                    found += [Fault(kind, match["text"].strip(), name, number) for name in whose]
                    break
                where = match.groupdict().get("where") or _function(plain[number : number + _NEAR])
                same = last is not None and kind == last.kind == "Oops" and number - last.line < 10
                if not same:
                    found.append(Fault(kind, match["text"].strip(), where, number))
                break
    return found


# Addresses, numbers of processes and processors, times: what two boots of one kernel differ in.
_UNSTEADY = lazy_re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,16}\b|\b\d+(?:\.\d+)?(?:[mun]?s|[kKMG]i?B?)?\b", re.IGNORECASE)
_NOISE = lazy_re.compile(
    r"^(?:patchflow: |Linux version |(?:Kernel c|C)ommand line: |APIC (?:calibration|timer) |tsc: |TSC |random: "
    r"|clocksource: |sched_clock: |Memory: |Unstable clock|If you want to keep using the local clock|  \"trace_clock"
    r"|  on the kernel command line|\s*$)"
)


def _steady(text: str) -> str:
    return _UNSTEADY.sub("#", text)


def new_words(base: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """The kernel's own lines (those with a time stamp) that a boot has and the boot before had not, each once: times,
    addresses and numbers do not count."""
    known = {_steady(_STAMP.sub("", row.rstrip())) for row in base}
    found: dict[str, str] = {}
    for row in now:
        plain = _STAMP.sub("", row.rstrip())
        if plain != row.rstrip() and not _NOISE.match(plain) and _steady(plain) not in known:
            found.setdefault(_steady(plain), plain)
    return tuple(found.values())


def _leaking(rows: Sequence[str]) -> list[str]:
    """The functions whose memory leaked, each once: in each backtrace the first that does not itself allocate."""
    found: dict[str, None] = {}
    looking = False
    for row in rows:
        if match := _FRAME.match(row):
            if looking and not _ALLOCATES.match(match["where"]):
                found[match["where"]] = None
                looking = False
        else:
            looking = row.startswith("  backtrace")
    return list(found)


def _function(rows: Sequence[str]) -> str:
    for row in rows:
        if match := _RIP.match(row):
            return match["where"] + (f" [{match['module']}]" if match["module"] else "")
    return ""
