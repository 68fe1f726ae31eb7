"""Two patchflows at once, killed at random: after every round the clone's state is that of some serial order.

`python -m tests.killing ROUNDS [SEED]` runs as many rounds as are asked for, in a clone of its own; the tests run a
sample. Each command is the real one in a process of its own (forked off a process that has loaded patchflow, so that a
round takes a tenth of a second), and is killed with SIGKILL at a random instant, alone or with the git it had started.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from patchflow.adapters.git.change import Change
from patchflow.adapters.git.undo import KEEP
from patchflow.flow.review.states import read_marks
from tests.conftest import _make_series, _make_small, git

_TITLES = {"cover": "cover of demo", "message": "reword a patch of demo", "cc": "recipients of demo"}
_CC = "branch.demo.patchflow-cc-add"
_DROPPED = "branch.demo.patchflow-cc-drop"


@dataclass(frozen=True)
class Model:
    """What the commands below change: fields by name, the steps made (newest last), and those taken back."""

    fields: tuple[tuple[str, str], ...]
    made: tuple[tuple[str, str, str], ...] = ()
    undone: tuple[tuple[str, str, str], ...] = ()

    def after(self, words: Sequence[str]) -> Model | None:
        """The state after a command; None where it would be refused."""
        now = dict(self.fields)
        if words[0] == "undo":
            if not self.made:
                return None
            field, old, _ = self.made[-1]
            return Model(_with(now, field, old), self.made[:-1], (*self.undone, self.made[-1]))
        if words[0] == "redo":
            if not self.undone:
                return None
            field, _, new = self.undone[-1]
            return Model(_with(now, field, new), (*self.made, self.undone[-1]), self.undone[:-1])
        field, new = words
        if now[field] == new:
            return self
        return Model(_with(now, field, new), (*self.made, (field, now[field], new))[-KEEP:])


def _with(fields: dict[str, str], name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({**fields, name: value}.items()))


def do(folder: str, words: Sequence[str]) -> int:
    """One command, in this process; its exit code."""
    from patchflow.cli.main import main
    from patchflow.flow.clone import Clone

    field, *rest = words
    if field in ("undo", "redo"):
        return main(["-C", folder, field])
    if field == "cover":
        Path(f"{folder}.cover-{os.getpid()}").write_text(f"{rest[0]}\n\nA cover.\n")
        return main(["-C", folder, "cover", "--set", f"{folder}.cover-{os.getpid()}"])
    from patchflow.errors import PatchflowError
    from patchflow.flow.recipients import for_series as recipients
    from patchflow.tui.work import changing

    here = Clone(folder)
    try:
        if field == "message":
            series = here.store.load("demo")
            last = series.patches[-1]
            changing.reword(folder, series, {last.commit: f"{rest[0]}\n\nA body.\n"})
        elif field.startswith("mark-"):
            changing.mark(folder, {field: ("addressed", rest[0])})
        else:
            with here.store.ledger.lock():  # one is added in place of the one before
                others = here.repository.config_all(_CC)
                recipients.remember(here.repository, here.git, "demo", [rest[0]], others)
    except PatchflowError as error:
        sys.stderr.write(error.paragraph())
        return 1
    return 0


def observed(folder: Path) -> Model:
    """What stands in the clone."""
    from patchflow.flow.clone import Clone
    from patchflow.flow.review.mail import known_marks

    here = Clone(str(folder))
    ledger = here.store.ledger
    series = here.store.load("demo", with_diffs=False)
    marks = known_marks(here)
    dropped = here.repository.config_all(_DROPPED)
    fields = {
        "cover": series.cover.subject if series.cover else "",
        "message": series.patches[-1].subject,
        "cc": "".join(one for one in here.repository.config_all(_CC) if one not in dropped),
        **{f"mark-{n}": marks[f"mark-{n}"].reason if f"mark-{n}" in marks else "" for n in range(3)},
    }
    assert not ledger.pending.exists(), "a step is half made"
    assert git(folder, "status", "--porcelain", "-uno") == "", "the work tree is not what HEAD says"
    made = [_told(step.change) for step in ledger.steps()][::-1]
    undone = [_told(step.change) for step in ledger.undone()][::-1]
    return replace(Model(tuple(sorted(fields.items()))), made=tuple((title, "", "") for title in made),
                   undone=tuple((title, "", "") for title in undone))  # fmt: skip


def _told(change: Change) -> str:
    """A step's title; for a mark, which: two orders of two marks are told apart by it."""
    if "comments.json" not in change.files:
        return change.title
    old, new = (read_marks((content or b"").decode())[0] for content in change.files["comments.json"])
    return next(key for key in new if old.get(key) != new[key])


def same(model: Model, seen: Model) -> bool:
    """Whether the clone is as a model says: every field, and the steps that can be taken back and made again."""
    # Of the oldest steps a kill may leave one more than are kept.
    steps = [[_TITLES.get(field, field) for field, _, _ in row[-150:]] for row in (model.made, model.undone)]
    return model.fields == seen.fields and steps == [
        [title for title, _, _ in row[-150:]] for row in (seen.made, seen.undone)
    ]


def possible(before: Model, commands: Sequence[Sequence[str]], codes: Sequence[int | None]) -> Iterator[Model]:
    """The states that some serial order leads to: what ended well was done, what failed was not, what was killed may
    have been."""
    for order in permutations(range(len(commands))):
        states: list[Model] = [before]
        for one in order:
            following: list[Model] = []
            for state in states:
                made = state.after(commands[one])
                if codes[one] != 0:
                    following.append(state)
                if codes[one] in (0, None) and made is not None:
                    following.append(made)
            states = following
        yield from states


def start(folder: Path, words: Sequence[str], log: Path) -> int:
    """A command in a process and a group of its own."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    with contextlib.suppress(BaseException):
        os.setsid()
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = do(str(folder), words)
    os._exit(code)


def wait(pid: int) -> int | None:
    """Its exit code; None where it was killed."""
    _, status = os.waitpid(pid, 0)
    return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def gone(group: int) -> None:
    """Waits for the programs that a killed process had started: on a slow machine a git may still be writing."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.01)


def clear_locks(folder: Path) -> None:
    """What a git that was killed leaves, and git tells its user to remove."""
    for name in ("index.lock", "config.lock", "packed-refs.lock", "HEAD.lock", "refs/heads/demo.lock"):
        (folder / ".git" / name).unlink(missing_ok=True)


def rounds(folder: Path, count: int, seed: int) -> dict[str, int]:
    """So many rounds; what came of the commands, counted. AssertionError where a state is that of no serial order."""
    from patchflow.flow.clone import Clone

    chance = random.Random(seed)
    # Two orders may lead to the same state and be told apart by a later undo: each that is possible is kept.
    before = {replace(observed(folder), made=(), undone=())}
    for name in ("undo", "redo"):
        for path in (folder / ".git/patchflow" / name).glob("*.json"):
            path.unlink()
    counted = {"ok": 0, "refused": 0, "killed": 0, "half": 0}
    for number in range(count):
        commands = [_command(chance, f"{number}-{n}") for n in range(2)]
        logs = [folder.with_name(f"log-{n}") for n in range(2)]
        pids = [start(folder, words, log) for words, log in zip(commands, logs, strict=True)]
        for pid in pids:
            if chance.random() < 0.6:
                time.sleep(chance.random() * 0.08)
                kill = os.killpg if chance.random() < 0.3 else os.kill
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(pid, signal.SIGKILL)
        codes = [wait(pid) for pid in pids]
        if None in codes:
            for pid in pids:
                gone(pid)
            clear_locks(folder)
        said = " | ".join(log.read_text(errors="replace") for log in logs)
        assert 70 not in codes and "bug in patchflow" not in said and "Traceback" not in said, said
        for code in codes:
            counted["killed" if code is None else "ok" if code == 0 else "refused"] += 1
        counted["half"] += bool(Clone(str(folder)).take_back_half())
        seen = observed(folder)
        states = {state for one in before for state in possible(one, commands, codes)}
        before = {state for state in states if same(state, seen)}
        own = folder / ".git/patchflow"
        names = [str(path.relative_to(own)) for name in ("redo", "undo") for path in sorted(own.glob(f"{name}/*"))]
        said += f" {names[:3]} ... {names[-4:]}"
        where = f"round {number}, seed {seed}: {commands} {codes} {said}"
        assert before, f"{where}\n{_short(seen)}\n" + "\n".join(map(_short, list(states)[:8]))
    return counted


def _short(model: Model) -> str:
    return f"{model.fields} made {len(model.made)} ... {model.made[-3:]} undone {model.undone}"


def _command(chance: random.Random, value: str) -> list[str]:
    field = chance.choice(["cover", "message", "cc", "mark-0", "mark-1", "mark-2", "undo", "undo", "redo"])
    if field == "cc":
        return [field, f"a{value}@example.org"]
    return [field] if field in ("undo", "redo") else [field, f"vsock: {value}"]


def main() -> None:
    """The rounds that are asked for, in a clone of their own."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "linux"
        os.environ.update(HOME=room, GIT_CONFIG_GLOBAL=f"{room}/gitconfig", GIT_CONFIG_SYSTEM=os.devnull)
        os.environ.update(XDG_CACHE_HOME=f"{room}/cache", XDG_STATE_HOME=f"{room}/state", PATCHFLOW_TRUST="all")
        Path(room, "gitconfig").write_text("[user]\n\tname = Ada Example\n\temail = ada@example.org\n")
        subprocess.run(["git", "config", "--global", "init.defaultBranch", "main"], check=True)
        _make_small(folder)
        _make_series(folder)
        started = time.monotonic()
        counted = rounds(folder, count, seed)
        print(json.dumps({"rounds": count, "seed": seed, **counted, "seconds": round(time.monotonic() - started)}))


if __name__ == "__main__":
    main()
