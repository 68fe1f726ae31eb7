"""`try build` on the real vsock modules with Debian's headers: what compiles, what does not, and by which patch."""

from __future__ import annotations

from pathlib import Path

import pytest

from patchflow.formats.kbuild import kernel_version
from tests.conftest import run_patchflow
from tests.e2e.vsock_tree import FUNCTION, VSOCK, cache, commit, nothing_left, standing, trying, vsock

__all__ = ["cache", "standing", "vsock"]

pytestmark = pytest.mark.boot


def test_new_warning_and_broken_patch_are_named(vsock: Path, cache: str) -> None:
    """Patch 2 brings a warning, patch 3 breaks the build, patch 4 mends it; a header in include/ is told of."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    commit(vsock, "add an unused thing", "\nstatic int vsock_addr_unused;\n")
    commit(vsock, "break it", FUNCTION.format(name="three", value="NOT_THERE_YET"))
    text = (vsock / VSOCK).read_text()
    (vsock / VSOCK).write_text("#define NOT_THERE_YET 3\n" + text)
    commit(vsock, "mend it", "\n/* mended */\n")
    commit(vsock, "change a header", "\n/* a comment */\n", "include/net/af_vsock.h")
    ran = trying(vsock, "build", "--per-patch", "base..HEAD")
    assert ran.code == 1, ran.err
    steps = ran.json["patches"]
    assert [(s["builds"], bool(s["new"])) for s in steps] == [
        (True, False), (True, True), (False, True), (True, False), (True, False),
    ]  # fmt: skip
    assert "vsock_addr_unused" in steps[1]["new"][0]["text"]
    assert steps[1]["new"][0]["file"] == VSOCK
    assert any("NOT_THERE_YET" in m["text"] and m["kind"] == "error" for m in steps[2]["new"])
    assert "net/vmw_vsock/vsock.ko" in ran.json["modules"]
    assert ran.json["left_out"][0]["path"] == "include/net/af_vsock.h"
    assert nothing_left(cache)
    again = trying(vsock, "build", "--per-patch", "base..HEAD")
    assert all(s["cached"] for s in again.json["patches"]), again.err
    assert again.json["patches"][1]["new"] == steps[1]["new"]


def test_missing_symbol(vsock: Path, cache: str) -> None:
    """A symbol that no kernel has is named by modpost, without a word of make's."""
    commit(vsock, "call nobody", "\nint nobody_has_this(void);\nint vsock_addr_call(void);\n"
           "int vsock_addr_call(void)\n{\n\treturn nobody_has_this();\n}\n")  # fmt: skip
    ran = trying(vsock, "build", "base..HEAD")
    assert ran.code == 1, ran.err
    assert any("nobody_has_this" in m["text"] and "undefined" in m["text"] for m in ran.json["patches"][0]["new"])
    assert nothing_left(cache)


def test_headers_of_another_version_are_told_first(vsock: Path, tmp_path: Path) -> None:
    """Before the compiler runs."""
    commit(vsock, "add one", FUNCTION.format(name="one", value=1))
    other = tmp_path / "headers"
    (other / "include" / "config").mkdir(parents=True)
    (other / "Makefile").write_text("all:\n\t@echo NEVER\n")
    (other / ".config").write_text("CONFIG_VSOCKETS=m\n")
    (other / "include" / "config" / "kernel.release").write_text("3.1.4-amd64\n")
    ran = run_patchflow("-C", str(vsock), "try", "build", "--against", str(other), "base..HEAD")
    assert ran.code == 3
    assert "3.1.4" in ran.err and kernel_version((vsock / "Makefile").read_text()) in ran.err and "NEVER" not in ran.err
    assert len(ran.err.strip().split("\n")) == 1
