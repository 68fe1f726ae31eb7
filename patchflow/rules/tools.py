"""Rules that a tool decides: what it says of the files after the series and did not say before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from patchflow.domain.finding import Scope, Severity
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule

WAS_CLEAN = "(the file was clean before)"


def _said(context: Context, id: str, fails: str = "", ignored: str = "") -> Iterator[Hit]:
    """The tool's words; `fails` and `ignored` match those for which NIPA fails a patch, and those it does not count."""
    for tool, file, line, words in context.tool_words:
        if tool != id:
            continue
        severity = None
        if fails and re.search(fails, words):
            severity = Severity.ERROR
        elif ignored and re.search(ignored, words):
            severity = Severity.ADVICE
        yield Hit(words, line, file, severity)


def _new_files(context: Context) -> set[str]:
    return {file.path for patch in context.patches for file in patch.files if file.is_new}


@rule("kdoc", Scope.SERIES, Severity.ERROR, "NIPA kdoc")
def kdoc(context: Context) -> Iterator[Hit]:
    """No new warnings of kernel-doc -Wall -none in the files that were touched.

    kernel-doc comments are part of the API: a parameter that is not described is a warning.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: kdoc says something new
    """
    return _said(context, "kdoc")


@rule("build", Scope.SERIES, Severity.ERROR, "NIPA build_allmodconfig_warn, git bisect")
def build(context: Context) -> Iterator[Hit]:
    """Every patch builds, with no warning that the base does not have.

    Judged from the last `patchflow try build` of the series as it stands; the series is not built by `check`.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: build patch 2/3 does not build
    """
    return _said(context, "build")


@rule("boot", Scope.SERIES, Severity.ERROR, "Documentation/process/submit-checklist.rst")
def boot(context: Context) -> Iterator[Hit]:
    """A guest with the modules of the series boots without Oops, WARN, BUG, lockdep or KASAN reports.

    Judged from the last `patchflow try boot` of the series as it stands.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: boot Oops in vsock_connect
    """
    return _said(context, "boot")


@rule("yamllint", Scope.SERIES, Severity.WARNING, "NIPA yamllint")
def yamllint(context: Context) -> Iterator[Hit]:
    """yamllint has no new objections to the YAML files that were touched.

    Run where yamllint is installed, with the configuration the tree has for the file's folder. Its errors fail, its
    warnings warn.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: yamllint says something new
    """
    return _said(context, "yamllint", fails=r"^\[error\]")


@rule("shellcheck", Scope.SERIES, Severity.WARNING, "NIPA shellcheck")
def shellcheck(context: Context) -> Iterator[Hit]:
    """shellcheck has no new objections to the shell scripts that were touched.

    Run where shellcheck is installed. Its errors fail, its warnings warn; in a new file, or one that was clean, all
    that it says fails.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: shellcheck says something new
    """
    new = _new_files(context)
    for hit in _said(context, "shellcheck", fails=rf"^error:|{re.escape(WAS_CLEAN)}$", ignored="^note:"):
        yield replace(hit, severity=Severity.ERROR) if hit.file in new else hit


@rule("pylint", Scope.SERIES, Severity.WARNING, "NIPA pylint")
def pylint(context: Context) -> Iterator[Hit]:
    """pylint has no new objections to the Python files that were touched.

    Run where pylint is installed. Its errors fail, its warnings and conventions warn.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: pylint says something new
    """
    return _said(context, "pylint", fails=r"^[EF]\d", ignored=r"^R\d")


@rule("ruff", Scope.SERIES, Severity.ERROR, "NIPA ruff")
def ruff(context: Context) -> Iterator[Hit]:
    """ruff has no new objections to the Python files that were touched.

    Run where ruff is installed.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: ruff says something new
    """
    return _said(context, "ruff")


@rule("rst", Scope.SERIES, Severity.WARNING, "Documentation/doc-guide/sphinx.rst; docutils", local=True)
def rst(context: Context) -> Iterator[Hit]:
    """docutils has no new objections to headings and tables of the documents that were touched.

    Run where docutils is installed. Sphinx' own directives and roles are not judged: the build of the documents does.

    Okay:
        Subject: [PATCH] docs: explain it

    Bad:
        Subject: [PATCH] docs: explain it
        Tool: rst (WARNING/2) Title underline too short.
    """
    return _said(context, "rst")


@rule(
    "rustfmt",
    Scope.SERIES,
    Severity.WARNING,
    "Documentation/rust/coding-guidelines.rst, Style & formatting",
    local=True,
)
def rustfmt(context: Context) -> Iterator[Hit]:
    """Rust code is written as rustfmt writes it.

    Run where rustfmt is installed, with the tree's own .rustfmt.toml; what the file had before does not count.

    Okay:
        Subject: [PATCH] rust: net: add it

    Bad:
        Subject: [PATCH] rust: net: add it
        Tool: rustfmt would write this otherwise: let a=1;
    """
    return _said(context, "rustfmt")


@rule(
    "dt-binding-check", Scope.SERIES, Severity.WARNING, "Documentation/devicetree/bindings/submitting-patches.rst",
    local=True,
)  # fmt: skip
def dt_binding_check(context: Context) -> Iterator[Hit]:
    """dtschema has no new objections to the bindings that were touched.

    Run where dtschema is installed: its dt-doc-validate judges the schemas, as `make dt_binding_check` does first.
    Their examples, and device trees, are checked by `patchflow try dtbs` (rule dtbs-check).

    Okay:
        Subject: [PATCH] dt-bindings: net: add foo

    Bad:
        Subject: [PATCH] dt-bindings: net: add foo
        Tool: dt-binding-check 'additionalProperties' is a required property
    """
    return _said(context, "dt-binding-check")


@rule(
    "dtbs-check",
    Scope.SERIES,
    Severity.WARNING,
    "Documentation/process/maintainer-soc.rst, Validating Devicetree Files",
    local=True,
)
def dtbs_check(context: Context) -> Iterator[Hit]:
    """dtc and dtschema have no new objections to the device trees and the examples of bindings that were touched.

    Judged from the last `patchflow try dtbs` of the series as it stands. It compiles what a series changes as
    scripts/Makefile.dtbs does, and dt-validate checks it by the tree's own bindings, before and after the series; no
    configured tree is needed.

    Okay:
        Subject: [PATCH] arm64: dts: rockchip: add foo

    Bad:
        Subject: [PATCH] arm64: dts: rockchip: add foo
        Tool: dtbs-check /foo@1: 'reg' is a required property
    """
    return _said(context, "dtbs-check")
