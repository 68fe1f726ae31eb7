"""Rules that a tool decides: what it says of the files after the series and did not say before."""

from __future__ import annotations

from collections.abc import Iterator

from patchflow.domain.finding import Scope, Severity
from patchflow.rules.context import Context
from patchflow.rules.registry import Hit, rule


def _said(context: Context, id: str) -> Iterator[Hit]:
    for tool, file, line, words in context.tool_words:
        if tool == id:
            yield Hit(words, line, file)


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


@rule("yamllint", Scope.SERIES, Severity.WARNING, "NIPA yamllint")
def yamllint(context: Context) -> Iterator[Hit]:
    """No new objections of yamllint to the YAML files that were touched.

    Run where yamllint is installed.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: yamllint says something new
    """
    return _said(context, "yamllint")


@rule("shellcheck", Scope.SERIES, Severity.WARNING, "NIPA shellcheck")
def shellcheck(context: Context) -> Iterator[Hit]:
    """No new objections of shellcheck to the shell scripts that were touched.

    Run where shellcheck is installed.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: shellcheck says something new
    """
    return _said(context, "shellcheck")


@rule("pylint", Scope.SERIES, Severity.WARNING, "NIPA pylint")
def pylint(context: Context) -> Iterator[Hit]:
    """No new objections of pylint to the Python files that were touched.

    Run where pylint is installed.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: pylint says something new
    """
    return _said(context, "pylint")


@rule("ruff", Scope.SERIES, Severity.WARNING, "NIPA ruff")
def ruff(context: Context) -> Iterator[Hit]:
    """No new objections of ruff to the Python files that were touched.

    Run where ruff is installed.

    Okay:
        Subject: [PATCH net-next] vsock: add it

    Bad:
        Subject: [PATCH net-next] vsock: add it
        Tool: ruff says something new
    """
    return _said(context, "ruff")
