"""Links, codes and addresses: what each service brings, and what it is told in the end."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_prolific import MTurk, Prolific, Redirect
from mug_prolific.codes import code_for, kept_codes
from mug_prolific.recruiter import Labels, Recruiter
from mug_prolific.templates import fill, template_problems

from mug.components import Identity, Refusal
from mug.errors import MugError
from mug.outcomes import ENDINGS

PROLIFIC = {"PROLIFIC_PID": "5f3c", "STUDY_ID": "st1", "SESSION_ID": "se1"}
TURK = {"workerId": "A1", "hitId": "H1", "assignmentId": "X1", "turkSubmitTo": "https://www.mturk.com"}
SONA = "https://school.sona-systems.test/credit?experiment_id=7&credit_token=t&survey_code={pid}"


async def identified(recruiter: Recruiter, **args: str) -> Any:
    return await recruiter.mug_identify(SimpleNamespace(args=args))


async def test_prolific_names_people() -> None:
    """By the person, the study and the submission; without any of them it is not Prolific's link."""
    identity = await identified(Prolific(), **PROLIFIC)
    assert isinstance(identity, Identity)
    assert identity.labels == {"recruiter": "prolific", "pid": "5f3c", "study": "st1", "session": "se1"}
    assert (identity.person, identity.entry, identity.proven) == ("prolific 5f3c", "st1 se1", False)
    assert identity.subject_id is None
    assert await identified(Prolific(), utm_source="mail") is None


@pytest.mark.parametrize(
    "args",
    [
        {"PROLIFIC_PID": "5f3c"},
        PROLIFIC | {"SESSION_ID": ""},
        PROLIFIC | {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"},
        PROLIFIC | {"PROLIFIC_PID": "<script>"},
        PROLIFIC | {"PROLIFIC_PID": "x" * 101},
        PROLIFIC | {"SESSION_ID": ".."},
    ],
)
async def test_a_link_that_is_not_whole_leads_nowhere(args: dict[str, str]) -> None:
    """People read where to go instead; nothing they bring gets into the data."""
    assert isinstance(await identified(Prolific(), **args), Refusal)


async def test_again_is_another_person() -> None:
    """Where people may come again, a new submission is a new participant."""
    once = await identified(Prolific(again=True), **PROLIFIC)
    twice = await identified(Prolific(again=True), **PROLIFIC | {"SESSION_ID": "se2"})
    assert once.person != twice.person


async def test_mturk_has_previews() -> None:
    """Somebody who looks at a task is no participant."""
    recruiter = MTurk()
    preview = await identified(recruiter, **TURK | {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"})
    assert isinstance(preview, Refusal)
    identity = await identified(recruiter, **TURK)
    assert identity.labels == {"recruiter": "mturk", "pid": "A1", "study": "H1", "session": "X1"}
    assert isinstance(await identified(recruiter, assignmentId="X1"), Refusal)
    assert await identified(recruiter, **PROLIFIC) is None


async def test_any_service_by_a_template() -> None:
    """SONA's credit by an address with the participant's code in it, others by one address per outcome."""
    sona = Redirect(parameters={"pid": "survey_code"}, addresses=SONA)
    identity = await identified(sona, survey_code="12345")
    assert identity.labels["pid"] == "12345"
    assert sona.way_back(identity.labels, "completed", "").redirect == SONA.replace("{pid}", "12345")
    panel = Redirect(
        parameters={"pid": "participantId", "session": "assignmentId"},
        addresses={"completed": "https://panel.test/done?s={session}", "otherwise": "https://panel.test/no"},
        codes={"completed": "YES", "otherwise": "NO"},
    )
    assert isinstance(await identified(panel, participantId="p", assignmentId="a b"), Refusal)
    labels = (await identified(panel, participantId="p", assignmentId="ab")).labels
    assert panel.way_back(labels, "completed", "YES").redirect == "https://panel.test/done?s=ab"
    assert panel.way_back(labels, "declined", "NO").redirect == "https://panel.test/no"
    assert panel.way_back(labels, "declined", "NO").code == "NO"


def test_only_labels_that_a_recruiter_gave_are_believed() -> None:
    """An address can have parameters of any name; they make nobody somebody."""
    forged = {"recruiter": "prolific", "pid": "victim", "study": "s", "session": "x"}
    for recruiter in (Prolific(), Prolific(only=False), MTurk(only=False)):
        assert isinstance(recruiter.mug_screen(SimpleNamespace(labels=forged)), Refusal)
        assert recruiter.mug_screen(SimpleNamespace(labels=Labels(forged))) is None
    assert isinstance(Prolific().mug_screen(SimpleNamespace(labels={})), Refusal)
    assert Prolific(only=False).mug_screen(SimpleNamespace(labels={"utm": "x"})) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_values_change_nothing_else_of_an_address(pid: str, code: str) -> None:
    """Whatever stands in a place stays in its place."""
    encodable = "".join(letter for letter in pid + "\0" + code if not "\ud800" <= letter <= "\udfff")
    pid, _, code = encodable.partition("\0")
    code = code.replace("\0", "")
    address = fill("https://a.test/x?id={pid}&cc={code}#end", {"pid": pid, "code": code})
    parts = urlsplit(address)
    assert (parts.netloc, parts.path, parts.fragment) == ("a.test", "/x", "end")
    assert parse_qs(parts.query, keep_blank_values=True) == {"id": [pid], "cc": [code]}


@pytest.mark.parametrize(
    "template",
    [
        7,
        "a.test/{pid}",
        "https://a.test/{pidd}",
        "https://a.test/{",
        "javascript:x",
        "https://{pid}.test/",
        "https://{pid}@a.test/",
        "https://a.test/{pid!r}",
        "https://a.test/{pid:{code}}",
    ],
)
def test_wrong_templates_are_reported(template: Any) -> None:
    """A slip is told before anybody is sent to it."""
    assert list(template_problems(template, "here"))


def test_codes_are_drawn_once(tmp_path: Path) -> None:
    """Each outcome has its own, kept for the study, private, and told apart from every other."""
    codes = kept_codes(tmp_path / "folder")
    assert set(codes) == set(ENDINGS)
    assert len(set(codes.values())) == len(ENDINGS)
    assert kept_codes(tmp_path / "folder") == codes
    mode = (tmp_path / "folder" / "codes.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    (tmp_path / "folder" / "codes.json").write_text("{")
    with pytest.raises(MugError, match="damaged"):
        kept_codes(tmp_path / "folder")


def test_codes_of_the_script() -> None:
    """One for all outcomes without their own."""
    given_codes = {"completed": "YES", "declined": "BYE", "otherwise": "NO"}
    assert [code_for(given_codes, outcome) for outcome in ("completed", "declined", "excluded")] == [
        "YES",
        "BYE",
        "NO",
    ]


@pytest.mark.parametrize(
    ("recruiter", "complaints"),
    [
        (Prolific(codes={"completed": "YES"}), ["could not be paid"]),
        (Prolific(codes={"completed": "YES", "otherwise": "YES"}), ["both that somebody completed"]),
        (Prolific(codes={"complete": "A", "otherwise": ""}), ["'complete'", "must be a text"]),
        (Prolific(codes=["A"]), ["codes must be a dict"]),  # type: ignore[arg-type]
        (Prolific(secured_for="https://a.test/"), ["host name"]),
        (Prolific(check_every=0, back="https://a.test"), ["minutes", "no place"]),
        (Prolific(bonus="0.50"), ["bonus must be a Bonus"]),  # type: ignore[arg-type]
        (Prolific(back="https://a.test/{code}/{who}"), ["no place for {who}"]),
        (MTurk(preview=" "), ["preview must be a text"]),
        (Redirect(parameters={"person": "id"}, addresses="a.test"), ["'person'", "apart", "full address"]),
    ],
)  # fmt: skip
def test_wrong_settings_are_reported(recruiter: Recruiter, complaints: list[str]) -> None:
    """All of them at once, before anybody comes."""
    found = " ".join(problem.what for problem in recruiter.mug_check(SimpleNamespace(games={})))
    for complaint in complaints:
        assert complaint in found
