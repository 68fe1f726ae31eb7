"""A whole kernel tree of Debian's source, as far as small kernels are built of it, in git and not built yet."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import git

# What no kernel of these tests is built of; Makefiles and Kconfig files stay, which every configuration reads.
BIG = ("drivers/gpu", "drivers/net", "drivers/media", "drivers/staging", "drivers/infiniband", "drivers/scsi", "sound",
       "Documentation", "tools/perf", "drivers/iio", "drivers/usb", "fs/xfs", "fs/btrfs")  # fmt: skip
ARCHES = ("alpha", "arc", "arm", "arm64", "csky", "hexagon", "loongarch", "m68k", "microblaze", "mips", "nios2",
          "openrisc", "parisc", "powerpc", "s390", "sh", "sparc", "xtensa")  # fmt: skip
TINY = ("KUNIT", "LIST_KUNIT_TEST", "EXPERT", "PRINTK", "BUG", "TTY", "BINFMT_ELF", "SHMEM")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree on a branch of its own, with a small suite's configuration at lib/tiny."""
    missing = [name for name in ("flex", "bison", "bc", "gcc", "make") if shutil.which(name) is None]
    archive = Path("/usr/src/linux-source-6.12.tar.xz")
    if not archive.is_file():
        archive = Path("kernel/.linux-source-6.12.tar.xz").resolve()
    if missing or not archive.is_file():
        pytest.skip(f"needs {', '.join(missing) or 'linux-source-6.12'}: `scripts/setup --boot`")
    folder = tmp_path_factory.mktemp("whole") / "linux"
    folder.mkdir()
    left_out = [f"--exclude=*/{at}/*.[chS]" for at in BIG] + ["--exclude=*/Documentation/*.rst", "--exclude=*.dts*"]
    left_out += [f"--exclude=*/arch/{arch}/*.[chS]" for arch in ARCHES]
    subprocess.run(["tar", "-xf", archive, "-C", folder, "--strip-components=1", *left_out], check=True)
    (folder / "lib/tiny").mkdir()
    (folder / "lib/tiny/.kunitconfig").write_text("".join(f"CONFIG_{one}=y\n" for one in TINY))
    git(folder, "init", "-q", "-b", "try")
    git(folder, "config", "core.compression", "0")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "Linux")
    git(folder, "tag", "base")
    return folder
