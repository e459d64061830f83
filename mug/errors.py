"""What mug says to researchers and plugin authors when something is wrong.

Every error names what is wrong, where, and what would be right, each on a line of its own. Participants never
see these: they read plain sentences that the scenes and the server write for them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import attrs


@attrs.frozen
class Problem:
    """One thing that is wrong with an experiment.

    Attributes:
        where: the scene and the setting, as the script spells them: ``"scene 'game', .rendering(fps=)"``.
        what: what was expected and what was given: ``"fps must be a whole number from 1 to 120, got '30'"``.
        fix: what to write instead, or empty when there is no single answer: ``"write fps=30"``.
    """

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        """Up to three lines: what, where, fix."""
        return _three_lines(self.what, self.where, self.fix)


class MugError(Exception):
    """An error that its reader can put right; shown without a traceback.

    Args:
        what: one sentence saying what is wrong.
        where: the file, scene, setting or command it is about.
        fix: what to do about it.
    """

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what, where, fix)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """Up to three lines: what, where, fix."""
        return _three_lines(self.what, self.where, self.fix)


class ConfigurationError(MugError):
    """An experiment cannot run as configured; carries every problem found, not just the first.

    Args:
        problems: all of them, in the order the script meets them; a single one may be passed as it is.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError("a ConfigurationError needs at least one problem")
        first = self.problems[0]
        super().__init__(first.what, first.where, first.fix)
        self.args = (self.problems,)

    def __str__(self) -> str:
        """The one problem, or all of them numbered."""
        if len(self.problems) == 1:
            return str(self.problems[0])
        return "\n".join(
            [
                f"{len(self.problems)} problems:",
                *(numbered(n, p) for n, p in enumerate(self.problems, start=1)),
            ]
        )


class PluginError(MugError):
    """A plugin breaks the contract, or two plugins contradict each other.

    Args:
        what: one sentence saying what is wrong.
        plugin: the name of the plugin it is about.
        where: the function or hook it is about.
        fix: what the plugin's author, or the script, should change.
    """

    def __init__(self, what: str, plugin: str, where: str = "", fix: str = "") -> None:
        super().__init__(what, where or f"plugin '{plugin}'", fix)
        self.plugin = plugin
        self.args = (what, plugin, self.where, fix)


def numbered(number: int, problem: Problem) -> str:
    """One problem as an item of a numbered list, its lines aligned behind the number."""
    label = f"{number}. "
    return label + str(problem).replace("\n", "\n" + " " * len(label))


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """``"did you mean 'fps'?"`` when one of the choices is close to the word, else an empty string."""
    options = list(choices)
    lowered = {option.lower(): option for option in reversed(options)}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f"did you mean '{lowered[close[0]]}'?" if close else ""


def _three_lines(what: str, where: str, fix: str) -> str:
    lines = [what]
    if where:
        lines.append(f"  in:  {where}")
    if fix:
        lines.append(f"  fix: {fix}")
    return "\n".join(lines)
