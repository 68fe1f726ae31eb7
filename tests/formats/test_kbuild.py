"""Kernel versions, and what compilers, modpost and make say."""

from __future__ import annotations

from patchflow.formats.kbuild import (
    kernel_version,
    parse_config,
    parse_messages,
    release_version,
    state_of,
)


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
