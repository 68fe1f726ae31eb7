"""README and docs: every command in them exists with its options, and every link leads somewhere."""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from patchflow.cli.main import COMMANDS, build_parser, load
from tests.conftest import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_HOSTS = ("git.kernel.org", "lore.kernel.org", "lkml.kernel.org", "patchwork.kernel.org", "netdev.bots.linux.dev",
          "github.com", "patchwork.ozlabs.org", "rust-for-linux.com", "gitlab.com", "source.denx.de",
          "sashiko.dev")  # fmt: skip
_BLOCK = re.compile(r"(?:<!-- not run: (?P<why>[^>]+) -->\n\n)?```sh\n(?P<text>.*?)```", re.DOTALL)
FENCE = re.compile(r"(?ms)^```(?P<language>\w*)\n(?P<text>.*?)^```$")
_CODE = re.compile(r"`([^`]+)`")
_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")


def blocks(page: Path) -> list[tuple[str, str]]:
    """The shell blocks of a page, each with the reason why it is not run, "" where it is."""
    return [(match["text"], match["why"] or "") for match in _BLOCK.finditer(page.read_text())]


def commands(text: str) -> Iterator[str]:
    """Every patchflow command in a text, without its first word: in blocks of any kind, and code within lines."""
    prose = FENCE.sub("", text)
    for fence in FENCE.finditer(text):
        yield from re.findall(r"(?<![\w.-])patchflow ([-\w][^|<>\"\n]*)", _COMMENT.sub("", fence["text"]))
        prose += "\n".join(_COMMENT.findall(fence["text"]))
    for code in _CODE.findall(prose):
        first, _, rest = code.replace("\n", " ").partition(" ")
        if first.rpartition("/")[2] == "patchflow" and rest:
            yield rest
        elif (first in COMMANDS and rest) or re.match(r"--[a-z]", first):
            yield code


def complaint(command: str) -> str:
    """What is wrong with a command that a text speaks of; it may lack its arguments, or its last words."""
    parser, words = build_parser(), shlex.split(command.removesuffix(" …"))
    if words[0].startswith("--") and words[0] not in ("--help", "--json"):
        return "" if words[0] in options(parser) else f"no command has {words[0]}"
    said = io.StringIO()
    for lacking in ([], ["1"], ["1", "1"], ["--help"] if len(words) == 1 else []):
        try:
            with redirect_stdout(said), redirect_stderr(said):
                parser.parse_args([*words, *lacking])
        except SystemExit as end:
            if end.code:
                continue
        return ""
    return said.getvalue()


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Every option of a parser and of its commands."""
    found = {word for action in parser._actions for word in action.option_strings}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {word for sub in action.choices.values() for word in options(sub)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_exists_and_its_options_parse(page: Path) -> None:
    assert not [said for command in commands(page.read_text()) if (said := complaint(command))]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`patchflow send --resume`", False),
        ("`patchflow reply`, `patchflow -C TREE …`, `.venv/bin/patchflow`, `check --help`", False),
        ("`patchflow try`, `patchflow hook`", False),
        ("```sh\npatchflow status  # at any time; patchflow tells\n```\n", False),
        ("```sh\npatchflow status  # or `status --nosuch`\n```\n", True),
        ("`patchflow nosuch`", True),
        ("`patchflow nosuch check`", True),
        ("`patchflow hook nosuch`", True),
        ("`patchflow try build\n--nosuch`", True),
        ("`.venv/bin/patchflow nosuch`", True),
        ("`send --nosuch`", True),
        ("`--nosuch`", True),
        ("```sh\nFOO=bar patchflow send --nosuch\n```\n", True),
        ('```text\nmacro "<pipe-message>patchflow fetch --nosuch -<enter>"\n```\n', True),
    ],
)
def test_a_command_that_is_not_there_is_found(text: str, wrong: bool) -> None:
    assert any(complaint(command) for command in commands(text)) is wrong


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_commands_help_parses(name: str) -> None:
    example = load(name).EXAMPLE
    assert [complaint(command) for command in commands(f"```sh\n{example}\n```\n")] == [""], example


def test_every_make_target_exists() -> None:
    rules = re.findall(r"(?m)^([a-z -]+):(?! export)", (ROOT / "Makefile").read_text())
    targets = {name for names in rules for name in names.split()}
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)`", page.read_text()))
        named |= set(re.findall(r"(?m)^make ([a-z-]+)", page.read_text()))
        assert named <= targets, page.name


def dead_links(page: Path, text: str) -> list[str]:
    """The links of a page within the project that lead nowhere: no such file, or no such heading in it."""
    text = _CODE.sub("", FENCE.sub("", text))
    return [link for link in re.findall(r"\]\(([^)\s]+)\)|(?m:^\[.+\]: (\S+))", text) if not leads(page, "".join(link))]


def leads(page: Path, link: str) -> bool:
    if link.startswith("https://"):
        return True
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if target == ROOT / "docs/rules.md":
        headings = rules_page()
    elif target.exists():
        headings = target.read_text() if target.suffix == ".md" else ""
    else:
        return False
    names = re.findall(r"(?m)^#+ (.+)$", FENCE.sub("", headings))
    return not anchor or anchor in {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in names}


def rules_page() -> str:
    """The page that the documentation is built with beside those of docs/."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from pages import rules_page as made  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    return str(made())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text()) == []


@pytest.mark.parametrize(
    ("link", "dead"),
    [
        ("docs/recipes.md#passwords", False),
        ("docs/rules.md#fixes-format", False),
        ("#where-to-go-on", False),
        ("docs/recipes.md#nosuch", True),
        ("#nosuch", True),
        ("docs/nosuch.md", True),
        ("docs/pictures/nosuch.svg", True),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, dead: bool) -> None:
    for text in (f"see [this]({link})", f"![a picture]({link})", f"[this]: {link}"):
        assert bool(dead_links(ROOT / "README.md", text)) is dead


@pytest.mark.parametrize(("link", "code"), [("recipes.md#passwords", 0), ("recipes.md#nosuch", 2), ("nosuch.md", 2)])
@pytest.mark.long
def test_make_docs_fails_at_a_dead_link_or_anchor(tmp_path: Path, link: str, code: int) -> None:
    mkdocs = Path(sys.executable).parent / "mkdocs"
    if not mkdocs.exists():
        pytest.skip("mkdocs is not installed here: the group docs of pyproject.toml has it")
    for name in ("Makefile", "mkdocs.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/mkdocs").symlink_to(mkdocs)
    with (tmp_path / "docs/respin.md").open("a") as page:
        page.write(f"\n[a link]({link})\n")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["make", "docs"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr


def test_links_that_lead_outside_are_whole_and_go_to_known_hosts() -> None:
    for path in (*PAGES, ROOT / "ARCHITECTURE.md", *sorted((ROOT / "kernel/profiles").glob("*.toml"))):
        for link in re.findall(r"https?://[^\s)`>\"']+", path.read_text()):
            found = urlsplit(link)
            assert found.scheme == "https" and found.hostname, f"{path.name}: {link}"
            assert found.hostname in _HOSTS, f"{path.name}: {link}"


def test_every_check_of_doctor_is_explained(small: Path) -> None:
    from tests.conftest import run_patchflow

    names = {check["name"] for check in run_patchflow("-C", str(small), "--json", "doctor").json["checks"]}
    rows = re.findall(r"(?m)^\| ([^|]+) \|", (ROOT / "docs/troubleshooting.md").read_text())
    explained = {name.strip() for row in rows for name in row.split(",")}
    assert names <= explained


def test_the_rules_page_holds_every_rule() -> None:
    from patchflow.rules.registry import all_rules

    page = rules_page()
    for rule in all_rules():
        assert f"\n### {rule.id}\n" in page
        assert rule.source in page


# The actions of the terminal UI whose keys a page names, and what else stands there as one character.
KEYS = {
    "README.md": ("help", ""),
    "first-patch.md": ("window try-build try-boot try-test try-trace try-against send confirm-send", ""),
    "mail-programs.md": ("refresh", ""),
    "respin.md": ("stage discard-changes undo commit amend-into fixup squash split rebase", ""),
    "review.md": ("reply addressed dismiss", "?"),
    "reviewing.md": ("mail find-mail mark-read review-mail reviews comment comment-long select tag apply-review "
                     "check-review take-finding send-review", "* 0 1 r"),
    "subsystems.md": ("policy", "-"),
    "trying.md": ("try-test", "-"),
    "watch.md": ("news", ""),
}  # fmt: skip


def test_keys_of_the_terminal_ui_are_those_of_its_table() -> None:
    from patchflow.tui.actions import ACTIONS

    keys = {one.id: set(one.keys) for one in ACTIONS}
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        if page.name in ("rooms.md", "maintaining.md"):
            continue
        ids, others = (words.split() for words in KEYS.get(page.name, ("", "")))
        named = set(re.findall(r"`(\S)`", FENCE.sub("", page.read_text())))
        assert [id for id in ids if not keys[id] & named] == [], f"{page.name}: these have other keys"
        assert named <= set(others).union(*(keys[id] for id in ids)), f"{page.name}: whose keys are these?"
