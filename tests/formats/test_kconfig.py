"""What Kconfig files say of an option: what it depends on, and what is to be set for it to be set."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patchflow.formats.kconfig import parse, read_options

FILES = {
    "Kconfig": """\
mainmenu "Linux"
source "arch/$(SRCARCH)/Kconfig"
source "drivers/Kconfig"
source "nowhere/Kconfig"
""",
    "arch/x86/Kconfig": 'config X86\n\tdef_bool y\nconfig MODULES\n\tbool "modules"\n',
    "drivers/Kconfig": """\
menuconfig NET
\tbool "Networking"  # a comment
\thelp
\t  config NOT_AN_OPTION

\t  depends on nothing here

menu "Device drivers"
\tdepends on NET

if X86 || COMPILE_TEST
config FEC
\ttristate "FEC"
\tdepends on (ARCH_MXC || \\
\t\tCOMPILE_TEST) && PTP_OPTIONAL
\tselect PHYLIB
endif

config COMPILE_TEST
\tbool "Compile also drivers which will not load"

config PTP_OPTIONAL
\ttristate
\tdefault y if PTP=n

choice
\tprompt "one of"
\tdepends on FEC
config ONE
\tbool "one"
endchoice

config PHYLIB
\ttristate
\tdepends on MDIO!=n && !NO_PHY
config HIDDEN
\tbool "shown by experts" if EXPERT
config EXPERT
\tbool "experts"
config NEVER
\tbool
config REGMAP
\tbool
\tdefault y if NEVER || !NET
config REGMAP_BUILD
\tbool "build it"
\tselect REGMAP
config WANTS_IT
\ttristate "wants it"
\tdepends on REGMAP
config COMPARED
\tbool "compared"
\tdepends on NET=y && EXPERT!=n && LOOPED=n && "$(SHELL)" = "sh"
config LOOP
\tbool "loop" if LOOPED
config LOOPED
\tbool "looped" if LOOP
endmenu
""",
}


def test_what_options_depend_on() -> None:
    options = read_options(FILES.get, "x86")
    assert "NOT_AN_OPTION" not in options.known
    assert options.depends("FEC") == "NET && (X86 || COMPILE_TEST) && (ARCH_MXC || COMPILE_TEST) && PTP_OPTIONAL"
    assert options.unset("FEC", {"CONFIG_NET": "y", "CONFIG_X86": "y"}) == ["ARCH_MXC || COMPILE_TEST", "PTP_OPTIONAL"]
    assert options.depends("ONE") == "NET && FEC" and options.depends("NET") == "" == options.depends("GONE")
    assert options.depends("PHYLIB") == "NET && MDIO!=n && !NO_PHY"


@pytest.mark.parametrize(
    ("name", "config", "needed"),
    [
        ("FEC", {"CONFIG_X86": "y"}, {"NET": "y", "COMPILE_TEST": "y", "FEC": "m"}),
        ("PHYLIB", {"CONFIG_MDIO": "y"}, {"PHYLIB": "m", "NET": "y", "FEC": "y", "COMPILE_TEST": "y"}),
        ("HIDDEN", {}, {"NET": "y", "EXPERT": "y", "HIDDEN": "m"}),
        ("NEVER", {}, {"NEVER": "m"}),
        ("LOOP", {}, {"LOOP": "m"}),
        ("GONE", {}, {"GONE": "m"}),
        ("WANTS_IT", {}, {"NET": "y", "REGMAP_BUILD": "y", "WANTS_IT": "m"}),
        ("COMPARED", {"CONFIG_LOOPED": "y"}, {"NET": "y", "EXPERT": "y", "LOOPED": "n", "COMPARED": "m"}),
    ],
)  # fmt: skip
def test_what_is_to_be_set(name: str, config: dict[str, str], needed: dict[str, str]) -> None:
    """By the files; what nobody can set is left to be told."""
    found = read_options(FILES.get, "x86").needed(name, "m", config)
    assert found == {f"CONFIG_{key}": value for key, value in needed.items()}


@settings(max_examples=30)
@given(st.text(alphabet="AB()!&|=$ \"'-m", max_size=60), st.text(max_size=200))
def test_anything_is_read(expression: str, text: str) -> None:
    """No bytes of a tree make it fail or hang."""
    parse(expression)
    options = read_options({"Kconfig": f'config A\n\tbool "a"\n\tdepends on {expression}\n{text}'}.get, "x86")
    options.needed("A", "y", {})
    options.depends("A")


def test_deep_brackets_and_circles_end() -> None:
    assert parse("(" * 5000 + "A" + ")" * 5000) == ("all",)
    rows = "".join(f"config A{n}\n\tbool\n\tselect A{n + 1}\n\tselect A{(n * 7) % 40}\n" for n in range(40))
    read_options({"Kconfig": f'source "Kconfig"\n{rows}'}.get, "x86").needed("A39", "y", {})
