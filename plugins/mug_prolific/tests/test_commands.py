"""What researchers type: everything is shown before it is done, and nothing shows the token."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mug_prolific.book import Book, Ended, Owed

from mug.cli.group import cli
from plugins.mug_prolific.tests.fake_mturk import FakeMTurk
from plugins.mug_prolific.tests.fake_prolific import TOKEN, FakeProlific

SCRIPT = """
from mug.configurations.experiment_config import ExperimentConfig
from mug.scenes.stager import Stager
from mug.scenes.static_scene import CompletionCodeScene, StartScene
from mug.server import app
from mug_prolific import Bonus, MTurk, Prolific, Redirect

scenes = [StartScene().scene(scene_id="start"), CompletionCodeScene().scene(scene_id="code")]
config = ExperimentConfig().experiment(
    stager=Stager(scenes=scenes), experiment_id="study", title="A game for two", data_dir={data!r}
).plugins({plugin})
if __name__ == "__main__":
    app.run(config)
"""
GBP = 'Bonus("GBP", flat={"completed": "0.50"}, cap="2.00", budget="20")'
USD = GBP.replace("GBP", "USD")


def written(folder: Path, plugin: str) -> Path:
    path = folder / "study.py"
    path.write_text(SCRIPT.format(data=str(folder / "data"), plugin=plugin))
    return path


@pytest.fixture
def script(tmp_path: Path, service: FakeProlific) -> Path:
    return written(tmp_path, f"Prolific(api={service.api!r}, bonus={GBP})")


async def mug(*words: object) -> Result:
    """Run a command, as in a terminal; the fakes go on meanwhile."""
    result = await asyncio.to_thread(CliRunner().invoke, cli, [str(word) for word in words])
    assert TOKEN not in result.output
    return result


async def well(*words: object) -> str:
    result = await mug(*words)
    assert result.exit_code == 0, result.output
    return result.output


def owe(folder: Path, service: str, session: str, study: str, amount: str = "0.50") -> None:
    entry = f"{service} {session}"
    ended = Ended(entry, "pid", study, f"s-{session}", "completed", "DONE")
    Book(folder).ended(
        ended, Owed(entry, "pid", study, Decimal(amount), "GBP", (("for completing", amount),))
    )


async def test_a_study_from_draft_to_bonus(
    service: FakeProlific, script: Path, tmp_path: Path, token: str
) -> None:
    """Create, publish, look, approve, look at the bonuses, pay them; paying again pays nothing."""
    codes = dict(line.split() for line in (await well("prolific", "codes", script)).splitlines())
    wishes = ("--url", "https://study.test/", "--description", "A game", "--reward", 200)
    created = await well("prolific", "create", script, *wishes, "--minutes", 15, "--places", 20)
    (study,) = service.studies.values()
    assert created.split() == ["study", study["id"]]
    assert study["name"] == "A game for two"
    assert study["status"] == "UNPUBLISHED"
    assert study["external_study_url"].startswith("https://study.test/?PROLIFIC_PID={{%PROLIFIC_PID%}}&")
    given = {one["code"]: one["code_type"] for one in study["completion_codes"]}
    assert given == {
        code: "COMPLETED" if outcome == "completed" else "OTHER" for outcome, code in codes.items()
    }
    assert "ACTIVE" in await well("prolific", "publish", script, study["id"])
    session = service.starts(study["id"], "pid")["SESSION_ID"]
    owe(tmp_path / "data" / "study", "prolific", session, study["id"])
    service.submits(session, "DONE")
    assert "approve" in await well("prolific", "status", script)
    assert "only a look" in await well("prolific", "approve", script)
    assert service.submissions[session]["status"] == "AWAITING REVIEW"
    assert "APPROVED: 1" in await well("prolific", "approve", script, "--yes")
    shown = await well("prolific", "bonuses", script)
    assert f"s-{session}  prolific {session}  completed  £0.50" in shown
    assert "for completing: £0.50" in shown
    assert service.paid == []
    for _ in range(2):
        await well("prolific", "bonuses", script, "--pay", "--limit", "1.00")
    assert service.paid == [(session, 50)]
    assert "1 were paid, £0.50 in all" in await well("prolific", "bonuses", script)


async def test_limits(service: FakeProlific, script: Path, tmp_path: Path, token: str) -> None:
    """More than the limit, or than the script's budget: nothing is paid, and it is said why."""
    study = service.study()
    for number in range(21):
        session = service.starts(study, f"p{number}")["SESSION_ID"]
        service.submits(session, "DONE")
        owe(tmp_path / "data" / "study", "prolific", session, study, "1.00")
    result = await mug("prolific", "bonuses", script, "--pay", "--limit", "5")
    assert (result.exit_code, "more than --limit 5" in result.output) == (2, True)
    result = await mug("prolific", "bonuses", script, "--pay")
    assert (result.exit_code, "more than the study's budget of 20" in result.output) == (2, True)
    assert service.paid == []


async def test_single_submissions(service: FakeProlific, script: Path, token: str) -> None:
    """Reject with a reason that is long enough, screen out, ask for a return."""
    study = service.study()
    sessions = [service.starts(study, f"p{number}")["SESSION_ID"] for number in range(3)]
    for session in sessions:
        service.submits(session, "X")
    wrong = await mug(
        "prolific", "reject", script, sessions[0], "--category", "LOW_EFFORT", "--message", "No"
    )
    assert "Prolific wants 100" in wrong.output
    reason = ("--category", "LOW_EFFORT", "--message", "You answered nothing. " * 6)
    assert "REJECTED" in await well("prolific", "reject", script, sessions[0], *reason)
    assert "SCREENED OUT" in await well("prolific", "screen-out", script, sessions[1])
    await well("prolific", "request-return", script, sessions[2], "--reason", "Withdrew consent")
    assert service.submissions[sessions[2]]["return_requested"]


async def test_webhooks(service: FakeProlific, script: Path, token: str) -> None:
    """Subscribing twice is subscribing once; only https."""
    for _ in range(2):
        shown = await well("prolific", "webhook", script, "--workspace", "w", "--url", "https://a.test")
    assert "PROLIFIC_WEBHOOK_SECRET=webhook-secret" in shown
    (hook,) = service.subscriptions
    assert hook["target_url"] == "https://a.test/-/prolific/webhook"
    assert hook["is_enabled"]
    assert (
        "https" in (await mug("prolific", "webhook", script, "--workspace", "w", "--url", "http://a")).output
    )


async def test_without_a_token(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how to give one; a script has no place for it."""
    monkeypatch.delenv("PROLIFIC_TOKEN", raising=False)
    result = await mug("prolific", "status", script)
    assert result.exit_code == 2
    assert "PROLIFIC_TOKEN is not set" in result.output


@pytest.mark.parametrize("plugin", ["", "MTurk()", "Prolific(), Prolific()"])
async def test_a_script_without_prolific(tmp_path: Path, plugin: str, token: str) -> None:
    """It is said what the script has to list."""
    result = await mug("prolific", "status", written(tmp_path, plugin))
    assert "and not one" in result.output
    assert "Prolific(…)" in result.output


async def test_mechanical_turk(turk: FakeMTurk, tmp_path: Path) -> None:
    """Create, look, approve, pay: the same way."""
    script = written(tmp_path, f"MTurk(bonus={USD})")
    where = ("--endpoint", turk.url)
    wishes = ("--url", "https://a.test", "--reward", "2", "--minutes", 30, "--places", 12, "--token", "t")
    shown = await well("mturk", "create", script, *where, *wishes, "--description", "A game")
    (hit,) = turk.hits
    assert f"task {hit}" in shown
    assert "40 %" in shown
    assert "https://a.test/-/prolific/task</ExternalURL>" in turk.hits[hit]["Question"]
    owe(tmp_path / "data" / "study", "mturk", "a1", hit)
    for number in (1, 2):
        turk.submits(hit, f"w{number}", f"a{number}")
    assert "only a look" in await well("mturk", "approve", script, hit, *where)
    shown = await well("mturk", "approve", script, hit, *where, "--yes")
    assert "a1  Approved  completed" in shown
    assert "a2  Submitted  unknown here  left as it is" in shown
    assert "only a look" in await well("mturk", "bonuses", script, *where)
    assert turk.bonuses == []
    assert "paid: 1" in await well("mturk", "bonuses", script, *where, "--pay")
    assert [one["BonusAmount"] for one in turk.bonuses] == ["0.50"]
    assert "Rejected" in await well("mturk", "reject", script, "a2", *where, "--reason", "Nothing was done")


async def test_a_wrong_script_names_everything_that_is_wrong(tmp_path: Path) -> None:
    """``mug check`` shows the recruiter's mistakes with all others."""
    plugin = 'Prolific(codes={"complete": "X"}, bonus=Bonus("GBP", cap="x", budget="1", flat={"done": "1"}))'
    shown: Any = await mug("check", written(tmp_path, plugin))
    for part in ("'completed'", "cap must be an amount of money, got 'x'", "flat has no outcome 'done'"):
        assert part in shown.output
