"""Messages into reply trees after RFC 5322 and JWZ, with ghosts for who is missing, and no cycles.

What belongs to one discussion is found by union-find over all ids a message names, as public-inbox does it. The
parent is what a plain reading gives: the last of References, else the first of In-Reply-To.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta

from patchflow.domain.message import Message
from patchflow.domain.thread import Node, Thread
from patchflow.formats.patch.subject import parse_subject

_FALLBACK_REACH = timedelta(days=60)
_LIST_FOOTER = "\n_______________________________________________\n"


def parent_id(message: Message) -> str:
    """The id of the message this one answers, by its own headers; "" where it names none."""
    for ids in (message.references[::-1], message.in_reply_to):
        for one in ids:
            if one != message.id:
                return one
    return ""


def fingerprint(message: Message) -> str:
    """What makes two mails with one Message-ID the same: author, subject and text, without a list's footer."""
    body = message.body.split(_LIST_FOOTER, 1)[0]
    text = f"{message.sender.key}\n{' '.join(message.subject.split())}\n{' '.join(body.split())}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def unique(messages: Iterable[Message]) -> list[Message]:
    """The messages, each once: one seen on several lists is one, two different ones with one id are both kept."""
    seen: dict[str, list[Message]] = {}
    kept: list[Message] = []
    for message in messages:
        same_id = seen.setdefault(message.id, [])
        if same_id and any(fingerprint(message) == fingerprint(other) for other in same_id):
            continue
        same_id.append(message)
        kept.append(message)
    return kept


def build_threads(messages: Iterable[Message]) -> list[Thread]:
    """The threads, oldest first; each message stands in exactly one place."""
    return _Forest(unique(messages)).threads()


class Groups:
    """Union-find over ids."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, one: str) -> str:
        """The id that stands for the group of this one."""
        above = self._above
        root = one
        while (up := above.setdefault(root, root)) != root:
            root = up
        while one != root:
            above[one], one = root, above[one]
        return root

    def all(self) -> Iterable[str]:
        """Every id that was named."""
        return self._above.keys()

    def join(self, one: str, other: str) -> None:
        """Makes the groups of both one group."""
        self._above[self.find(other)] = self.find(one)


class _Forest:
    """One run of threading. Nodes are numbers: messages first, in the order given, then ghosts."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.ids: list[str] = [message.id for message in messages]
        self.node: dict[str, int] = {}
        for number, message in enumerate(messages):
            self.node.setdefault(message.id, number)
        self.parent: list[int] = [-1] * len(messages)
        self.groups = Groups()

    def threads(self) -> list[Thread]:
        for number, message in enumerate(self.messages):
            self._link(number, message)
        self._by_subject()
        self._link_ghosts()
        self._break_cycles()
        return self._assemble()

    def _number(self, one: str) -> int:
        """The node of an id; a ghost is made where no message has it."""
        number = self.node.get(one)
        if number is None:
            number = self.node[one] = len(self.ids)
            self.ids.append(one)
            self.parent.append(-1)
        return number

    def _link(self, number: int, message: Message) -> None:
        for one in (*message.references, *message.in_reply_to):
            if one != message.id:
                self.groups.join(message.id, one)
        above = parent_id(message)
        first = self.node[message.id]
        if above:
            self.parent[number] = self._number(above)
        elif first != number and message.id in (*message.references, *message.in_reply_to):
            self.parent[number] = first  # a reply that bears its parent's own Message-ID

    def _link_ghosts(self) -> None:
        """A ghost hangs below the id that stands in front of it in the References of those who know it."""
        real = len(self.messages)
        for message in self.messages:
            for above, below in zip(message.references, message.references[1:], strict=False):
                number = self._number(below)
                if number >= real and self.parent[number] < 0 and above != below:
                    self.parent[number] = self._number(above)

    def _by_subject(self) -> None:
        """Replies that name nobody: below the newest older message of that title that is no reply itself."""
        lost = [
            n
            for n, m in enumerate(self.messages)
            if self.parent[n] < 0 and not m.references and not m.in_reply_to and parse_subject(m.subject).is_reply
        ]
        if not lost:
            return
        by_title: dict[tuple[str, int, int], list[int]] = {}
        for number, message in enumerate(self.messages):
            subject = parse_subject(message.subject)
            if not subject.is_reply and subject.title:
                by_title.setdefault((subject.title.lower(), subject.revision, subject.part), []).append(number)
        for number in lost:
            message = self.messages[number]
            subject = parse_subject(message.subject)
            candidates = by_title.get((subject.title.lower(), subject.revision, subject.part), [])
            best = self._newest_before(message, candidates)
            if best is not None:
                self.parent[number] = best
                self.groups.join(self.messages[best].id, message.id)

    def _newest_before(self, message: Message, candidates: Sequence[int]) -> int | None:
        best: int | None = None
        for number in candidates:
            when = self.messages[number].date
            if message.date is None or when is None:
                continue
            if timedelta(0) <= message.date - when <= _FALLBACK_REACH:
                held = self.messages[best].date if best is not None else None
                if held is None or when > held:
                    best = number
        return best

    def _break_cycles(self) -> None:
        """Every node has one parent, so a cycle is a loop of pointers: it is cut above its oldest message."""
        state = bytearray(len(self.ids))  # 0 not seen, 1 on the way, 2 done
        for start in range(len(self.ids)):
            path: list[int] = []
            at = start
            while at >= 0 and state[at] == 0:
                state[at] = 1
                path.append(at)
                at = self.parent[at]
            if at >= 0 and state[at] == 1:
                loop = path[path.index(at) :]
                self.parent[min(loop, key=self._age)] = -1
            for number in path:
                state[number] = 2

    def _age(self, number: int) -> tuple[int, float, int]:
        """What sorts nodes by time: ghosts last, undated messages after the dated."""
        if number >= len(self.messages):
            return (2, 0.0, number)
        date = self.messages[number].date
        return (1, 0.0, number) if date is None else (0, date.timestamp(), number)

    def _assemble(self) -> list[Thread]:
        children: dict[int, list[int]] = {}
        roots: list[int] = []
        for number, above in enumerate(self.parent):
            if above >= 0:
                children.setdefault(above, []).append(number)
            else:
                roots.append(number)
        built: dict[int, Node | None] = {}
        order: dict[int, tuple[int, float, int]] = {}
        for number in self._leaves_first(roots, children):
            below = sorted((c for c in children.get(number, []) if built[c] is not None), key=lambda c: order[c])
            kept = tuple(node for c in below if (node := built.pop(c)) is not None)
            message = self.messages[number] if number < len(self.messages) else None
            order[number] = min([self._age(number), *(order[c] for c in below)])
            # A ghost nobody at hand hangs from says nothing.
            built[number] = Node(self.ids[number], message, kept) if message is not None or kept else None
        groups: dict[str, list[int]] = {}
        for number in roots:
            if built[number] is not None:
                groups.setdefault(self.groups.find(self.ids[number]), []).append(number)
        threads: list[tuple[tuple[int, float, int], Thread]] = []
        for members in groups.values():
            members.sort(key=lambda n: order[n])
            nodes = [node for n in members if (node := built[n]) is not None]
            threads.append((order[members[0]], Thread(nodes[0], tuple(nodes[1:]))))
        threads.sort(key=lambda pair: pair[0])
        return [thread for _, thread in threads]

    @staticmethod
    def _leaves_first(roots: Sequence[int], children: dict[int, list[int]]) -> list[int]:
        out: list[int] = []
        stack = list(roots)
        while stack:
            number = stack.pop()
            out.append(number)
            stack.extend(children.get(number, ()))
        out.reverse()
        return out
