"""Profiles: the ones that come with patchflow, and a user's own on top of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patchflow.adapters.paths import profile_source
from patchflow.domain.finding import Severity
from patchflow.domain.roles import TO_ROLES
from patchflow.errors import UsageError
from patchflow.flow.clone import profile, profile_names
from patchflow.formats.profile import load_profile


def test_every_profile_that_comes_along_can_be_read() -> None:
    assert set(profile_names()) >= {"net", "net-next", "vsock", "virtio", "vhost"}
    for name in profile_names():
        facts = profile(name)
        assert facts.title
        assert facts.to_roles == TO_ROLES, "`cc -f` reads no profile but the user's own for them"
        text = profile_source(name)
        assert text is not None and "Source: " in text
        assert re.search(r'^source = ".+"$', text, re.MULTILINE), f"{name} names no source"
    assert profile("vsock").prefix == "net-next"
    assert profile("net").window.kind == "open"
    assert profile("vsock").window.kind == "netdev"


def test_a_users_own_profile_extends_one(sealed: Path) -> None:
    folder = sealed / "config" / "patchflow" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(
        'extends = "vsock"\nmax_patches = 5\n[severities]\nxmas-tree = "error"\nbody = "off"\n'
    )
    facts = profile("mine")
    assert (facts.max_patches, facts.prefix) == (5, "net-next")
    assert facts.severity("xmas-tree", Severity.ADVICE) == Severity.ERROR
    assert facts.severity("body", Severity.ERROR) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = ", "not TOML"),
        ("nonsense = 1", "nonsense"),
        ("max_patches = 'many'", "max_patches"),
        ('extends = "p"', "extends itself"),
        ('extends = "gone"', "no profile 'gone'"),
        ('[severities]\nbody = "fatal"', "fatal"),
        ('[[bots]]\nname = "x"', "lacks"),
        ('[[bots]]\nname = "x"\nfrom = "("', "broken pattern"),
        ("[window]\nnonsense = 1", "nonsense"),
        ('[window]\nkind = "sometimes"', "window.kind"),
        ('[window]\ncloses_at = "rc5"', "closes_at"),
        ('recipients = "some"', "recipients"),
    ],
)
def test_a_broken_profile_is_named(text: str, says: str) -> None:
    with pytest.raises(UsageError, match="profile") as caught:
        load_profile("p", lambda name: text if name == "p" else None)
    assert says in caught.value.paragraph()
