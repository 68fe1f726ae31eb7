"""Says why nothing is built of a file, and what would have it built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from patchflow.domain.build import Module
from patchflow.formats.kbuild import arch_of, state_of
from patchflow.formats.kconfig import read_options

UNSEEN_HEADER = "a build against packaged headers does not see it; try it in a full tree with --against TREE"
RUST_UNSEEN = "Rust is built in a full tree alone; try it with --against TREE"
NO_RUST = "CONFIG_RUST is not set in the configuration, so no Rust is built"
_FULL = "`--against TREE` with a full tree builds its object"


def unbuilt(owners: Sequence[Module], path: str, read: Callable[[str], str | None], config: Mapping[str, str]) -> str:
    """Of a file whose modules are not built as such."""
    one = owners[0]
    if one.condition == "y":
        return f"always built into the kernel, so there is no module to build; {_FULL}"
    if state_of(one.condition, config) == "y":
        return f"{one.condition}=y: built into the kernel, so there is no module to build; {_FULL}"
    return unset(one.condition, path, read, config, f"so {one.name} is not built")


def unset(
    option: str, path: str, read: Callable[[str], str | None], config: Mapping[str, str],
    so: str = "so nothing is made of it",
) -> str:  # fmt: skip
    """Of an option that is not set: what it depends on, by the Kconfig files above the file that it is asked for."""
    name = option.removeprefix("CONFIG_")
    above = {f"{folder}/Kconfig".removeprefix("./") for folder in PurePosixPath(path).parents}
    arch = arch_of(lambda one: config.get(one) == "y")
    options = read_options(lambda file: read(file) if file in above else None, arch)
    why = options.why_unset(name, config)
    said = f"{option} is not set in the configuration, {so}{f' ({why})' if why else ''}"
    kind = next((one.kind for one in options.known.get(name, [])), "")
    return f"{said}; `--config {name}={'y' if kind == 'bool' else 'm'}` sets it in a full tree"
