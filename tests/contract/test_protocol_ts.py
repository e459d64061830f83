"""The browser's half of the protocol is what the server's half says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import attrs
import pytest

from mug.core import protocol, protocol_ts


def test_the_committed_file_is_up_to_date() -> None:
    """client/src/protocol.ts is generated from mug/core/protocol.py as it stands."""
    expected = protocol_ts.generate()
    assert expected == protocol_ts.TARGET.read_text(), "run: python -m mug.core.protocol_ts"


def test_every_message_and_field_is_there() -> None:
    """No message of the protocol, and none of its fields, is left out."""
    text = protocol_ts.generate()
    for kind in (protocol.Hello, *protocol.INBOUND.values(), *protocol.OUTBOUND.values()):
        body = text.split(f"export interface {kind.__name__} {{")[1].split("}")[0]
        names = [line.split(":")[0].strip().rstrip("?") for line in body.strip().splitlines()]
        assert [field.name for field in attrs.fields(kind)] == names


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (str, "string"),
        (float, "number"),
        (int | None, "number | null"),
        (Annotated[str, "anything"], "string"),
        (dict[str, str], "Record<string, string>"),
        (tuple[int, int], "[number, number]"),
        (list[bool], "boolean[]"),
        (Any, "unknown"),
    ],
)
def test_a_type_has_one_counterpart(hint: Any, expected: str) -> None:
    """Python types become the TypeScript types of the same JSON values."""
    assert expected == protocol_ts._type(hint)


def test_a_type_without_a_counterpart_is_refused() -> None:
    """What JSON cannot carry does not slip through as something else."""
    with pytest.raises(TypeError, match="set"):
        protocol_ts._type(set)


def test_check_says_when_the_file_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check fails on a stale file and changes nothing; without it the file is written."""
    target = tmp_path / "protocol.ts"
    target.write_text("old")
    monkeypatch.setattr(protocol_ts, "TARGET", target)
    assert protocol_ts.main(["--check"]) == 1
    assert target.read_text() == "old"
    assert "python -m mug.core.protocol_ts" in capsys.readouterr().err
    assert protocol_ts.main([]) == 0
    assert protocol_ts.main(["--check"]) == 0
