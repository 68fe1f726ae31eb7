"""A thread: messages in a reply tree, ghosts standing for those that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from patchflow.domain.message import Message
from patchflow.named_tuple import NamedTuple


class Node(NamedTuple):
    """A place in the reply tree; `message` is None for a ghost, whose `id` others refer to."""

    id: str
    message: Message | None
    children: tuple[Node, ...] = ()

    def walk(self, depth: int = 0, parent: str = "") -> Iterator[tuple[Node, int, str]]:
        """Every node below and with this one, with its depth and its parent's id, in reading order."""
        stack: list[tuple[Node, int, str]] = [(self, depth, parent)]
        while stack:
            node, level, above = stack.pop()
            yield node, level, above
            stack.extend((child, level + 1, node.id) for child in reversed(node.children))


class Thread(NamedTuple):
    """One discussion: its root node (a ghost where the first message is missing).

    `others` are the roots of trees that belong to the same discussion because some message refers to both:
    an answer written below two threads. They have no common parent, and none is made up for them.
    """

    root: Node
    others: tuple[Node, ...] = ()

    def walk(self) -> Iterator[tuple[Node, int, str]]:
        """Every node of the discussion, with its depth and its parent's id, in reading order."""
        for root in (self.root, *self.others):
            yield from root.walk()

    @property
    def messages(self) -> list[Message]:
        """The messages at hand, in reading order."""
        return [node.message for node, _, _ in self.walk() if node.message is not None]

    @property
    def subject(self) -> str:
        """The subject of the first message at hand."""
        return next((m.subject for m in self.messages), "")
