"""The checks for scenes accept good ones and reject each kind of broken one."""

import pytest

from mug.configurations.configuration_constants import PolicyTypes
from mug.configurations.kinds import Text
from mug.configurations.settings import NOT_GIVEN, Setting, Settings
from mug.scenes.gym_scene import GymScene
from mug.scenes.scene import Accepted, Rejected, Scene
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, StaticScene, WaitScene
from mug.testing import conformance
from mug.testing.conformance import ConformanceError, scenes
from mug.testing.envs import Corridor

ASK = Settings("ask", Setting("question", Text(200), "What is asked.", "How are you?"))


class Question(Scene):
    """The good one that the broken ones are made from: one question, answered by one line of text."""

    kind = "question"

    @ASK.implements
    def ask(self, *, question=NOT_GIVEN, **unknown):
        """Say what is asked."""
        return self

    def fields(self):
        return ("answer",)

    def page(self):
        return {"question": self.setting("question"), "lines": [1]}

    def accept(self, answers):
        answer = answers.get("answer")
        if isinstance(answer, str) and 0 < len(answer) < 100 and answer.isprintable():
            return Accepted({"answer": answer})
        return Rejected({"answer": "Please write a line."})


class Kindless(Question):
    kind = ""


class ShoutedKind(Question):
    kind = "Question!"


class Nameless(Question):
    def problems(self):
        return []


class ForgetsProblems(Question):
    def problems(self):
        return [problem for problem in super().problems() if "scene_id" in problem.where]


class RaisesAtOnce(Question):
    @ASK.implements
    def ask(self, *, question=NOT_GIVEN, **unknown):
        """Say what is asked, and insist on text."""
        if question is not NOT_GIVEN and not isinstance(question, str):
            raise TypeError("a question is text")
        return self


class BreaksTheChain(Question):
    @ASK.implements
    def ask(self, *, question=NOT_GIVEN, **unknown):
        """Say what is asked, and return nothing."""


class SendsSets(Question):
    def page(self):
        return super().page() | {"choices": {1, 2}}


class SendsInfinity(Question):
    def page(self):
        return super().page() | {"limit": float("inf")}


class SendsNumberedKeys(Question):
    def page(self):
        return super().page() | {"choices": {1: "a"}}


class PersonalNonsense(Question):
    def page_for(self, visitor):
        return {"greeting": visitor.subject_id.encode()}


class NoPage(Question):
    def page(self):
        return None


class GivesItselfAway(Question):
    def __init__(self):
        super().__init__()
        self.lines = [1]

    def page(self):
        return super().page() | {"lines": self.lines}


class Counts(Question):
    shown = 0

    def page(self):
        self.shown += 1
        return super().page() | {"number": self.shown}


class Trusts(Question):
    def accept(self, answers):
        return Accepted({"answer": answers["answer"].strip()})


class SaysTrue(Question):
    def accept(self, answers):
        return True


class SaysTrueToSome(Question):
    def accept_from(self, visitor, answers):
        return visitor.subject_id == "subject-1" or self.accept(answers)


class RejectsSilently(Question):
    def accept(self, answers):
        decision = super().accept(answers)
        return decision if isinstance(decision, Accepted) else Rejected({"answer": ""})


class RejectsWithoutReason(Question):
    def accept(self, answers):
        decision = super().accept(answers)
        return decision if isinstance(decision, Accepted) else Rejected({})


class StoresEverything(Question):
    def accept(self, answers):
        return Accepted(answers)


class StoresBytes(Question):
    def accept(self, answers):
        return Accepted({"answer": str(answers.get("answer")).encode(errors="replace")})


class ChangesAnswers(Question):
    def accept(self, answers):
        answers["checked"] = True
        return super().accept(answers)


class RemembersAnswers(Question):
    last = ""

    def page(self):
        return super().page() | {"last": self.last}

    def accept(self, answers):
        self.last = repr(answers)
        return super().accept(answers)


class OnlyOnce(Question):
    done = False

    def accept(self, answers):
        if self.done:
            return Rejected({"": "Somebody else was quicker."})
        self.done = True
        return super().accept(answers)


class NeverFreezes(Question):
    def freeze(self):
        pass


SPECIMENS = [
    ("check_says_what_shows_it", Kindless, "kind must be a name"),
    ("check_says_what_shows_it", ShoutedKind, "kind must be a name"),
    ("check_a_missing_name_is_a_problem", Nameless, "extend super().problems()"),
    ("check_mistakes_are_collected", ForgetsProblems, "neither used nor reported"),
    ("check_mistakes_are_collected", RaisesAtOnce, "raised TypeError: a question is text"),
    ("check_mistakes_are_collected", BreaksTheChain, "calls cannot be chained"),
    ("check_the_page_is_json", SendsSets, "page['choices'] is {1, 2}, which is not a JSON value"),
    ("check_the_page_is_json", SendsInfinity, "page['limit'] is inf"),
    ("check_the_page_is_json", SendsNumberedKeys, "has the key 1"),
    ("check_the_page_is_json", PersonalNonsense, "page['greeting'] is b'subject-1'"),
    ("check_the_page_is_json", NoPage, "page() must return a dict, got None"),
    ("check_the_page_is_always_the_same", GivesItselfAway, "gives away its own state"),
    ("check_the_page_is_always_the_same", Counts, "gives something else"),
    ("check_any_answer_is_accepted_or_rejected", Trusts, "raised KeyError"),
    ("check_any_answer_is_accepted_or_rejected", SaysTrue, "returned True"),
    ("check_any_answer_is_accepted_or_rejected", SaysTrueToSome, "returned True, which is no decision"),
    ("check_rejections_are_explained", RejectsSilently, "without a sentence for the participant"),
    ("check_rejections_are_explained", RejectsWithoutReason, "without a sentence for the participant"),
    ("check_only_its_own_answers_are_stored", StoresEverything, "which fields() does not name"),
    ("check_only_its_own_answers_are_stored", StoresBytes, "gave as JSON raised TypeError"),
    ("check_accepting_changes_nothing", ChangesAnswers, "changed the answers"),
    ("check_accepting_changes_nothing", RemembersAnswers, "accept() changed the scene"),
    ("check_accepting_changes_nothing", OnlyOnce, "decided differently the second time"),
    ("check_frozen_means_frozen", NeverFreezes, ".scene() can still be called after freeze()"),
]


def form():
    """A page with a required field, as documents describe it."""
    return (
        StaticScene()
        .scene(scene_id="form")
        .display(scene_header="You", scene_body='<input name="age" required>', element_ids=["age"])
    )


def game():
    """A game scene that can be played."""
    return (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Corridor)
        .policies(policy_mapping={"player_0": PolicyTypes.Human})
        .gameplay(action_mapping={"ArrowLeft": 1, "ArrowRight": 2}, default_action=0)
    )


@pytest.mark.parametrize(
    "factory", [Question, StartScene, StaticScene, form, WaitScene, EndScene, CompletionCodeScene, game]
)
@pytest.mark.parametrize("check", conformance.scene, ids=lambda check: check.__name__)
def test_good_scenes_pass(check, factory):
    """Correct scenes pass every check: mug's own ones, and a plugin's."""
    check(factory)


@pytest.mark.parametrize(
    ("name", "factory", "sentence"), SPECIMENS, ids=lambda value: getattr(value, "__name__", None)
)
def test_broken_scenes_are_rejected(name, factory, sentence):
    """Each broken scene is rejected by the check for its defect, in words that name it."""
    with pytest.raises(ConformanceError) as caught:
        getattr(scenes, name)(factory)
    assert sentence in str(caught.value)


def test_every_check_rejects_something():
    """No check is there that accepts everything."""
    assert {name for name, _, _ in SPECIMENS} == {check.__name__ for check in conformance.scene}


@pytest.mark.parametrize("check", scenes.CHECKS[len(scenes.CLASS_CHECKS) :], ids=lambda check: check.__name__)
def test_an_unfinished_scene_is_not_checked_blindly(check):
    """What needs a finished scene refuses to pass an unfinished one."""
    with pytest.raises(ConformanceError, match="must be without problems"):
        check(GymScene)
