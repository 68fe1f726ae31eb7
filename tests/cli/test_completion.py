"""Completion in the real shells, from the script that the command prints."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from patchflow.cli.main import COMMANDS
from tests.conftest import run_patchflow


def script(shell: str) -> str:
    ran = run_patchflow("completion", shell)
    assert ran.code == 0, ran.err
    return ran.out


def run(shell: str, text: str) -> str:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: `scripts/setup --test` brings it")
    done = subprocess.run([shell], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def bash_words(line: str) -> list[str]:
    """What bash offers behind a line."""
    return run(
        "bash",
        script("bash")
        + f"""
COMP_WORDS=({line} ""); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); COMP_LINE="{line} "; COMP_POINT=${{#COMP_LINE}}
$(complete -p patchflow | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    ).split()


def test_bash_offers_every_command() -> None:
    assert set(COMMANDS) <= set(bash_words("patchflow"))


def test_bash_offers_a_commands_options_and_choices() -> None:
    words = run("bash", script("bash") + '\necho "${_shtab_patchflow_send_option_strings[@]}"\n').split()
    assert {"--dry-run", "--resume", "--override"} <= set(words)
    assert {"install", "uninstall"} <= set(bash_words("patchflow hook"))


def test_words_are_told_command_by_command() -> None:
    lines = dict(line.split(": ", 1) for line in script("words").splitlines())
    assert set(COMMANDS) <= set(lines[""].split()) and set(COMMANDS) <= set(lines)
    assert {"install", "--json"} <= set(lines["hook"].split()) and "--dry-run" in lines["send"].split()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_theirs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: `scripts/setup --test` brings it")
    done = subprocess.run([shell, "-n", "/dev/stdin"], input=script(shell), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_fish_offers_commands() -> None:
    words = run("fish", script("fish") + "\ncomplete -C 'patchflow '\n")
    assert set(COMMANDS) <= {line.split("\t")[0] for line in words.splitlines()}


def test_an_unknown_shell_is_a_usage_error() -> None:
    assert run_patchflow("completion", "cmd").code == 2
