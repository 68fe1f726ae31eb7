"""`// SAFETY:` above unsafe code: read as Rust is, and as the real clippy judges it where that is installed."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchflow.domain.diff import Hunk
from patchflow.rules.new_code import NewCode
from patchflow.rules.rust import rust_safety
from tests.rules.examples import build

# Each is a body of a function, or items (`item`); the words `BAD` and `GOOD` stand at the end of a row with unsafe
# code.
BODIES = {
    "plain": "let a = unsafe { *p }; // BAD",
    "above": "// SAFETY: it is.\nlet a = unsafe { *p }; // GOOD",
    "block comment": "/* SAFETY: it is. */\nlet a = unsafe { *p }; // GOOD",
    "block comment of rows": "/*\n * SAFETY: it is,\n * all of it.\n */\nlet a = unsafe { *p }; // GOOD",
    "nested comment": "/* a /* b */ unsafe { } SAFETY: no */ let b = 1;\nlet a = unsafe { *p }; // BAD",
    "other words": "// It is fine.\nlet a = unsafe { *p }; // BAD",
    "more rows": "// SAFETY: it is,\n// and stays so.\nlet a = unsafe { *p }; // GOOD",
    "empty row": "// SAFETY: it is.\n\nlet a = unsafe { *p }; // GOOD",
    "attribute": "// SAFETY: it is.\n#[allow(unused)]\nlet a = unsafe { *p }; // GOOD",
    "another statement": "// SAFETY: it is.\nlet b = 1;\nlet a = unsafe { *p }; // BAD",
    "second of two": "// SAFETY: it is.\nlet b = unsafe { *p }; // GOOD\nlet a = unsafe { *p }; // BAD",
    "statement of rows": "// SAFETY: it is.\nlet a = max(\n    1,\n    unsafe { *p }, // GOOD\n);",
    "argument": "let a = max(\n    1,\n    // SAFETY: it is.\n    unsafe { *p }, // GOOD\n);",
    "arm": "match *q {\n    // SAFETY: it is.\n    0 => unsafe { *p }, // GOOD\n    _ => unsafe { *p }, // BAD\n};",
    "raw string": 'let b = r#"a \\" unsafe { "# ; let a = unsafe { *p }; // BAD',
    "raw string of rows": 'let b = r##"\n// SAFETY: no "#\n"##;\nlet a = unsafe { *p }; // BAD',
    "escaped quote": 'let b = "\\""; let a = unsafe { *p }; // BAD',
    "character": "let b = '\"'; let a = unsafe { *p }; // BAD",
    "lifetime": "fn f<'a>(x: &'a u8) -> &'a u8 { x }\nlet a = unsafe { *p }; // BAD",
    "brace below": "let a = unsafe // BAD\n{ *p };",
    "closure": "// SAFETY: it is.\nlet a = || unsafe { *p }; // GOOD",
}
ITEMS = {
    "impl": "pub struct A;\nunsafe impl Send for A {} // BAD",
    "impl above": "pub struct A;\n// SAFETY: it is.\nunsafe impl Send for A {} // GOOD",
    "impl with attribute": "pub struct A;\n// SAFETY: it is.\n#[cfg(not(no))]\nunsafe impl Send for A {} // GOOD",
    "impl after another": "pub struct A;\n// SAFETY: it is.\nunsafe impl Send for A {} // GOOD\n"
    "unsafe impl Sync for A {} // BAD",
    "declarations": "/// # Safety\n///\n/// None.\npub unsafe fn f() {}\n"
    "pub unsafe trait T {}\npub type F = unsafe fn();",
    "const": "// SAFETY: it is.\npub const A: u32 = unsafe { core::mem::transmute(1i32) }; // GOOD",
}
# Which clippy (1.95) judges otherwise: it takes a word in a string for a comment, and only single rows for attributes.
OURS = {
    "same row, in front": "let a = /* SAFETY: it is. */ unsafe { *p }; // GOOD",
    "long attribute": "// SAFETY: it is.\n#[allow(\n    unused,\n)]\nlet a = unsafe { *p }; // GOOD",
    "string": 'let b = "unsafe { } // SAFETY: no";\nlet a = unsafe { *p }; // BAD',
}
# What clippy 1.85 (Debian 13's) wants to have a comment of its own; 1.95 takes the one above all of it.
LATER = {"body: statement of rows", "item: impl with attribute"}
# Macros' own text, of which clippy sees what they become, if at all.
MACROS = {
    "macro": "macro_rules! m { ($a:expr) => { unsafe { $a } } } // BAD",
    "macro of rows": "macro_rules! m {\n    ($a:expr) => {\n"
    "        // SAFETY: it is.\n        unsafe { $a } // GOOD\n    };\n}",
    "call": "fn f() {\n    pin_init!(S {\n"
    "        // SAFETY: it is.\n        a: unsafe { 1 }, // GOOD\n        b <- 2,\n    })\n}",
    "call without": "fn f() {\n    m!({\n        let b = 1;\n        unsafe { b } // BAD\n    })\n}",
    "impl": "macro_rules! m { ($a:ty) => { unsafe impl Send for $a {} } } // BAD",
    "string": 'm!("unsafe { }", r"unsafe { \\");',
}
WHOLE = {
    f"body: {name}": f"use core::cmp::max;\npub fn outer(p: *const u8, q: &u8) {{\n{text}\n}}\n"
    for name, text in (BODIES | OURS).items()
}
EVERY = WHOLE | {f"item: {name}": f"{text}\n" for name, text in ITEMS.items()}
ALL = EVERY | {f"macro: {name}": f"{text}\n" for name, text in MACROS.items()}


def marked(text: str, word: str = "BAD") -> list[int]:
    return [number for number, row in enumerate(text.split("\n"), start=1) if row.endswith(f"// {word}")]


def flagged(rows: str) -> list[int]:
    """The rows of a diff (`+` and ` ` in front) to which the rule objects."""
    context = build(f"Diff: rust/kernel/a.rs\n{rows}")
    return [hit.line for patch in context.patches for hit in rust_safety(patch, context)]


def added(text: str) -> str:
    return "".join(f"+{row}\n" for row in text.rstrip("\n").split("\n"))


@pytest.mark.parametrize("name", ALL)
def test_unsafe_code_without_a_reason(name: str) -> None:
    text = ALL[name]
    assert flagged(added("use begins;\n" + text)) == [line + 1 for line in marked(text)]


@pytest.mark.parametrize("name", BODIES | OURS)
def test_a_fragment_alone_is_read_alike(name: str) -> None:
    """A hunk shows the middle of a function, which ends in it."""
    text = f"let begins = 1;\n{(BODIES | OURS)[name]}\n}}\n\n#[test]\nfn next() {{\n"
    assert flagged(added(text)) == marked(text)


def test_real_clippy_judges_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSTUP_HOME", str(Path(pwd.getpwuid(os.getuid()).pw_dir, ".rustup")))  # where rustup's is used
    program = shutil.which("clippy-driver")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False) if program else None
    if program is None or version is None or version.returncode:
        pytest.skip("clippy is not installed: rustup component add clippy, or apt install rust-clippy")
    found = re.match(r"clippy 0\.1\.(\d+)", version.stdout)
    otherwise = LATER if found and int(found[1]) < 95 else set()
    judged = [text for name, text in EVERY.items() if name.removeprefix("body: ") not in OURS and name not in otherwise]
    modules = "".join(f"pub mod m{number} {{ #![allow(unused)] \n{text}}}\n" for number, text in enumerate(judged))
    (tmp_path / "a.rs").write_text(modules)
    done = subprocess.run(
        [program, "--crate-type=lib", "--edition=2021", "--emit=metadata", "--error-format=short", "-Aclippy::all",
         "-Awarnings", "-Dclippy::undocumented_unsafe_blocks", "a.rs"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "can't find crate for `std`" in done.stderr:
        pytest.skip("clippy has no standard library to judge by: apt install libstd-rust-dev")
    said = {int(row) for row in re.findall(r"^a\.rs:(\d+):\d+: error.*unsafe", done.stderr, re.M)}
    assert said == set(marked(modules)), done.stderr


def test_what_is_not_in_the_patch_is_not_judged() -> None:
    assert flagged(" let b =\n+    unsafe { *p };\n") == []
    assert flagged("+    // and more of it.\n+    let a = unsafe { *p };\n") == []
    assert flagged("     let b = 1;\n+    let a = unsafe { *p };\n") == [2]
    assert flagged("     let b = 1;\n     let a = unsafe { *p };\n+    let c = 1;\n") == []


QUIET = st.sampled_from(
    ['let s = "unsafe { }";', 'let s = r"unsafe { \\";', 'let s = r#"unsafe { " }"#;', "/* unsafe { /* { */ } */",
     "// unsafe { } impl", 'let s = b"unsafe {";', "let c = '\"';", "let c = '\\'';", 'm!("unsafe {}");',
     "unsafe fn f() {}",
     "/// unsafe { }", "let f: unsafe fn() = g;", 'let s = "a \\\\";', "let x: &'static str = y;"]
)  # fmt: skip


@given(st.lists(QUIET, max_size=6), st.lists(QUIET, max_size=6))
def test_words_in_strings_and_comments_hide_nothing_and_are_nothing(before: list[str], after: list[str]) -> None:
    rows = ["let begins = 1;", *before, "let b = 2;", "unsafe { one() };", *after]
    assert flagged(added("\n".join(rows))) == [len(before) + 3]


@given(st.text(alphabet="unsafe {}impl/*\"'#r!()\n;\\", max_size=120))
def test_any_text_is_read(text: str) -> None:
    rows = tuple(f"+{row}" for row in text.split("\n"))
    NewCode(Hunk(0, 0, 1, len(rows), "", rows), rust=True)
    flagged(added(text))
