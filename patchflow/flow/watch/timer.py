"""`watch` by itself: a systemd user timer or a line of the user's crontab for a clone, as text and set."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
from pathlib import Path

from patchflow.adapters.files import write_atomic
from patchflow.adapters.process import failure, run
from patchflow.errors import UsageError
from patchflow.named_tuple import NamedTuple


class Timer(NamedTuple):
    """What the clone's timer consists of; `name` is the units'."""

    name: str
    service: str
    timer: str
    cron: str


def timer_for(folder: str) -> Timer:
    """The timer that looks at what was sent from this clone, every half an hour; UsageError for a folder whose name
    has a line end in it."""
    place = str(Path(folder).resolve())
    if not place.isprintable():
        raise UsageError(f"{place!r} cannot stand in a timer: its name holds control characters.")
    words = [*_program(), "-C", place, "watch", "--once", "--notify", "notify-send"]
    name = f"patchflow-watch-{hashlib.sha256(os.fsencode(place)).hexdigest()[:8]}"
    # systemd.service(5), "Command lines": a word in quotes, with %, $ and \\ doubled; crontab(5): % ends the command.
    of_systemd = " ".join(_quoted(word) for word in words)
    return Timer(
        name,
        f"[Unit]\nDescription=patchflow watch in {place.replace('%', '%%')}\n"
        f"[Service]\nType=oneshot\nSuccessExitStatus=1\nExecStart={of_systemd}\n",
        "[Timer]\nOnBootSec=5min\nOnUnitActiveSec=30min\nRandomizedDelaySec=5min\n[Install]\nWantedBy=timers.target\n",
        f"*/30 * * * * {shlex.join(words)}".replace("%", r"\%"),
    )


def _program() -> list[str]:
    """How patchflow is started from a timer, which knows no PATH of the user's."""
    found = shutil.which("patchflow")
    return [found] if found else [sys.executable, "-m", "patchflow"]


def _quoted(word: str) -> str:
    word = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return f'"{word}"' if any(one in word for one in " '\";#") else word


def units_folder() -> Path:
    """Where the user's own units of systemd are."""
    base = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (base if base.is_absolute() else Path("~/.config").expanduser()) / "systemd/user"


def way() -> str:
    """How a timer can be set here: `systemd`, `cron`, or "" for neither."""
    if shutil.which("systemctl") and not run(["systemctl", "--user", "show-environment"], check=False, timeout=10).code:
        return "systemd"
    return "cron" if shutil.which("crontab") else ""


def is_set(timer: Timer, how: str) -> bool:
    """Whether it is there already."""
    return timer.cron in _crontab() if how == "cron" else (units_folder() / f"{timer.name}.timer").exists()


def set_timer(timer: Timer, how: str) -> None:
    """Sets it; OutsideError says why it could not be."""
    if how == "cron":
        lines = "\n".join([*_crontab(), timer.cron, ""])
        run(["crontab", "-"], stdin=os.fsencode(lines), timeout=20)
        return
    for ending, text in (("service", timer.service), ("timer", timer.timer)):
        write_atomic(units_folder() / f"{timer.name}.{ending}", os.fsencode(text), 0o644)
    run(["systemctl", "--user", "daemon-reload"], timeout=20)
    run(["systemctl", "--user", "enable", "--now", f"{timer.name}.timer"], timeout=20)


def _crontab() -> list[str]:
    """The lines of the user's crontab; OutsideError where it cannot be read, so that it is not written over."""
    done = run(["crontab", "-l"], check=False, timeout=20)
    if done.code and b"no crontab" not in done.err:
        raise failure(done)
    return [] if done.code else os.fsdecode(done.out).rstrip("\n").split("\n")
