"""Signed tags: made with the user's own key, looked at here and on a remote; and git's request-pull."""

from __future__ import annotations

from patchflow import lazy_re
from patchflow.adapters.git.commands import GitCommands
from patchflow.errors import OutsideError, PatchflowError
from patchflow.values import dataclass

_SIGNATURE = lazy_re.compile(r"(?m)^-----BEGIN (?:PGP|SSH) SIGNATURE-----$")
_SSH_BLOCK = lazy_re.compile(
    r"(?m)^-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]*\n){1,200}-----END SSH SIGNATURE-----\n"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of this clone: its object, the commit it stands for, its message without signature, and whether it is an
    annotated one that is signed."""

    name: str
    object: str
    commit: str
    message: str = ""
    signed: bool = False


def find_tag(git: GitCommands, name: str) -> Tag | None:
    """A tag of this clone by name; None where there is none."""
    done = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/tags/{name}", check=False)
    found = done.text.strip()
    if done.code or not found:
        return None
    commit = git.run("rev-parse", f"{found}^{{commit}}").text.strip()
    if git.run("cat-file", "-t", found).text.strip() != "tag":
        return Tag(name, found, commit)
    text = git.run("cat-file", "tag", found).out.decode("utf-8", "replace").partition("\n\n")[2]
    start = _SIGNATURE.search(text)
    return Tag(name, found, commit, text[: start.start()] if start else text, start is not None)


def make_signed(git: GitCommands, name: str, commit: str, message: str) -> str:
    """A signed tag object by the user's key as git has it (user.signingkey, gpg.format); no ref stays.

    PatchflowError where git cannot sign.
    """
    words = ("tag", "-s", "--cleanup=whitespace", "-F", "-", "--", name, commit)
    done = git.run(*words, stdin=message.encode("utf-8", "surrogateescape"), check=False)
    made = find_tag(git, name)
    if made:
        git.run("update-ref", "-d", f"refs/tags/{name}", made.object)
    if made is None or not made.signed:  # git 2.39 makes an unsigned one where an SSH key is not there
        raise PatchflowError(
            f"git could not sign the tag {name}: {' '.join(done.err_text.split())[-300:]}",
            "Name a key: `git config user.signingkey KEY`, for an SSH key also `git config gpg.format ssh`.",
        )
    return made.object


def tag_at(git: GitCommands, url: str, name: str) -> str:
    """The object that a tag of this name is at a URL, "" where there is none; OutsideError where nobody answers."""
    done = git.run("ls-remote", "--tags", "--", url, f"refs/tags/{name}", check=False)
    if done.code:
        raise OutsideError(f"{url} could not be read: {' '.join(done.err_text.split())[-300:]}", "Look at the URL.")
    rows = (row.split("\t") for row in done.text.splitlines())
    return next((row[0] for row in rows if row[1:] == [f"refs/tags/{name}"]), "")


def push_tag(git: GitCommands, remote: str, name: str) -> None:
    """Pushes one tag; OutsideError where the remote does not take it."""
    done = git.run("push", "--quiet", "--", remote, f"refs/tags/{name}", check=False)
    if done.code:
        raise OutsideError(f"{remote} did not take the tag {name}: {' '.join(done.err_text.split())[-300:]}",
                           "Nothing was sent.")  # fmt: skip


def request_pull(git: GitCommands, base: str, url: str, name: str) -> str:
    """What git request-pull writes of a tag that is at the URL; an SSH signature, which it leaves in, goes out, and
    the URL stands there as it was named.

    OutsideError where it finds another tag there.
    """
    quiet = ("-c", "log.showSignature=false", "-c", "core.pager=cat", "-c", "diff.external=", "-c", "color.ui=never")
    done = git.run(*quiet, "request-pull", base, url, name, check=False)
    if done.code:
        raise OutsideError(f"git request-pull failed: {' '.join(done.err_text.split())[-300:]}", "Nothing was sent.")
    text = _SSH_BLOCK.sub("", done.out.decode("utf-8", "replace"))
    rewritten = git.run("ls-remote", "--get-url", url).text.strip()  # by the user's own url.*.insteadOf
    return text.replace(f"\n  {rewritten} ", f"\n  {url} ", 1)
