"""A survey decides what is shown, what is right, and what is stored; what comes in is trusted nowhere."""

from __future__ import annotations

import json

import attrs
import pytest
from mug_surveys import (
    Agree,
    Choice,
    Choices,
    Likert,
    LongText,
    Matrix,
    Note,
    Number,
    Option,
    Page,
    Questionnaire,
    Quiz,
    Ranking,
    Slider,
    Survey,
    Text,
    YesNo,
)

from mug.outcomes import FAILED_CHECK
from mug.scenes.scene import Accepted, Continued, Rejected, Visitor
from plugins.mug_surveys.tests.setups import Walk, survey

LONG = "x" * 100_000


def test_pages_follow_each_other_and_keep_their_answers() -> None:
    """Each page is checked by itself; at the end all answers are there, with order and times."""
    walk = Walk(
        survey(Page(Text("a", "A?")), Page(Text("b", "B?"), Note("Hello {a}")), Page(Text("c", "C?")))
    )
    assert (walk.asked, walk.page["number"], walk.page["pages"], walk.page["back"]) == (["a"], 1, 3, False)
    assert walk.send(a="") == Rejected({"a": "Please answer this question."})
    assert isinstance(walk.send(a="1", **{"$seconds": {"a": 1.25, "b": 9, "$x": 1}}), Continued)
    assert (walk.asked, walk.page["known"], walk.page["shown"]) == (["b", ""], {}, {"a": "1"})
    assert walk.visitor.kept.answers == {
        "a": "1", "_order": ["a"], "_seconds": {"a": 1.25, "b": None, "c": None},
    }  # fmt: skip
    walk.send(b="2")
    done = walk.send(c="3", **{"$seconds": {"c": "soon"}})
    assert isinstance(done, Accepted)
    assert done.answers == {
        "a": "1", "b": "2", "c": "3",
        "_order": ["a", "b", "c"], "_seconds": {"a": 1.25, "b": None, "c": None},
    }  # fmt: skip


def test_going_back_loses_nothing() -> None:
    """What was typed is kept when somebody goes back, also on the page that they leave unfinished."""
    walk = Walk(survey(Page(Text("a", "A?")), Page(Text("b", "B?"), Number("n", "N?"))))
    walk.send(a="1")
    walk.back(b="half", n="no number")
    assert (walk.asked, walk.page["answers"]) == (["a"], {"a": "1"})
    walk.send(a="2")
    assert walk.page["answers"] == {"b": "half"}
    done = walk.send(b="whole", n=2)
    assert isinstance(done, Accepted)
    assert (done.answers["a"], done.answers["b"], done.answers["n"]) == ("2", "whole", 2)


def test_going_back_can_be_forbidden() -> None:
    """Where the script says so there is no way back, whatever a page sends."""
    scene = survey(Page(Text("a", "A?")), Page(Text("b", "B?"))).pages(back=False)
    walk = Walk(scene)
    walk.send(a="1")
    assert walk.page["back"] is False
    walk.back()
    assert walk.asked == ["b"]


def test_a_page_that_is_a_step_behind_changes_nothing() -> None:
    """A button pressed twice, or a page from before, is answered by what is there now."""
    walk = Walk(survey(Page(Text("a", "A?")), Page(Text("b", "B?"))))
    walk.send(a="1")
    kept = walk.visitor.kept
    for old in (0, -1, None, "1", 7, 1.5, [], {}):
        decision = walk.scene.accept_from(walk.visitor, {"$step": old, "a": "2", "b": "3"})
        assert decision == Continued(kept)


def test_answers_to_questions_that_are_not_shown_count_for_nothing() -> None:
    """A hidden question's answer is neither stored nor seen by conditions, on one page or several."""
    scene = survey(
        YesNo("plays", "?"),
        Choice("which", "?", options=["chess", "go"], when="{plays}"),
        Text("why", "?", when="{which} == 'chess'"),
        Page(Text("more", "?"), when="{which} == 'go'"),
        Page(Text("last", "?")),
    )
    walk = Walk(scene)
    walk.send(plays=False, which="chess", why="because", last="too early")
    assert walk.asked == ["last"]
    done = walk.send(last="x", more="not asked")
    assert isinstance(done, Accepted)
    answers = {name: done.answers[name] for name in ("plays", "which", "why", "more", "last", "_order")}
    assert answers == {
        "plays": False, "which": None, "why": None, "more": None, "last": "x", "_order": ["plays", "last"],
    }  # fmt: skip


def test_a_changed_answer_takes_back_what_depended_on_it() -> None:
    """Somebody who goes back and answers differently does not leave answers to what they no longer see."""
    walk = Walk(
        survey(Page(YesNo("plays", "?")), Page(Text("which", "?"), when="{plays}"), Page(Text("z", "?")))
    )
    walk.send(plays=True)
    walk.send(which="chess")
    walk.back()
    walk.back()
    walk.send(plays=False)
    done = walk.send(z="z")
    assert isinstance(done, Accepted)
    assert (done.answers["which"], done.answers["_order"]) == (None, ["plays", "z"])


def test_a_script_that_was_changed_in_the_middle_goes_on() -> None:
    """Somebody whose page is not there any more comes to the next one, or can finish."""
    walk = Walk(survey(Page(Text("a", "?")), Page(Text("b", "?")), Page(Text("c", "?"))))
    walk.send(a="1")
    walk.send(b="2")
    walk.scene = survey(Page(Text("a", "?")), Page(Text("d", "?")))
    assert walk.asked == ["d"]
    done = walk.send(d="4")
    assert isinstance(done, Accepted)
    assert (done.answers["a"], done.answers["d"]) == ("1", "4")


def test_a_survey_in_which_nothing_is_shown() -> None:
    """Where no condition holds there is a page with nothing on it, which can be left."""
    walk = Walk(
        survey(Page(Text("a", "?"), when="{arm} == 'x'"), Quiz(YesNo("q", "?", correct=True), when="{arm}"))
    )
    assert walk.asked == []
    done = walk.send(a="1", q=False)
    assert isinstance(done, Accepted)
    assert (done.answers["a"], done.answers["_order"], done.ending) == (None, [], "")


def test_facts_of_earlier_scenes_decide() -> None:
    """Conditions and texts can be about earlier scenes; what is decided does not get to the page."""
    facts = {"game.reward": 3, "arm": "ai", "intro.team": {"fun": 2}, "secret": "x"}
    scene = survey(
        Text("a", "You had {game.reward} points.", when="{game.reward} > 2 and {arm} == 'ai'"),
        Text("b", "?", when="{intro.team.fun} == 2"),
        Text("c", "?", when="{nothing.there}"),
    )
    page = Walk(scene, **facts).page
    assert [(item["name"], item["when"]) for item in page["items"]] == [("a", None), ("b", None)]
    assert (page["known"], page["shown"]) == ({}, {"game.reward": "3"})
    done = scene.accept_from(Visitor("s", 1, facts), {"a": "1", "b": "2", "c": "3"})
    assert isinstance(done, Accepted)
    assert done.answers["_order"] == ["a", "b"]


def test_the_page_knows_of_other_conditions_what_it_has_to() -> None:
    """What depends on its own questions it decides itself; of treatments that hide things it gets nothing."""
    scene = survey(
        Page(YesNo("first", "?")),
        Page(
            Text("a", "?"),
            Text("b", "?", when="{a} == 'x' and {first} and {arm} == 'ai'"),
            Text("human", "Is {arm} better?", when="{arm} == 'human'"),
            Text("after", "?", when="{human} == 'x'"),
            Note("Only for {team}.", when="not {first}"),
            header="Hello {name}",
        ),
    )
    walk = Walk(scene, arm="ai", name="Ann", team="red")
    walk.send(first=True)
    page = walk.page
    assert walk.asked == ["a", "b"]
    assert (page["known"], page["shown"]) == ({"arm": "ai", "first": True}, {"name": "Ann"})
    assert "human" not in str(page["items"])


@pytest.mark.parametrize(
    "garbage",
    [
        LONG,
        10**30,
        -1,
        1e308,
        True,
        None,
        [],
        [LONG],
        {"a": LONG},
        "\ud800",
        [["a"]],
        "<script>alert(1)</script>",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_any_answer_is_judged(garbage) -> None:
    """Nothing that a browser can send makes a survey fail, or is stored without being an answer."""
    scene = survey(
        Number("n", "?", maximum=5), Choice("c", "?", options=["a", "b"]), Choices("d", "?", options=[*"ab"]),
        Likert("l", "?"), Matrix("m", "?", rows=["r"], options=[1, 2]), Slider("s", "?"),
        Ranking("r", "?", options=["a", "b"]), Agree("y", "?"),
        *(Text(f"t{number}", "?", when="{n} > 1 or {m.r} == 1") for number in range(2)),
    )  # fmt: skip
    names = [question.name for question in scene.all_questions]
    for sent in (dict.fromkeys(names, garbage), {"$step": garbage}, {"$step": 0, "$seconds": garbage}):
        decision = scene.accept_from(Visitor("s", 1), sent)
        assert not isinstance(decision, Accepted)
    good = {"n": 2, "c": "a", "d": ["a"], "l": 3, "m": {"r": 1}, "s": 7.5, "r": ["b", "a"], "y": True}
    good |= {"t0": "x", "t1": "y"}
    assert isinstance(scene.accept(good), Accepted)
    for name in names:
        decision = scene.accept(good | {name: garbage})
        text = name in ("t0", "t1") and isinstance(garbage, str) and garbage not in (LONG, "\ud800")
        legal = text or (name == "y" and garbage is True) or (name == "n" and garbage == -1)
        assert isinstance(decision, Accepted) == legal, name


def test_script_is_text_and_long_answers_are_refused() -> None:
    """What looks like a program is stored as it was typed; what is too long is refused with a sentence."""
    scene = survey(LongText("t", "?", most=30))
    typed = "<script>alert('x')</script>"
    assert scene.accept({"t": typed}) == Accepted({"t": typed, "_order": ["t"], "_seconds": {"t": None}})
    assert scene.accept({"t": LONG}) == Rejected({"t": "Please write at most 30 characters."})


def test_orders_are_drawn_for_each_participant_and_recorded() -> None:
    """The same seed gives the same order, others give others; what stays and what depends keeps its place."""
    options = [*"abcdef", Option("none", stays=True)]
    items = [
        YesNo("plays", "?"),
        Text("why", "?", when="{plays}"),
        *(Text(f"q{number}", "?") for number in range(6)),
    ]
    scene = survey(
        Page(*items, shuffle=True),
        Page(Choice("c", "?", options=options, shuffle=True)),
        Page(Text("z", "?")),
    ).pages(shuffle=True)
    orders = set()
    for seed in range(30):
        walk, again = Walk(scene, seed), Walk(scene, seed)
        order: list[str] = []
        while True:
            assert walk.page == again.page
            asked = walk.asked
            if "plays" in asked:
                assert asked.index("why") == asked.index("plays") + 1
            if asked == ["c"]:
                shown = [option["value"] for option in walk.page["items"][0]["options"]]
                assert shown[-1] == "none"
            order += asked
            answers = dict.fromkeys(asked, "x") | ({"plays": True} if "plays" in asked else {"c": "a"})
            done = walk.send(**answers)
            again.send(**answers)
            if isinstance(done, Accepted):
                break
        assert (done.answers["_order"], done.answers["_options"]) == (order, {"c": shown})
        orders.add((*order, *shown))
    assert len(orders) > 25


def test_a_quiz_comes_again_until_it_is_right() -> None:
    """Wrong answers are said to be wrong, with hints; every attempt counts; the page has no solutions."""
    scene = survey(
        Quiz(
            YesNo("lose", "?", correct=False, hint="Never."),
            Choices("d", "?", options=[*"ab"], correct=["a", "b"]),
        ),
        Text("end", "?"),
    )
    walk = Walk(scene)
    assert "correct" not in str(walk.page["items"])
    assert "Never." not in str(walk.page)
    first = walk.send(lose=True, d=["a"])
    assert isinstance(first, Rejected)
    assert first.errors == {
        "lose": "Never.", "d": "This is not right yet.",
        "": "Not everything is right yet. You can try 2 more times.",
    }  # fmt: skip
    kept = dict(walk.visitor.kept.answers)
    assert (kept["lose"], kept["d"], kept["_attempts"]) == (True, ["a"], {"quiz": 1})
    assert kept["_correct"] == {"lose": False, "d": False}
    assert walk.send(lose=None, d=["b", "a"]) == Rejected({"lose": "Please answer this question."})
    assert walk.visitor.kept.notes["attempts"] == {"quiz": 1}
    assert isinstance(walk.send(lose=False, d=["b", "a"]), Continued)
    assert walk.page["back"] is False
    done = walk.send(end="x")
    assert isinstance(done, Accepted)
    assert (done.ending, done.answers["_attempts"]) == ("", {"quiz": 2})
    assert done.answers["_correct"] == {"lose": True, "d": True}


def test_an_attempt_changes_nothing_on_the_page() -> None:
    """It need not be shown anew; and the seconds, which it counts on from its beginning, count once."""
    quiz = Quiz(YesNo("lose", "?", correct=False), attempts=None)
    walk = Walk(survey(Page(Text("a", "?")), quiz, Text("end", "?")))
    walk.send(a="1", **{"$seconds": {"a": 1}})
    page = walk.page
    for seconds in (2.0, 5.0):
        assert isinstance(walk.send(lose=True, **{"$seconds": {"lose": seconds}}), Rejected)
        assert walk.page == page
    walk.send(lose=False, **{"$seconds": {"lose": 6.5}})
    done = walk.send(end="x")
    assert isinstance(done, Accepted)
    assert done.answers["_seconds"] == {"a": 1.0, "lose": 6.5, "end": None}


@pytest.mark.parametrize(("then", "ending"), [("end", FAILED_CHECK), ("continue", "")])
def test_a_quiz_that_stays_wrong(then, ending) -> None:
    """After the last attempt the study ends, or goes on with the failure recorded."""
    quiz = Quiz(YesNo("lose", "?", correct=False), attempts=2, then=then, name="rules")
    walk = Walk(survey(quiz, Text("later", "?", required=False, correct="x")))
    walk.send(lose=True)
    done = walk.send(lose=True)
    if then == "continue":
        assert isinstance(done, Continued)
        done = walk.send(later="")
    assert isinstance(done, Accepted)
    assert (done.ending, done.answers["lose"]) == (ending, True)
    assert done.answers["_attempts"] == {"rules": 2}
    assert done.answers["_correct"] == {"lose": False, "later": None if ending else False}
    assert done.answers["_order"] == ["lose"] if ending else ["lose", "later"]


def test_attempts_are_counted_however_they_are_sent() -> None:
    """Sending everything at once gives no further attempts."""
    scene = survey(Quiz(YesNo("lose", "?", correct=False), attempts=3))
    walk = Walk(scene)
    walk.send(lose=True)
    second = scene.accept_from(walk.visitor, {"lose": True})
    assert isinstance(second, Rejected)
    assert second.kept is not None
    third = scene.accept_from(attrs.evolve(walk.visitor, kept=second.kept), {"lose": True})
    assert isinstance(third, Accepted)
    assert third.ending == FAILED_CHECK


@pytest.mark.parametrize(
    ("allowed", "failures", "ending"), [(None, 2, ""), (1, 1, ""), (1, 2, FAILED_CHECK), (0, 1, FAILED_CHECK)]
)
def test_attention_checks(allowed, failures, ending) -> None:
    """Failed checks are recorded without a word, and end the study when there are more than allowed."""
    checks = [Choice(f"c{number}", "?", options=["red", "blue"], correct="blue") for number in range(2)]
    scene = survey(*checks)
    if allowed is not None:
        scene.checks(most_failed=allowed)
    answers = {f"c{number}": "red" if number < failures else "blue" for number in range(2)}
    done = scene.accept(answers)
    assert isinstance(done, Accepted)
    assert done.ending == ending
    assert done.answers["_correct"] == {"c0": failures < 1, "c1": failures < 2}


@pytest.mark.parametrize(
    ("answer", "right"), [("blue", True), (" Blue ", True), ("BLAU", True), ("blues", False), ("", False)]
)
def test_a_right_text_may_have_capitals_and_spaces_around_it(answer, right) -> None:
    """Keyboards of phones add them, and nobody should be turned away for that; what is stored is as typed."""
    scene = survey(Text("word", "Write blue.", required=False, correct=["blue", "blau"])).checks(
        most_failed=0
    )
    done = scene.accept({"word": answer})
    assert isinstance(done, Accepted)
    assert (done.ending == "", done.answers["_correct"]) == (right, {"word": right})
    assert done.answers["word"] == (answer or None)


def test_whole_numbers_are_stored_whole() -> None:
    """A number that a browser sends as 3.0 is 3 in the data."""
    done = survey(Number("n", "?")).accept({"n": 3.0})
    assert isinstance(done, Accepted)
    assert repr(done.answers["n"]) == "3"


def test_ready_questionnaires_are_right_and_can_be_used_twice() -> None:
    """Every questionnaire that comes with mug can be asked; a prefix keeps two of a kind apart."""
    scene = survey(
        Questionnaire("demographics"), Questionnaire("demographics", "again_"),
        Questionnaire("nasa_tlx_raw", "first_"), Questionnaire("nasa_tlx_raw", "second_"),
        Questionnaire("partner_perception"),
    )  # fmt: skip
    names = [question.name for question in scene.all_questions]
    assert {"age", "first_effort", "second_effort", "human", "again_gender_own_words"} <= set(names)
    own_words = next(
        question for question in scene.all_questions if question.name == "again_gender_own_words"
    )
    assert own_words.when is not None
    assert own_words.when.source == "{again_gender} == 'other'"


OWN = {
    "pages": [
        {
            "header": "Hello",
            "items": [
                {"type": "note", "text": "Only two."},
                {"type": "yes_no", "name": "plays", "text": "Do you play?"},
                {
                    "type": "choice",
                    "name": "what",
                    "text": "What?",
                    "options": ["a", ["b", "B"]],
                    "when": "{plays}",
                },
            ],
        }
    ]
}


def test_own_questionnaires_are_files(tmp_path) -> None:
    """A file with pages of questions is a questionnaire, wherever it is."""
    file = tmp_path / "own.json"
    file.write_text(json.dumps(OWN))
    scene = survey(Questionnaire(file, prefix="x_"))
    assert [question.name for question in scene.all_questions] == ["x_plays", "x_what"]
    assert Walk(scene).page["items"][2]["when"] == ["ref", "x_plays"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "cannot be read"),
        ("{}", "not of the form"),
        ('{"pages": [{"items": [{"type": "txt", "name": "a"}]}]}', "no type of question 'txt'"),
        (
            '{"pages": [{"items": [{"type": "text", "name": "a", "text": "?", "mots": 3}]}]}',
            "no setting 'mots'",
        ),
    ],
)
def test_files_that_are_no_questionnaires(content, what, tmp_path) -> None:
    """What is wrong with a file is said, with its name or its question's."""
    file = tmp_path / "own.json"
    file.write_text(content)
    problems = Survey().scene(scene_id="s").questions(Questionnaire(file)).problems()
    assert any(what in problem.what for problem in problems)
