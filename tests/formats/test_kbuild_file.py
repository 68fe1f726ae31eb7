"""What a Kbuild file makes: the forms that the kernel's own use, and texts that would never end."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.formats.kbuild_file import Owners, read_kbuild
from tests.sampled import times

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


def asked(files: dict[str, str], path: str, at: str = "d/x") -> Owners:
    """Who takes a path, by the Kbuild file of a folder."""
    file = read_kbuild(at, files.get)
    assert file is not None
    return file.owners(path)


def named(makefile: str, path: str, **more: str) -> list[tuple[str, str]]:
    """The modules that take d/x/PATH, with their conditions."""
    files = {"d/x/Makefile": makefile} | {name.replace("__", "/"): text for name, text in more.items()}
    return [(module.path, module.condition) for module in asked(files, f"d/x/{path}").modules]


def test_owners_through_composites() -> None:
    """A file is found in the module it is linked into, by any of the ways a Makefile has."""
    vsock = [("d/x/vsock.ko", "CONFIG_VSOCKETS")]
    assert named(MAKEFILE, "af_vsock.c") == named(MAKEFILE, "vsock_addr.c") == named(MAKEFILE, "vsock_bpf.c") == vsock
    assert named(MAKEFILE, "loop.c") == [("d/x/loop.ko", "CONFIG_LOOP")]
    assert named(MAKEFILE, "deep/inner.S") == [("d/x/plain.ko", "m")]
    assert named(MAKEFILE, "built.c") == [("d/x/built.ko", "y")]
    assert named(MAKEFILE, "nowhere.c") == []
    assert asked({"d/x/Makefile": MAKEFILE}, "d/x/vsock_bpf.c").options == ("CONFIG_BPF_SYSCALL",)
    assert asked({"d/x/Makefile": MAKEFILE}, "d/x/af_vsock.c").options == ()


M = [("d/x/m.ko", "CONFIG_M")]
OBJ = "obj-$(CONFIG_M) += m.o\n"

# The Makefile, a path that it takes, and the modules: as of the kernel's fs/xfs, i915, mm, omapfb, …
FORMS = {
    "addprefix": (OBJ + "m-y += $(addprefix libxfs/, \\\n\ta.o \\\n\tb.o)\n", "libxfs/b.c", M),
    "a list of its own": (OBJ + "gt-y += a.o\ngt-$(CONFIG_B) += gt/b.o\nm-y += $(gt-y)\n", "gt/b.c", M),
    "read before it is set": (OBJ + "m-y = $(LATER)\nLATER = b.o\n", "b.c", M),
    "its own list at once": (OBJ + "m-objs:= a.o b.o $(m-y)\n", "b.c", M),
    "its condition in a list": ("mm-$(CONFIG_MMU) := b.o\nobj-y := a.o $(mm-y)\n", "b.c", [("d/x/b.ko", "CONFIG_MMU")]),
    "subst on the left": ("obj-$(subst m,y,$(CONFIG_M)) += b.o\n", "b.c", [("d/x/b.ko", "y")]),
    "a change on the left": (OBJ + "m-$(CONFIG_B:m=y) += b.o\n", "b.c", M),
    "braces": ("obj-${CONFIG_M} += m.o\nm-${CONFIG_B} = b.o\n", "b.c", M),
    "two suffixes": (OBJ + "objs-yy := a.o\nobjs-y$(CONFIG_B) += b.o\nm-objs := $(objs-yy)\n", "b.c", M),
    "every branch": (OBJ + "ifeq ($(CONFIG_B),y)\n\tm-y += a.o\nelse\n\tm-y += b.o\nendif\n", "b.c", M),
    "if": (OBJ + "m-y += $(if $(CONFIG_B),a.o,b.o)\n", "b.c", M),
    "patsubst": (OBJ + "S := a.c b.c\nm-y += $(patsubst %.c,%.o,$(S))\n", "b.c", M),
    "a reference that changes": (OBJ + "S := a.c b.c\nm-y += $(S:.c=.o)\n", "b.c", M),
    "subst": (OBJ + "m-y += $(subst x,b,x.o)\n", "b.c", M),
    "foreach": (OBJ + "m-y += $(foreach n,a b,$(n).o $(n)2.o)\n", "b2.c", M),
    "filter-out": (OBJ + "A := a.o b.o\nm-y += $(filter-out b.o,$(A))\n", "b.c", []),
    "filter-out keeps": (OBJ + "A := a.o b.o\nm-y += $(filter-out a.%,$(A))\n", "b.c", M),
    "sort and strip": (OBJ + "m-y += $(sort $(strip b.o a.o))\n", "b.c", M),
    "a variable of a name": (OBJ + "N := m\n$(N)-y += b.o\n", "b.c", M),
    "a computed name": (OBJ + "part_b := b.o\nW := b\nm-y += $(part_$(W))\n", "b.c", M),
    "32 and 64 bits": (OBJ + "m-y += head_$(BITS).o\n", "head_32.S", M),
    "its own folder": (OBJ + "m-y += $(obj)/c.o\n", "c.c", M),
    "a comment": (OBJ + "m-y += a.o # b.o\n", "b.c", []),
    "a macro is no assignment": (OBJ + "define rule\nm-y += b.o\nendef\n", "b.c", []),
    "no program is run": (OBJ + "m-y += $(shell echo b.o) $(call it,b.o)\n", "b.c", []),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_forms_of_kbuild_files(form: str) -> None:
    makefile, path, modules = FORMS[form]
    assert named(makefile, path) == modules


def test_what_lies_beside_and_what_is_included() -> None:
    """amdgpu's way: objects of other folders, by Makefiles of those folders."""
    files = {
        "d/amd/amdgpu/Makefile": "P=$(srctree)/$(src)/..\nobj-$(CONFIG_M) += amdgpu.o\namdgpu-y := a.o\n"
        "R = ../display\ninclude $(P)/display/Makefile\namdgpu-y += $(FILES)\n-include nowhere.mk\n",
        "d/amd/display/Makefile": "LIBS = core clk\nMK = $(addsuffix /Makefile, $(addprefix $(P)/display/,$(LIBS)))\n"
        "include $(MK)\n",
        "d/amd/display/core/Makefile": "CORE = dc.o\nFILES += $(addprefix $(R)/core/,$(CORE))\n",
    }
    file = read_kbuild("d/amd/amdgpu", files.get)
    assert file is not None and file.included == tuple(
        f"d/amd/{one}/Makefile" for one in ("amdgpu", "display", "display/core")
    )
    (module,) = file.owners("d/amd/display/core/dc.c").modules
    assert module.path == "d/amd/amdgpu/amdgpu.ko"
    assert "d/amd/display/core/dc.o" in file.parts(module)


def test_what_is_no_module_is_told_apart() -> None:
    files = {
        "d/x/Makefile": "lib-$(CONFIG_L) += lib.o\nhostprogs := gen\ngen-objs := gen_main.o\n"
        "userprogs-always-y += demo\n"
        "targets += boot.o\nextra-y += vmlinux.lds\n$(obj)/odd.o: $(src)/odd.c\nF := $(wildcard $(src)/t/*-*.c)\n"
        "OUT := /etc/passwd.o ../../../../up.o\n"
    }

    def of(path: str) -> Owners:
        return asked(files, f"d/x/{path}")

    assert of("lib.c").library == "CONFIG_L"
    assert of("gen_main.c").program == "gen" and of("demo.c").program == "demo"
    assert of("boot.c").rule == "as part of targets" and of("vmlinux.lds.S").rule == "as part of extra-y"
    assert of("odd.c").rule == "by a rule of its own"
    assert of("t/a-b.c").rule == "by a wildcard"
    assert of("other.c") == Owners()
    file = read_kbuild("d/x", files.get)
    assert file is not None and not any("up" in path or "passwd" in path for path in file.into)


HOSTILE = {
    "doubling": "a0 = x\n" + "".join(f"a{n + 1} = $(a{n})1 $(a{n})2 $(a{n})$(a{n})\n" for n in range(60))
    + "obj-y := $(a60)\n",
    "doubling at once": "a := x\n" + "a := $(addprefix p,$(a)) $(addprefix q,$(a))\n" * 60,
    "longer": "a := x\n" + "a := $(a)$(a)$(a)\n" * 60,
    "itself": "a = $(a) $(b)\nb = $(a) $(b)\nobj-y = $(a)\n",
    "deep": "obj-y := " + "$(addprefix a," * 5000 + "b.o" + ")" * 5000 + "\n",
    "never closed": "obj-y := " + "$(" * 40000 + "\n" + "$(a-" * 20000 + " += x\n",
    "loops": "n := " + "w " * 2000 + "\nobj-y := $(foreach a,$(n),$(foreach b,$(n),$(foreach c,$(n),$(a)$(b).o)))\n",
    "includes": "include $(src)/Makefile d/x/a $(foreach n,1 2 3 4,d/x/$(n)$(n))\n" * 200,
    "a name": "a" * 90000 + "$" * 9000 + "\n" + "-" * 90000 + "=\n" + " \t" * 40000 + "=",
    "patterns": "a := $(wildcard " + "*a" * 90 + ")\n" * 3 + "b" * 90 + "\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_takes_long(kind: str) -> None:
    """Bounds in depth, size and words: what a tree may ask for ends within a second or so, whatever it is."""
    text = HOSTILE[kind]
    started = time.process_time()
    file = read_kbuild("d/x", lambda path: text)
    assert file is not None
    file.owners(f"d/x/{'a' * 90}.c")
    assert time.process_time() - started < 5


PIECES = st.sampled_from([
    *("$(", "${", ")", "}", "a", "b", "obj-", "y", " ", "=", ":=", "+=", "\n", ",", "%", ":", "#", "\\\n"),
    *("foreach ", "subst ", "patsubst ", "filter-out ", "include ", "$(a)", "$(obj-y)", "../", "/", "src", "\t", "if "),
    *("define ", "endef", "\x01", "\0", ".o", "CONFIG_A", "ü", "wildcard ", "addprefix "),
])  # fmt: skip


@settings(max_examples=times(100, 2000))
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_is_read(text: str) -> None:
    """Nothing in a Kbuild file is an error, and no path of it leaves the tree."""
    started = time.process_time()
    file = read_kbuild("d/x", lambda path: text)
    if file:
        file.owners("d/x/a.c")
        assert not any(path.startswith(("/", "..")) or "/../" in path for path in file.into)
        for module in file.objects:
            file.parts(module)
    assert time.process_time() - started < 3
