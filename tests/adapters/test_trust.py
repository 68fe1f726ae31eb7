"""Which files of a received series count as code that would run."""

from __future__ import annotations

import pytest

from patchflow.adapters.trust import is_run

DATA = """net/core/dev.c include/linux/skbuff.h arch/x86/entry/entry_64.S lib/x.s drivers/net/phy/ax88796b_rust.rs
    arch/arm64/boot/dts/qcom/sm8550.dtsi arch/arm64/boot/dts/qcom/a.dts b.dtso Documentation/networking/vsock.rst
    Documentation/devicetree/bindings/net/x.yaml Documentation/x.txt MAINTAINERS CREDITS .mailmap net/.gitignore
    Documentation/ABI/testing/sysfs-bus-i2c-devices-lm3533 Documentation/kbuild/kconfig.rst"""
CODE = """Makefile makefile GNUmakefile GnuMakefile net/Makefile net/makefile net/GNUmakefile net/Makefile.inc
    net/Kbuild net/Kconfig arch/x86/Kconfig.debug .checkpatch.conf .get_maintainer.conf .Checkpatch.Conf .pylintrc
    pylintrc pyproject.toml Documentation/conf.py Documentation/sphinx/kerneldoc.PY scripts/kernel-doc
    scripts/mod/modpost.c
    scripts/spelling.txt tools/docs/kernel-doc tools/objtool/check.c arch/x86/boot/tools/build.c usr/gen_init_cpio.c
    rust/macros/lib.rs kernel/gen_kheaders.sh lib/x.pl arch/x86/entry/syscalls/syscall_64.tbl
    arch/x86/configs/x_defconfig kernel/configs/debug.config .gitattributes Documentation/ABI/testing/Makefile
    net/plain"""


@pytest.mark.parametrize("path", DATA.split())
def test_what_is_plainly_data(path: str) -> None:
    assert not is_run(path)
    assert is_run(path, "hostprogs := gen\n") and is_run(path, link=True)


@pytest.mark.parametrize("path", CODE.split())
def test_all_else_is_code(path: str) -> None:
    assert is_run(path)
