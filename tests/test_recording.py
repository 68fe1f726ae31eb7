"""The recording of the journey in docs/pictures: it plays to its end, and the picture is drawn from it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"


@pytest.fixture
def record() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record", PICTURES / "record.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_goes_from_an_empty_board_to_v2(record: ModuleType) -> None:
    rows = [json.loads(line) for line in (PICTURES / "journey.cast").read_text().splitlines()]
    assert rows[0]["version"] == 2 and {row[1] for row in rows[1:]} == {"i", "o"}
    assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])
    shown = ["\n".join("".join(run[0] for run in line) for line in frame.lines) for frame in record.read(record.CAST)]
    ahead = iter(shown)
    for words in ("No series here yet", "Send v1, 4 messages", "v1 is out", "Does this need to be atomic", "v2 is out"):
        assert any(words in text for text in ahead), words


def test_the_picture_is_of_this_recording(record: ModuleType, tmp_path: Path) -> None:
    shown = record.read(record.CAST)
    record.write(shown, tmp_path / "again.cast")
    assert (tmp_path / "again.cast").read_bytes() == record.CAST.read_bytes()
    assert record.draw(shown) == record.PICTURE.read_text()
    parts = [
        part for one in ElementTree.fromstring(record.PICTURE.read_text()).iter() for part in (one.tag, *one.attrib)
    ]
    assert not [part for part in parts if part.endswith(("script", "href", "image", "foreignObject"))], (
        "it loads nothing"
    )
