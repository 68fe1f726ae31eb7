"""Kbuild files, kernel versions, and what compilers, modpost and make say."""

from __future__ import annotations

from patchflow.formats.kbuild import (
    kernel_version,
    parse_config,
    parse_kbuild,
    parse_messages,
    release_version,
    state_of,
)

MAKEFILE = """\
# SPDX-License-Identifier: GPL-2.0
obj-$(CONFIG_VSOCKETS) += vsock.o # the core
obj-$(CONFIG_LOOP) += loop.o
obj-m += plain.o deep/
obj-y := built.o

vsock-y += af_vsock.o \\
\tvsock_addr.o
vsock-$(CONFIG_BPF_SYSCALL) += vsock_bpf.o
plain-objs := part.o
part-y := deep/inner.o
"""


def test_owners_through_composites() -> None:
    """A file is found in the module it is linked into, by any of the ways a Makefile has."""
    makefile = parse_kbuild(MAKEFILE)

    def names(wanted: str) -> list[tuple[str, str]]:
        return [(m.path, m.condition) for m in makefile.owners(wanted, "net/x")]

    assert names("af_vsock.o") == [("net/x/vsock.ko", "CONFIG_VSOCKETS")]
    assert names("vsock_addr.o") == names("vsock_bpf.o") == names("af_vsock.o")
    assert names("loop.o") == [("net/x/loop.ko", "CONFIG_LOOP")]
    assert names("deep/inner.o") == [("net/x/plain.ko", "m")]
    assert names("built.o") == [("net/x/built.ko", "y")]
    assert names("nowhere.o") == []


def test_versions_and_configuration() -> None:
    assert kernel_version("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n") == "6.12.117"
    assert kernel_version("all: nothing\n") == ""
    assert release_version("6.12.117+deb12-amd64") == "6.12.117"
    assert release_version("7.1-rc3") == "7.1.0"
    assert release_version("none") == ""
    config = parse_config("CONFIG_A=m\n# CONFIG_B is not set\nCONFIG_C=y\n")
    assert [state_of(c, config) for c in ("CONFIG_A", "CONFIG_B", "CONFIG_C", "m")] == ["m", "", "y", "m"]


def test_messages_of_a_build() -> None:
    """Warnings and errors with the object they belong to; paths become the tree's own."""
    rows = [
        "  CC [M]  /w/net/x/a.o",
        "/w/net/x/a.c: In function ‘f’:",
        "/w/net/x/a.c:72:12: warning: ‘g’ defined but not used [-Wunused-variable]",
        "   72 | static int g;",
        "  CHECK   /w/net/x/b.c",
        "/w/net/x/b.c:3:1: error: incompatible types",
        "make[4]: *** [/h/scripts/Makefile.build:229: /w/net/x/b.o] Error 1",
        'ERROR: modpost: "nobody" [/w/net/x/a.ko] undefined!',
        "make[3]: *** No rule to make target '/w/net/x/c.o', needed by '/w/net/x/'.  Stop.",
    ]
    found = [(m.as_line(), m.unit) for m in parse_messages(rows, "/w")]
    assert found == [
        ("net/x/a.c:72: warning: ‘g’ defined but not used [-Wunused-variable]", "net/x/a.o"),
        ("net/x/b.c:3: error: incompatible types", "net/x/b.c"),
        ('error: modpost: "nobody" [net/x/a.ko] undefined!', "modpost"),
        ("error: No rule to make target 'net/x/c.o', needed by 'net/x/'.", "net/x/b.c"),
    ]
