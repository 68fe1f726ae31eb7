"""`try dtbs` with the real cpp, dtc and dtschema: what is newly said of the device trees that a series changes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.formats.devicetree import new_words, read_compiler, read_validator
from tests.conftest import MESSAGE, ROOT, Once, Ran, git, run_patchflow
from tests.processes import command_lines

DTS = "arch/arm64/boot/dts/vendor"
SOC, BOARD, OTHER, SPARE = (f"{DTS}/{name}" for name in ("soc.dtsi", "soc-board.dts", "soc-other.dts", "spare.dtsi"))
BINDING = "Documentation/devicetree/bindings/net/vendor,foo.yaml"
SCHEMA = """# SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
%YAML 1.2
---
$id: http://devicetree.org/schemas/net/vendor,foo.yaml#
$schema: http://devicetree.org/meta-schemas/core.yaml#

title: Foo

maintainers:
  - A Person <a@example.org>

properties:
  compatible:
    const: vendor,foo

  reg:
    maxItems: 1

required:
  - compatible
  - reg

additionalProperties: false
"""
# dtschema 2022.08 (Debian 12) falls over where no binding has this pattern; of the kernel's some have.
MORE = SCHEMA.replace("foo", "bar").replace(
    "required:", 'patternProperties:\n  "^[a-z][a-z0-9\\\\-]*$":\n    type: object\n\nrequired:'
)
FILES = {
    SOC: "#include <dt-bindings/net/foo.h>\n/ {\n\t#address-cells = <1>;\n\t#size-cells = <1>;\n"
    '\tcompatible = "vendor,soc";\n\tmodel = "A";\n\n'
    '\tfoo: foo@10 {\n\t\tcompatible = "vendor,foo";\n\t\treg = <FOO 0x10>;\n\t};\n};\n',
    f"{DTS}/soc-som.dtsi": '#include "soc.dtsi"\n',
    BOARD: '/dts-v1/;\n#include "soc-som.dtsi"\n\n&foo {\n\told-fault;\n};\n',
    OTHER: "/dts-v1/;\n#include <arm64/vendor/soc.dtsi>\n",
    SPARE: "/ { };\n",
    "include/dt-bindings/net/foo.h": "#include <dt-bindings/net/more.h>\n",
    "include/uapi/more.h": "#define FOO 0x10\n",
    BINDING: SCHEMA,
    BINDING.replace("foo", "bar"): MORE,
}
LINKS = {
    "include/dt-bindings/net/more.h": "../../uapi/more.h",
    "scripts/dtc/include-prefixes/arm64": "../../../arch/arm64/boot/dts",
    "scripts/dtc/include-prefixes/dt-bindings": "../../../include/dt-bindings",
}


def make(small: Path) -> None:
    for path, text in FILES.items():
        (small / path).parent.mkdir(parents=True, exist_ok=True)
        (small / path).write_text(text)
    for path, target in LINKS.items():
        (small / path).parent.mkdir(parents=True, exist_ok=True)
        (small / path).symlink_to(target)
    git(small, "add", "-A")
    git(small, "commit", "-q", "-m", "base: device trees")
    git(small, "tag", "-f", "base")
    assert run_patchflow("-C", str(small), "new", "demo", "--base", "base").code == 0


@pytest.fixture
def board(small: Path, once: Once) -> Path:
    """The small tree with device trees and a binding, on a series."""
    return once("device-trees", small, make)


@pytest.fixture
def tools() -> None:
    for name in ("cpp", "dtc", "dt-validate"):
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed: apt install cpp device-tree-compiler dt-schema")


def change(clone: Path, path: str, old: str, new: str) -> None:
    """Commits a change of a file."""
    place = clone / path
    text = place.read_text() if place.exists() else ""
    assert old in text
    place.write_text(text.replace(old, new, 1))
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-F", "-", stdin=MESSAGE.format(title="change it"))


def dtbs(clone: Path, *words: str, **env: str) -> Ran:
    return run_patchflow("-C", str(clone), "--json", "try", "dtbs", *words, env=env or None)


def found(ran: Ran) -> list[tuple[str, str]]:
    return [(word["file"], word["text"]) for word in ran.json["new"]]


def test_only_what_a_series_brings_counts_and_check_speaks_of_it(board: Path, tools: None) -> None:
    change(board, BOARD, "old-fault;", 'old-fault;\n\tstatus = "okay";\n\tnew-fault;')
    left = [text for text in run_patchflow("-C", str(board), "--json", "check").json["not_run"] if "dtbs-check" in text]
    assert left == ["dtbs-check: `patchflow try dtbs` was not run on the series as it stands"]
    ran = dtbs(board)
    assert ran.code == 1, ran.err
    assert ran.json["checked"] == [BOARD]
    assert ran.json["new"], ran.err
    assert all(file == BOARD and "new-fault" in text for file, text in found(ran))
    assert any(text.endswith("(net/vendor,foo.yaml)") for _, text in found(ran))
    report = run_patchflow("-C", str(board), "--json", "check").json
    assert not any("dtbs-check" in text for text in report["not_run"])
    findings = [one for one in report["series"] if one["rule"] == "dtbs-check"]
    assert findings and all(one["file"] == BOARD and "new-fault" in one["text"] for one in findings)
    assert f"  {BOARD}: warning: " in run_patchflow("-C", str(board), "check").out, "no line 0"
    assert "1 device tree checked" in run_patchflow("-C", str(board), "status").out
    change(board, BOARD, "\tnew-fault;\n", "")
    assert dtbs(board).code == 0 and "checked by the bindings" in run_patchflow("-C", str(board), "cover").err


def test_a_check_that_dtc_does_not_know_is_not_asked_of_it(board: Path, tools: None, tmp_path: Path) -> None:
    """dtc 1.8 knows no graph_child_address, an older one not what a newer kernel leaves out."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "dtc").write_text(
        '#!/bin/sh\nfor name in graph_child_address simple_bus_reg; do\n  case "$* " in *"-Wno-$name "*)\n'
        '    echo "FATAL ERROR: Unrecognized check name \\"$name\\"" >&2; exit 1\n  esac\ndone\n'
        f'exec {shutil.which("dtc")} "$@"\n'
    )
    (programs / "dtc").chmod(0o755)
    change(board, BOARD, "old-fault;", "old-fault;\n\tnew-fault;")
    ran = dtbs(board, PATH=f"{programs}:{os.environ['PATH']}")
    assert ran.code == 1 and ran.json["new"], ran.err
    assert all("new-fault" in text for _, text in found(ran))


@pytest.mark.long
def test_a_section_of_clean_device_trees_wants_w1_too(board: Path, tools: None) -> None:
    change(board, BOARD, "old-fault;", "old-fault;\n};\n\n/ {\n\tbar {\n\t\treg = <1 1>;\n\t};")
    assert not any("unit_address_vs_reg" in text for _, text in found(dtbs(board)))
    section = f"\nCLEAN\nM:\tA <a@example.org>\nP:\tDocumentation/process/maintainer-soc-clean-dts.rst\nF:\t{DTS}/\n\n"
    (board / "MAINTAINERS").write_text(section + (board / "MAINTAINERS").read_text())
    assert any("unit_address_vs_reg" in text for _, text in found(dtbs(board)))


@pytest.mark.long
def test_a_shared_part_is_checked_where_it_is_included(board: Path, tools: None) -> None:
    """By quotes, by <> and through another part; a link among the headers is followed."""
    change(board, SOC, "\t\treg", "\t\tfault;\n\t\treg")
    ran = dtbs(board)
    assert ran.json["checked"] == [OTHER, BOARD], "the nearest first"
    assert {file for file, _ in found(ran)} == {OTHER, BOARD}
    for number in range(2):
        change(board, f"{DTS}/x{number}.dts", "", '/dts-v1/;\n#include "soc.dtsi"\n')
    git(board, "tag", "-f", "base")
    change(board, SOC, "\t\treg", "\t\tmore-fault;\n\t\treg")
    few = dtbs(board, "base..HEAD").json
    assert (
        len(few["checked"]) == 3 and f"{SOC} is part of 4 device trees, of which 3 were checked" in few["left_out"][0]
    )
    assert len(dtbs(board, "base..HEAD", "--all").json["checked"]) == 4


@pytest.mark.long
def test_a_changed_binding_counts_and_numbers_alone_do_not(board: Path, tools: None) -> None:
    """Phandles and lines move when something is put in above; a binding may make wrong what was right."""
    change(
        board,
        BOARD,
        "&foo {",
        '/ {\n\tnew: new@20 {\n\t\tcompatible = "vendor,foo";\n\t\treg = <0x20 0x10>;\n\t};\n};\n\n&foo {',
    )
    assert found(dtbs(board)) == []
    change(board, BINDING, "  - reg\n", "  - reg\n  - clocks\n")
    ran = dtbs(board)
    assert ran.code == 1 and any("'clocks' is a required property" in text for _, text in found(ran))
    assert "reading 2 bindings" in ran.err
    assert "reading" not in dtbs(board).err, "what was read of the same bindings is kept"


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "old", "new", "words", "line"),
    [
        (BOARD, "soc-som.dtsi", "gone.dtsi", "gone.dtsi: No such file", 2),
        (BOARD, "old-fault;", "old-fault", "syntax error", 6),
        (BOARD, "&foo", "&nobody", "nobody", 4),
        (SOC, "<FOO 0x10>", "<FOO>", "reg_format", 10),
        (BOARD, "old-fault", "old-fault = <&gone>", "phandle_references", 0),
    ],
)
def test_what_does_not_compile_is_new(
    board: Path, tools: None, path: str, old: str, new: str, words: str, line: int
) -> None:
    change(board, path, old, new)
    ran = dtbs(board)
    rows = [row for row in ran.json["new"] if words in row["text"]]
    assert ran.code == 1 and rows, ran.out
    assert rows[0]["file"] in (path, SOC) and (not line or rows[0]["line"] == line)


EXAMPLE = """
examples:
  - |
    #include <dt-bindings/net/foo.h>
    foo@10 {
        compatible = "vendor,foo";
        reg = <FOO 0x10>;
    };
"""


@pytest.mark.long
def test_the_examples_of_bindings(board: Path, tools: None) -> None:
    """A good one passes, with headers and links; what is wrong in it is the binding's."""
    change(board, BINDING, "additionalProperties: false\n", f"additionalProperties: false\n{EXAMPLE}")
    told = run_patchflow("-C", str(board), "--json", "check").json["not_run"]
    assert any("dtbs-check: `patchflow try dtbs`" in text for text in told)
    ran = dtbs(board)
    assert ran.code == 0 and ran.json["checked"] == [BINDING], ran.out + ran.err
    assert "the examples of 1 binding checked" in run_patchflow("-C", str(board), "status").out
    change(board, BINDING, "reg = <FOO", "wrong;\n        reg = <FOO")
    assert all(file == BINDING and "wrong" in text for file, text in found(dtbs(board))) and found(dtbs(board))
    change(board, BINDING, "        wrong;", "        wrong")
    assert any(file == BINDING and "syntax error" in text for file, text in found(dtbs(board)))
    change(board, BOARD, "old-fault", "more-fault")
    assert set(dtbs(board).json["checked"]) == {BINDING, BOARD}


@pytest.mark.long
def test_a_device_tree_that_never_compiled_is_no_pass(board: Path, tools: None) -> None:
    change(board, BOARD, "&foo", "&nobody")
    git(board, "config", "branch.demo.patchflow-base", git(board, "rev-parse", "HEAD"))
    change(board, BOARD, "old-fault", "new-fault")
    ran = dtbs(board)
    assert ran.code == 1 and f"{BOARD} does not compile, as before the series" in ran.err
    change(board, OTHER, "/dts-v1/;", "/dts-v1/;\n")
    ran = dtbs(board)
    assert ran.code == 0 and ran.json["checked"] == [OTHER] and BOARD in ran.json["left_out"][0]
    told = run_patchflow("-C", str(board), "--json", "check").json["not_run"]
    assert any("dtbs-check" in text and "does not compile" in text for text in told)


@pytest.mark.long
def test_a_file_that_is_put_in_whole_is_laid(board: Path, tools: None) -> None:
    (board / DTS / "blob.bin").write_bytes(bytes(range(256)))
    change(board, BOARD, "old-fault;", 'old-fault;\n\tblob = /incbin/("blob.bin");')
    ran = dtbs(board)
    assert ran.json["new"] and all("'blob'" in text or "blob:" in text for _, text in found(ran)), ran.out


def test_what_cannot_be_checked_is_told(board: Path, tools: None, tmp_path: Path) -> None:
    change(board, "net/vmw_vsock/af_vsock.c", "int a;", "int aa;")
    ran = dtbs(board)
    assert ran.code == 1 and "change no device tree (arch/*/boot/dts) and no binding" in ran.err
    change(board, SPARE, "{ }", '{ model = "B"; }')
    ran = dtbs(board)
    assert ran.code == 1 and f"{SPARE} is included by no device tree" in ran.err
    change(board, BOARD, "old-fault", "more-fault")
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("git", "cpp"):
        (bare / name).symlink_to(shutil.which(name) or "/nowhere")
    ran = dtbs(board, PATH=str(bare))
    assert (
        ran.code == 3
        and "dtc, dt-mk-schema, dt-validate, dt-extract-example are missing" in ran.err
        and "apt install" in ran.err
    )
    assert "Traceback" not in ran.err
    (bare / "dtc").symlink_to("/bin/false")
    for name in ("dt-mk-schema", "dt-validate", "dt-extract-example"):
        (bare / name).symlink_to(shutil.which(name) or "/nowhere")
    ran = dtbs(board, PATH=f"{bare}:{os.environ['PATH']}")
    assert ran.code == 4 and "dtc failed (status 1): it said nothing" in ran.err


def test_what_is_removed_is_not_looked_at(board: Path, tools: None) -> None:
    git(board, "rm", "-q", OTHER)
    git(board, "commit", "-q", "-F", "-", stdin=MESSAGE.format(title="remove it"))
    ran = dtbs(board)
    assert ran.code == 1 and "all were removed" in ran.err


def test_a_stop_leaves_nothing_behind(board: Path, sealed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cpp", "dtc", "dt-validate", "dt-mk-schema", "dt-extract-example"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/begun-{name}\nsleep 300\n")
        (folder / name).chmod(0o755)
    change(board, BOARD, "old-fault", "new-fault")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder}:{os.environ['PATH']}"}
    words = [sys.executable, "-m", "patchflow", "-C", str(board), "try", "dtbs"]
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        while "reading 2 bindings" not in child.stderr.readline():
            pass
        while not (tmp_path / "begun-dt-mk-schema").exists():
            assert child.poll() is None
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and "interrupted" in err
    assert not list((sealed / "cache/patchflow/try/work").iterdir())
    assert not any(str(tmp_path / "bin").encode() in command for command in command_lines())


OLD_FORM = "/x/a.dtb: foo@10: 'fault' does not match\n\tFrom schema: /x/Documentation/devicetree/bindings/net/foo.yaml"
NEW_FORM = (
    "a.dtb: foo@10 (v,foo): 'fault' does not match\n\tfrom schema $id: http://devicetree.org/schemas/net/foo.yaml#"
)


@pytest.mark.parametrize("form", [OLD_FORM, NEW_FORM])
def test_both_forms_of_dt_validate_are_read(form: str) -> None:
    ((file, line, words),) = read_validator(form.split("\n"), "a.dts")
    assert (file, line) == ("a.dts", 0) and words.endswith("does not match (net/foo.yaml)")


def test_phandles_and_lines_are_no_difference() -> None:
    before = [("a.dts", 3, "x: [[52, 53], [54]] is too long"), ("a.dts", 0, "b (a.dtsi:12.3-14.5) twice")]
    after = [("a.dts", 9, "x: [[57, 58], [59]] is too long"), ("a.dts", 0, "b (a.dtsi:15.3-17.5) twice")]
    assert new_words(before, after) == []
    assert new_words(before, [*after, ("b.dts", 0, "x: [[57, 58], [59]] is too long")]) != []


@given(st.text(max_size=200))
def test_any_output_is_read(text: str) -> None:
    list(read_compiler(text.split("\n")))
    new_words([], list(read_validator(text.split("\n"), "a.dts")))
