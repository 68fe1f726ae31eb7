"""Joins trace files, QEMU's list of events and a boot for `try trace`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from patchflow.adapters.files import read_named
from patchflow.errors import MissingError, UsageError
from patchflow.flow.clone import Clone
from patchflow.flow.try_.boot import boot, boot_states, inside_of, need_report
from patchflow.flow.try_.compare_traces import Comparison, compare, devices_of
from patchflow.flow.try_.interrupts import analyse
from patchflow.formats.trace.events import is_simpletrace, parse_events
from patchflow.formats.trace.log import parse_log

if TYPE_CHECKING:
    from patchflow.domain.build import BootWish
    from patchflow.domain.trace import Trace
    from patchflow.flow.try_.boot_verdict import BootReport
    from patchflow.flow.try_.build import Tried
    from patchflow.flow.try_.interrupts import TraceReport


_FOUND_AT = ("/usr/share/qemu/trace-events-all", "/usr/local/share/qemu/trace-events-all")


def trace_file(path: Path, events_file: str = "") -> TraceReport:
    """A trace of either back end, read and judged; UsageError where the file is neither."""
    data = read_named(path, 4 << 30)
    return analyse(_parsed(data, path, events_file))


def _parsed(data: bytes, path: Path, events_file: str) -> Trace:
    if is_simpletrace(data):
        known = parse_events(_events_text(events_file))
        try:
            from patchflow.formats.trace.simpletrace import parse_simpletrace  # numpy, which is the extra `trace`
        except ImportError as error:
            raise MissingError(
                "A binary trace is read with numpy, which is not installed.",
                "Run `make setup` in a checkout, or `pip install 'patchflow[trace]'`.",
            ) from error
        try:
            return parse_simpletrace(data, known)
        except ValueError as error:
            raise UsageError(f"{path} cannot be read as a trace: {error}.") from error
    trace = parse_log(data.decode("utf-8", "replace").splitlines())
    if not trace.events:
        raise UsageError(
            f"{path} is not a trace: it begins neither as a file of the simple back end nor with a line of the log.",
            "QEMU writes one with `-trace events=FILE,file=TRACE -msg timestamp=on`.",
        )
    return trace


def _events_text(named: str) -> str:
    for path in (named,) if named else _FOUND_AT:
        if Path(path).is_file():
            return Path(path).read_text(encoding="utf-8", errors="replace")
    raise MissingError(
        f"There is no {named or 'trace-events-all'}, which says what the numbers in a binary trace mean.",
        "It comes with QEMU (package qemu-system-data); name it with `--trace-events FILE`.",
    )


def trace_boot(
    here: Clone, tried: Tried, wish: BootWish, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
) -> tuple[BootReport, TraceReport]:
    """Boots with tracing on, and reads the trace."""
    booted = boot(here, tried, wish, folder, heard, tell)
    return booted, trace_file(Path(booted.booted.trace))


def trace_both(
    here: Clone, tried: Tried, wish: BootWish, folder: Path, heard: Callable[[str], None], tell: Callable[[str], None]
) -> tuple[bool, Comparison]:
    """Boots the base and the tip with tracing on, and sets the traces beside each other; whether both boots hold."""
    states = boot_states(here, tried, wish, inside_of(tried, wish), [tried.base, tried.tip], folder, heard, tell)
    reports = [need_report(one) for one in states]
    base, tip = (trace_file(Path(one.booted.trace)) for one in reports)
    return all(one.holds for one in reports), compare(base, tip)


def compare_files(tip: TraceReport, base: str, events_file: str, device: str) -> Comparison:
    """A trace beside the base's, which a file holds; of one device, or of all."""
    found = devices_of(compare(trace_file(Path(base), events_file), tip), device)
    if device and not found.devices:
        raise UsageError(f"There is no device {device} in these traces.", "`try trace FILE` names them.")
    return found
