"""Where a source belongs when no Kbuild file of its own folder says so, and that any path has an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.flow.try_.placing import Places
from patchflow.formats.kbuild import arch_of
from tests.sampled import times

TREE = {
    "kernel/sched/Makefile": "obj-y += core.o build_policy.o\n",
    "kernel/sched/build_policy.c": '#include <linux/x.h>\n#include "idle.c"\n',
    "kernel/sched/idle.c": '#include "deeper.c"\n',
    "sound/pci/echo/Makefile": "obj-$(CONFIG_MIA) += snd-mia.o\nsnd-mia-y := mia.o\n",
    "sound/pci/echo/mia.c": '#include "mia_dsp.c"\n',
    "arch/x86/kvm/Makefile": "include $(srctree)/virt/kvm/Makefile.kvm\nobj-$(CONFIG_KVM) += kvm.o\n",
    "virt/kvm/Makefile.kvm": "KVM ?= ../../../virt/kvm\nkvm-y := $(KVM)/kvm_main.o\n",
    "drivers/gpu/drm/Makefile": "obj-$(CONFIG_AMD) += amd/amdgpu/\n",
    "drivers/gpu/drm/amd/amdgpu/Makefile": "obj-$(CONFIG_AMD) += amdgpu.o\namdgpu-y := a.o ../kfd/k.o ../pm/p.o\n",
    "drivers/usb/Makefile": "obj-y += core/ misc/\n",
    "drivers/usb/core/Makefile": "obj-m += usbcore.o\nusbcore-y := usb.o ../misc/pdevs.o\n",
    "drivers/usb/misc/Makefile": "obj-m += other.o\n",
    "arch/x86/vdso/Makefile": "targets += vdso.lds\n",
    "arch/x86/vdso/vdso.lds.S": '#include "layout.lds.S"\n',
    "lib/Makefile": "lib-y += string.o\n",
}

# A path, the kind, the module or object that it goes into, and the file whose object that is.
PLACES = [
    ("kernel/sched/idle.c", "object", "kernel/sched/build_policy.ko", "kernel/sched/build_policy.c"),
    ("kernel/sched/deeper.c", "object", "kernel/sched/build_policy.ko", "kernel/sched/build_policy.c"),
    ("sound/pci/echo/mia_dsp.c", "module", "sound/pci/echo/snd-mia.ko", "sound/pci/echo/mia.c"),
    ("virt/kvm/kvm_main.c", "module", "arch/x86/kvm/kvm.ko", "virt/kvm/kvm_main.c"),
    ("drivers/gpu/drm/amd/kfd/k.c", "module", "drivers/gpu/drm/amd/amdgpu/amdgpu.ko", "drivers/gpu/drm/amd/kfd/k.c"),
    ("drivers/gpu/drm/amd/kfd/k.h", "module", "drivers/gpu/drm/amd/amdgpu/amdgpu.ko", ""),
    ("drivers/usb/misc/pdevs.c", "module", "drivers/usb/core/usbcore.ko", "drivers/usb/misc/pdevs.c"),
    ("drivers/usb/misc/other.h", "module", "drivers/usb/misc/other.ko", ""),
    ("lib/string.c", "library", "lib/string.ko", "lib/string.c"),
    ("arch/x86/vdso/layout.lds.S", "rule", "", ""),
    ("arch/arm/mm/fault.c", "architecture", "", ""),
    ("kernel/sched/loose.c", "not named", "", ""),
    ("scripts/x.c", "outside", "", ""),
    ("kernel/bounds.c", "rule", "", ""),
]


@pytest.mark.parametrize(("path", "kind", "module", "source"), PLACES)
def test_where_a_source_belongs(path: str, kind: str, module: str, source: str) -> None:
    place = Places(TREE.get, "x86").of(path)
    assert (place.kind, [one.path for one in place.modules], place.source) == (kind, [module] if module else [], source)
    assert bool(place.why) != bool(place.modules)


def test_the_folders_that_a_module_wants() -> None:
    """Its own and those of its parts; of several beside it all, for the headers there."""
    places = Places(TREE.get, "x86")

    def of(path: str) -> tuple[str, ...]:
        return places.needed(places.of(path).modules[0])

    assert of("drivers/gpu/drm/amd/kfd/k.c") == ("drivers/gpu/drm/amd",)
    assert of("virt/kvm/kvm_main.c") == ("arch/x86/kvm", "virt/kvm")
    assert of("sound/pci/echo/mia.c") == ("sound/pci/echo",)


def test_the_architecture_of_a_configuration() -> None:
    def of(*options: str) -> str:
        return arch_of(lambda option: option in options)

    assert (of("CONFIG_X86"), of("CONFIG_PPC"), of("CONFIG_UML", "CONFIG_X86"), of()) == ("x86", "powerpc", "um", "")
    assert of("CONFIG_X86", "CONFIG_ARM64") == ""


WORDS = st.sampled_from(
    ["", "/", "..", ".", "a", "arch", "drivers", "x.c", ".c", "Makefile", "x.h", "x.S", "\n", "lib"]
)


@settings(max_examples=times(100, 2000))
@given(st.lists(WORDS, max_size=6), st.dictionaries(st.sampled_from(sorted(TREE)), st.sampled_from([*TREE.values()])))
def test_any_path_has_an_answer(words: list[str], tree: dict[str, str]) -> None:
    place = Places(tree.get, "x86").of("/".join(words))
    assert place.why or place.modules
