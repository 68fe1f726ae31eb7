"""Signs mails with patatt (X-Developer-Signature), by keys that git config names as patatt has them."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from pathlib import Path

from patchflow.adapters.files import write_atomic
from patchflow.errors import MissingError, PatchflowError
from patchflow.values import dataclass

try:
    import patatt
    from nacl.signing import SigningKey
except ImportError:
    patatt = None  # type: ignore[assignment]

_KINDS = ("ed25519", "openpgp", "openssh")
_LARGEST_KEY = 1 << 16
_HOW = "`pip install 'patchflow[patatt]'` does."


@dataclass(frozen=True, slots=True)
class Key:
    """A key to sign with: as git config names it (`ed25519:20261129`), whose it is, and its selector ("" for none)."""

    name: str
    identity: str
    selector: str
    secret: str = field(repr=False)

    @property
    def kind(self) -> str:
        """ed25519, openpgp or openssh."""
        return self.name.partition(":")[0]

    @property
    def by(self) -> str:
        """The key and its owner, as a page shows them."""
        return f"{self.name} by {self.identity}"

    @property
    def public(self) -> str:
        """The public half of an ed25519 key, in base64; PatchflowError for another kind, or no key."""
        if self.kind != "ed25519":
            raise PatchflowError(f"{self.name} is not an ed25519 key.", "`patchflow setup --endpoint` makes one.")
        need_patatt()
        try:
            return base64.b64encode(SigningKey(base64.b64decode(self.secret)).verify_key.encode()).decode()
        except ValueError as error:
            raise PatchflowError(f"{self.name} is not an ed25519 key: its file holds something else.") from error


def need_patatt() -> None:
    """MissingError where the library is not installed."""
    if patatt is None:
        raise MissingError("Mails are signed by patatt, which is not installed.", _HOW)


def find_key(config: Callable[[str], str | None], section: str, git_folder: Path) -> Key:
    """The key that `patatt.signingkey`, `.selector` and `.identity` of git config name (`patatt.SECTION.*` with a
    section), looked for where patatt looks. MissingError where there is none.
    """
    need_patatt()
    where = f"patatt.{section}." if section else "patatt."
    name = config(f"{where}signingkey") or ""
    if not name and (own := config("user.signingkey")):
        name = f"{'openssh' if config('gpg.format') == 'ssh' else 'openpgp'}:{own}"
    identity = config(f"{where}identity") or config("user.email") or ""
    if not name or not identity:
        what = f"{where}signingkey" if not name else "user.email"
        raise MissingError(f"There is no key to sign with: {what} of git config is not set.",
                           "`patatt genkey` makes one and says what to set.")  # fmt: skip
    kind, _, word = name.partition(":")
    if kind not in _KINDS or not word:
        raise MissingError(f"{where}signingkey is {name[:60]!r}, which names no kind of key that patatt has.",
                           "It looks like ed25519:NAME; `patatt genkey` makes one.")  # fmt: skip
    secret = _secret(word, git_folder) if kind == "ed25519" else word
    return Key(name, identity, config(f"{where}selector") or "", secret)


def _secret(word: str, git_folder: Path) -> str:
    places = [Path(word)] if word.startswith("/") else []
    places += [keys_folder() / "private" / f"{word}.key", git_folder / f"{word}.key"]
    for path in places:
        try:
            with path.open("rb") as file:
                return file.read(_LARGEST_KEY).decode("ascii").strip()
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not a key"
            raise MissingError(f"The signing key in {path} cannot be read: {why}.") from error
    raise MissingError(f"The signing key ed25519:{word} is not there: {places[0]} does not exist.",
                       "`patatt genkey` makes one and says what to set.")  # fmt: skip


def new_key(identity: str, now: datetime) -> Key:
    """A new ed25519 key named by the day, as `patatt genkey` names one; kept nowhere yet."""
    need_patatt()
    day, number = f"{now:%Y%m%d}", 1
    while (keys_folder() / "private" / f"{day}{f'-{number}' * (number > 1)}.key").exists():
        number += 1
    name = f"{day}{f'-{number}' * (number > 1)}"
    secret = base64.b64encode(bytes(SigningKey.generate())).decode()
    return Key(f"ed25519:{name}", identity, name, secret)


def keep_key(key: Key) -> None:
    """Writes a new key where patatt looks for it: the secret half its owner's only, the public one in its keyring."""
    folder, name = keys_folder(), key.name.partition(":")[2]
    write_atomic(folder / "private" / f"{name}.key", key.secret.encode())
    public = key.public.encode()
    write_atomic(folder / "public" / f"{name}.pub", public, mode=0o644)
    write_atomic(folder / "public" / patatt.make_pkey_path("ed25519", key.identity, name), public, mode=0o644)


def keys_folder() -> Path:
    """Where patatt keeps keys."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "patatt"


def sign(key: Key, raw: bytes) -> bytes:
    """The mail with X-Developer-Signature and X-Developer-Key at the end of its headers, otherwise as it was.

    PatchflowError where patatt cannot sign it.
    """
    need_patatt()
    try:
        patatt.set_bin_paths(None)
        return patatt.sign_message(raw, key.kind, key.secret, key.identity, key.selector or None)
    except (patatt.Error, RuntimeError, OSError, ValueError) as error:
        # The libraries' words may hold what they read: the key.
        said = "" if key.kind == "ed25519" else f": {str(error)[:300]}"
        raise PatchflowError(f"patatt could not sign with {key.name}{said}.",
                             "`patatt sign FILE` tries the same.") from error  # fmt: skip
