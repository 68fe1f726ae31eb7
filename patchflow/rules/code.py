"""Rules about added C code, parsed with tree-sitter so that strings, comments and macros do not fool them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from patchflow.domain.finding import Scope, Severity
from patchflow.domain.patch import Patch
from patchflow.rules.context import Context
from patchflow.rules.new_code import NewCode, changed_code, words_of
from patchflow.rules.registry import Hit, rule

if TYPE_CHECKING:
    from tree_sitter import Node

_NETDEV = "Documentation/process/maintainer-netdev.rst"
_INLINE = "inline in a .c file: let the compiler decide"


@rule("patch-whole", Scope.PATCH, Severity.ERROR, "git-apply(1)")
def patch_whole(patch: Patch, context: Context) -> Iterator[Hit]:
    """A patch read from a file holds its whole diff: each hunk as long as it says, each file that its diffstat names.

    Okay:
        Subject: [PATCH net-next] vsock: add it

        A body.
        ---
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
        --- a/net/vmw_vsock/af_vsock.c
        +++ b/net/vmw_vsock/af_vsock.c
        @@ -1,2 +1,2 @@
        -int a;
        +int b;
         int c;

    Bad:
        Subject: [PATCH net-next] vsock: add it

        A body.
        ---
        diff --git a/net/vmw_vsock/af_vsock.c b/net/vmw_vsock/af_vsock.c
        --- a/net/vmw_vsock/af_vsock.c
        +++ b/net/vmw_vsock/af_vsock.c
        @@ -1,2 +1,2 @@
        -int a;
    """
    if patch.damage:
        yield Hit(f"the patch is not whole, and `git am` would refuse it: {patch.damage}")


@rule("source-inline", Scope.PATCH, Severity.ERROR, "NIPA source_inline")
def source_inline(patch: Patch, context: Context) -> Iterator[Hit]:
    """No `inline` is added in a .c file: the compiler knows better.

    A warning where the patch takes as many away. Strings and comments do not count.

    Okay:
        Diff: net/vmw_vsock/a.c
        +static int f(void)
        +{
        +	/* not inline */
        +	return puts("inline");
        +}

    Bad:
        Diff: net/vmw_vsock/a.c
        +static inline int f(void)
        +{
        +	return 0;
        +}
    """
    gone = sum(
        len(re.findall(r"\binline\b", line)) for f in patch.files if f.path.endswith(".c") for _, line in f.removed()
    )
    hits: list[Hit] = []
    for file, code in changed_code(patch, ".c"):
        for node in code.nodes("storage_class_specifier", "inline"):
            # A macro in front of the function (EXPORT_..., __printf) makes the grammar see a plain word instead.
            if (
                words_of(node) in ("inline", "__inline", "__inline__", "__always_inline")
                and code.is_added(node)
                and node.parent
            ):
                if node.parent.type == "storage_class_specifier" or _is_asm(code, node):
                    continue
                if words_of(node) != "__always_inline":
                    hits.append(Hit(_INLINE, code.line(node), file.path))
        in_macros = ((row, text) for row, text in code.macro_rows() if re.search(r"(?<!asm )\binline\b", text))
        hits += (Hit(_INLINE, code.numbers[row], file.path) for row, _ in in_macros if code.added[row])
    for hit in hits:
        soft = gone >= len(hits)
        yield Hit(hit.text, hit.line, hit.file, Severity.WARNING if soft else None)


def _is_asm(code: NewCode, node: Node) -> bool:
    """Whether it is the word of `asm inline("…")`, which is about the size of assembly and no function."""
    row, column = node.start_point
    before = code.text[row].encode("utf-8", "replace")[:column]
    return re.search(rb"\basm(?:__)?\s+(?:volatile\s+)?$", before) is not None


@rule("header-inline", Scope.PATCH, Severity.ERROR, "NIPA header_inline")
def header_inline(patch: Patch, context: Context) -> Iterator[Hit]:
    """A function body added in a header is static inline; otherwise every file gets a copy.

    Initialisers in braces are no function bodies.

    Okay:
        Diff: include/net/a.h
        +static inline int f(void)
        +{
        +	return 0;
        +}
        +static const struct s t = {
        +	.a = 1,
        +};

    Bad:
        Diff: include/net/a.h
        +static int f(void)
        +{
        +	return 0;
        +}
    """
    for file, code in changed_code(patch, ".h"):
        for node in code.nodes("function_definition"):
            # `static __always_inline u64 f()` is two things to the grammar: what stands in front on the line,
            # or on the line above, belongs to the function all the same.
            row = node.start_point[0]
            above = code.text[row - 1] if row and not code.text[row - 1].rstrip().endswith((";", "}", "*/")) else ""
            head = f"{above}\n{code.text[row]}\n" + words_of(node).split("{", 1)[0]
            if not code.is_added(node) or node.parent is None or node.parent.type == "ERROR" or node.has_error:
                continue
            if re.search(r"\b(?:__)?inline(?:__)?\b|\b__always_inline\b|\bDEFINE_\w+", head):
                continue
            declarator = node.child_by_field_name("declarator")
            while declarator is not None and declarator.type == "pointer_declarator":
                declarator = declarator.child_by_field_name("declarator")
            if declarator is not None and declarator.type == "function_declarator":
                yield Hit("a function body in a header is static inline", code.line(node), file.path)


_DEPRECATED = {
    "module_param": "networking wants netlink, devlink or ethtool instead",
    "dev_hold": "netdev_hold() keeps track of who holds it",
    "dev_put": "netdev_put() keeps track of who holds it",
    "put_net": "put_net_track() keeps track of who holds it",
    "get_net": "get_net_track() keeps track of who holds it",
    "init_dummy_netdev": "alloc_netdev_dummy() takes its place",
}


@rule("deprecated-api", Scope.PATCH, Severity.WARNING, "NIPA deprecated_api")
def deprecated_api(patch: Patch, context: Context) -> Iterator[Hit]:
    """No new uses of what networking is leaving behind.

    More module_param is an error; dev_hold, dev_put, put_net, get_net, init_dummy_netdev and, in drivers/net,
    __free are warned about. netdev_put is fine.

    Okay:
        Diff: net/vmw_vsock/a.c
        +static void f(struct net_device *dev)
        +{
        +	netdev_put(dev, NULL); /* not dev_put( */
        +}

    Bad:
        Diff: net/vmw_vsock/a.c
        +static void f(struct net_device *dev)
        +{
        +	dev_put(dev);
        +}

    Bad:
        Diff: drivers/net/a.c
        +module_param(debug, int, 0644);
    """
    used: dict[str, list[tuple[str, int]]] = {}
    for file, code in changed_code(patch, ".c", ".h"):
        for name, row in dict.fromkeys(_calls(code)):
            kind = "module_param" if name.startswith("module_param") else name
            wanted = kind in _DEPRECATED or (kind == "__free" and file.path.startswith("drivers/net/"))
            if wanted and code.added[row]:
                used.setdefault(kind, []).append((file.path, code.numbers[row]))
    for kind, places in used.items():
        # As NIPA counts: what goes in and what goes out, over the whole patch.
        more = len(places) > sum(bool(re.search(rf"\b{kind}", x)) for f in patch.files for _, x in f.removed())
        if kind == "module_param":
            severity = Severity.ERROR if more else Severity.WARNING
        elif more:
            severity = None
        else:
            continue
        for path, line in places:
            yield Hit(f"{kind}: {_DEPRECATED.get(kind, 'not wanted in drivers/net')}", line, path, severity)


def _calls(code: NewCode) -> Iterator[tuple[str, int]]:
    """Every name that is called and its row: in functions, in macros, and at file level, where a call looks like a
    declaration."""
    for node in code.nodes("call_expression", "macro_type_specifier", "function_declarator", "expression_statement"):
        target = (
            node.child_by_field_name("function")
            or node.child_by_field_name("name")
            or node.child_by_field_name("declarator")
        )
        if target is not None and target.type in ("identifier", "type_identifier"):
            yield words_of(target), node.start_point[0]
    for row, text in code.macro_rows():
        yield from ((name, row) for name in dict.fromkeys(re.findall(r"(?<![\w.>])(\w+)\(", text)))


@rule("xmas-tree", Scope.PATCH, Severity.ADVICE, f"{_NETDEV} (local variable ordering)")
def xmas_tree(patch: Patch, context: Context) -> Iterator[Hit]:
    """Consecutive declarations of local variables go from the longest line to the shortest, where a tree wants it.

    Only declarations that were added count; one that uses an earlier variable is exempt.

    Okay:
        Diff: net/vmw_vsock/a.c
        +static int f(void)
        +{
        +	struct vsock_sock *vsk;
        +	struct sock *sk;
        +	int a = 0;
        +}

    Okay:
        Diff: net/vmw_vsock/a.c
        +static int f(struct sock *sk)
        +{
        +	int err;
        +	struct vsock_sock *vsk = vsock_sk(err);
        +}

    Bad:
        Diff: net/vmw_vsock/a.c
        +static int f(void)
        +{
        +	int a = 0;
        +	struct vsock_sock *vsk;
        +}
    """
    for file, code in changed_code(patch, ".c", ".h"):
        for block in _declaration_blocks(code):
            for above, below in pairwise(block):
                if not (code.is_added(above) and code.is_added(below)):
                    continue
                if _width(code, below) > _width(code, above) and not _uses(below, block[: block.index(below)]):
                    yield Hit(
                        "declarations go from the longest line to the shortest (reverse xmas tree)",
                        code.line(below),
                        file.path,
                    )
                    break


def _declaration_blocks(code: NewCode) -> Iterator[list[Node]]:
    """Runs of one-line declarations without error on following lines, inside function bodies."""
    for body in code.nodes("compound_statement", "preproc_ifdef", "preproc_if", "preproc_else"):
        run: list[Node] = []
        if not _in_function(body):
            continue
        for node in body.named_children:
            follows = not run or node.start_point[0] == run[-1].end_point[0] + 1
            plain = node.type == "declaration" and not node.has_error and node.start_point[0] == node.end_point[0]
            plain = plain and not words_of(node).startswith(("static ", "DECLARE", "DEFINE"))
            if plain and follows:
                run.append(node)
                continue
            if len(run) > 1:
                yield run
            run = [node] if plain else []
        if len(run) > 1:
            yield run


def _in_function(node: Node | None) -> bool:
    while node is not None and node.type != "compound_statement":
        node = node.parent
    return node is not None


def _width(code: NewCode, node: Node) -> int:
    """How far the declaration reaches; a comment behind it does not count."""
    raw = code.text[node.start_point[0]].encode("utf-8", "replace")[: node.end_point[1]]
    return len(raw.decode("utf-8", "replace").expandtabs(8).rstrip())


def _uses(node: Node, earlier: list[Node]) -> bool:
    names: set[str] = set()
    for other in earlier:
        names |= {words_of(n) for n in _identifiers(other)}
    value = words_of(node).partition("=")[2]
    return any(re.search(rf"\b{re.escape(name)}\b", value) for name in names)


def _identifiers(node: Node) -> Iterator[Node]:
    stack = list(node.children_by_field_name("declarator"))
    while stack:
        at = stack.pop()
        if at.type == "identifier":
            yield at
            continue
        inner = at.child_by_field_name("declarator")
        stack.extend([inner] if inner is not None else at.named_children[:1])
