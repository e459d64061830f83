"""What is noticed of the data that a rehearsal left."""

from __future__ import annotations

from pathlib import Path

import pytest
from mug_bots.bot import Passed, Result
from mug_bots.data import read
from mug_bots.report import Report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One bot's data: it passed a scene and came to the end."""
    (tmp_path / "participants.csv").write_text(
        "subject_id,outcome,code\ns1,completed,ABC\n", encoding="utf-8"
    )
    (tmp_path / "identities.csv").write_text("subject_id,labels.bot\ns1,1\n", encoding="utf-8")
    (tmp_path / "visits.csv").write_text(
        "subject_id,scene_id,scene_kind,outcome\n"
        "s1,form,static,\ns1,page,static,\ns1,left,gym,player_left\ns1,played,gym,completed\n",
        encoding="utf-8",
    )
    (tmp_path / "form").mkdir()
    (tmp_path / "form" / "s1.csv").write_text("subject_id,scene_id\ns1,form\ns1,form\n", encoding="utf-8")
    return tmp_path


def result(number: int = 1, code: str = "ABC", scenes: tuple[str, ...] = ("form", "end")) -> Result:
    passed = [Passed(name, 1.0) for name in scenes]
    return Result(number, "complete", "ended", scenes[-1], code, scenes=passed)


def test_complete_data(folder: Path) -> None:
    data = read(folder, [result()])
    assert data.missing == []
    assert data.outcomes == {1: "completed"}
    assert data.scenes == {"form": {"people": 1, "rows": 2}}
    assert not Report([result()], data, folder, folder / "log", []).failed


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (result(number=2), "bot 2 is not among the participants in the data"),
        (result(code="XYZ"), "bot 1 (s1) was shown the code XYZ, and the data has 'ABC'"),
        (result(scenes=("form", "lost", "end")), "bot 1 (s1) was at 'lost', and the data does not say so"),
        (result(scenes=("page", "end")), "bot 1 (s1) has no table of scene 'page'"),
        (result(scenes=("played", "end")), "bot 1 (s1) has no table of scene 'played'"),
    ],
)
def test_what_is_missing_is_said_and_is_a_failure(folder: Path, one: Result, sentence: str) -> None:
    data = read(folder, [one])
    assert sentence in data.missing
    report = Report([one], data, folder, folder / "log", [])
    assert report.failed
    assert f"missing: {sentence}" in list(report.lines())


def test_those_whom_a_recruiter_sent_are_found_by_its_parameters(folder: Path) -> None:
    (folder / "identities.csv").write_text(
        "subject_id,labels.pid,labels.study\ns2,p2,x\ns1,p1,x\n", encoding="utf-8"
    )
    assert read(folder, [result()], "PID=p{bot}&STUDY=x").missing == []
    assert read(folder, [result()], "STUDY=x").missing == ["bot 1 is not among the participants in the data"]


def test_a_game_that_broke_off_may_have_no_steps(folder: Path) -> None:
    assert read(folder, [result(scenes=("form", "left", "end"))]).missing == []


def test_those_who_quit_need_no_outcome(folder: Path) -> None:
    quitter = result(code="", scenes=("form",))
    quitter.ending = "quit"
    (folder / "participants.csv").write_text("subject_id,outcome,code\ns1,,\n", encoding="utf-8")
    assert read(folder, [quitter]).missing == []


def test_a_bot_that_is_stuck_is_a_failure(folder: Path) -> None:
    stuck = result()
    stuck.ending, stuck.note = "stuck", "Wait"
    report = Report([stuck], read(folder, [stuck]), folder, folder / "log", [])
    assert report.failed
    assert "  stuck at 'end': Wait" in list(report.lines())


def test_who_ends_otherwise_than_meant_is_said(folder: Path) -> None:
    """Somebody who was to go through, and did not, is no failure; but the report says what it was."""
    (folder / "participants.csv").write_text(
        "subject_id,outcome,code\ns1,partner_left,ABC\n", encoding="utf-8"
    )
    report = Report([result()], read(folder, [result()]), folder, folder / "log", [])
    assert not report.failed
    sentence = (
        "takes part to the end, but: partner_left (could not go on because somebody they played with left)"
    )
    assert f"  {sentence}" in list(report.lines())
    assert report.record()["bots"][0]["unlike"] == sentence


def test_a_server_that_ended_is_a_failure(folder: Path) -> None:
    """Bots that were in the middle of the study are said to have been stopped."""
    stopped = Result(
        1, "complete", where="form", scenes=[Passed("form", 1.0)], note="the rehearsal was over before"
    )
    report = Report([stopped], read(folder, [stopped]), folder, folder / "log", ["the server ended"])
    assert report.failed
    assert "  stopped at 'form': the rehearsal was over before" in list(report.lines())
    assert f"fault: the server ended: see {folder / 'log'}" in list(report.lines())
