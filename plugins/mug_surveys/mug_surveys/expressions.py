"""The language of conditions: ``{age} >= 18 and "chess" in {games}``.

Names of questions stand in braces, and so do answers and outcomes of earlier scenes: ``{about_you.age}``.
There are numbers, texts in quotes, ``true``, ``false``, ``null``, lists, ``and or not``, ``== != < <= > >=``,
``in`` and ``not in``, ``+ - * /`` and parentheses; nothing else, and nothing is ever executed. A question
that was not answered, or not shown, is null. What cannot be compared or calculated gives false or null, never
an error.

An expression is parsed once, here, into nested lists: ``["and", [">=", ["ref", "age"], ["lit", 18]], …]``.
The page gets these and evaluates them as `evaluate` does.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mug_surveys.values import less, number_in, same, truth, within

Tree = list[Any]
Lookup = Callable[[str], object]

LONGEST = 1000
DEEPEST = 30
NAME = r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>\d+(?:\.\d+)?)
    | (?P<text>"[^"]*"|'[^']*')
    | \{{\s*(?P<ref>{NAME})\s*\}}
    | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/()<>\[\],=!])
    | (?P<word>[A-Za-z_][A-Za-z0-9_.-]*)
    )""",
    re.VERBOSE,
)
_HABITS = {"&&": "and", "||": "or", "=": "==", "!": "not"}
_CONSTANTS = {"true": True, "false": False, "null": None}
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


class ExpressionError(Exception):
    """An expression that is none; ``what`` is wrong with it, and ``fix`` says what would be right."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def parse(source: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        ExpressionError: it is none.
    """
    if len(source) > LONGEST:
        raise ExpressionError(f"the expression has {len(source)} characters, at most {LONGEST} are possible")
    return _Parser(list(_tokens(source))).whole()


def names_in(tree: Tree) -> Iterator[str]:
    """Yield the names that an expression refers to."""
    if tree[0] == "ref":
        yield tree[1]
    elif tree[0] != "lit":
        for part in tree[1:]:
            yield from names_in(part)


def evaluate(tree: Tree, lookup: Lookup) -> object:
    """Return the value of an expression; ``lookup`` gives the value of a name, None for an unknown one."""
    kind, *parts = tree
    if kind == "lit":
        return parts[0]
    if kind == "ref":
        return lookup(parts[0])
    if kind == "and":
        return truth(evaluate(parts[0], lookup)) and truth(evaluate(parts[1], lookup))
    if kind == "or":
        return truth(evaluate(parts[0], lookup)) or truth(evaluate(parts[1], lookup))
    values = [evaluate(part, lookup) for part in parts]
    return _OPERATIONS[kind](*values)


def _calculate(operation: Callable[[float, float], float]) -> Callable[[object, object], object]:
    def calculate(one: object, other: object) -> object:
        first, second = number_in(one), number_in(other)
        if first is None or second is None:
            return None
        try:
            result = operation(first, second)
        except ArithmeticError:
            return None
        return result if math.isfinite(result) else None

    return calculate


_OPERATIONS: dict[str, Callable[..., object]] = {
    "list": lambda *items: list(items),
    "not": lambda value: not truth(value),
    "==": same,
    "!=": lambda one, other: not same(one, other),
    "<": less,
    ">": lambda one, other: less(other, one),
    "<=": lambda one, other: less(one, other) or (_ordered(one, other) and same(one, other)),
    ">=": lambda one, other: less(other, one) or (_ordered(one, other) and same(one, other)),
    "in": within,
    "not in": lambda part, whole: not within(part, whole),
    "+": _calculate(operator.add),
    "-": _calculate(operator.sub),
    "*": _calculate(operator.mul),
    "/": _calculate(operator.truediv),
}


def _ordered(one: object, other: object) -> bool:
    numbers = number_in(one) is not None and number_in(other) is not None
    return numbers or (isinstance(one, str) and isinstance(other, str))


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    at = 0
    end = len(source.rstrip())
    while at < end:
        found = _TOKEN.match(source, at)
        if found is None:
            rest = source[at:].strip()
            if rest[0] in "\"'":
                raise ExpressionError(
                    f"the text that begins with {rest[:12]!r} has no end", "close the quote"
                )
            if rest[0] == "{":
                raise ExpressionError(f"{rest[:20]!r} is no name in braces", "write {name} or {scene.name}")
            raise ExpressionError(f"{rest[0]!r} has no meaning here")
        kind = found.lastgroup or ""
        text = found[kind]
        if kind == "sign" and text in _HABITS:
            raise ExpressionError(f"{text!r} has no meaning here", f"write '{_HABITS[text]}'")
        yield kind, text
        at = found.end()


class _Parser:
    """Reads tokens from left to right, one method for each rule of the grammar."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Tree:
        if not self._tokens:
            raise ExpressionError("the expression is empty", 'write for example "{age} >= 18"')
        tree = self._or()
        if self._at < len(self._tokens):
            raise ExpressionError(f"{self._next()[1]!r} comes after the end of the expression")
        return tree

    def _or(self) -> Tree:
        tree = self._and()
        while self._takes("word", "or"):
            tree = ["or", tree, self._and()]
        return tree

    def _and(self) -> Tree:
        tree = self._not()
        while self._takes("word", "and"):
            tree = ["and", tree, self._not()]
        return tree

    def _not(self) -> Tree:
        if self._takes("word", "not"):
            with_depth = self._deeper(self._not)
            return ["not", with_depth]
        return self._comparison()

    def _comparison(self) -> Tree:
        tree = self._sum()
        kind, text = self._next()
        if kind == "sign" and text in _COMPARISONS:
            self._at += 1
            return [text, tree, self._sum()]
        if self._takes("word", "in"):
            return ["in", tree, self._sum()]
        if (kind, text) == ("word", "not"):
            self._at += 1
            if not self._takes("word", "in"):
                raise ExpressionError("'not' stands between two values", "write 'not in', '!=' or 'and not'")
            return ["not in", tree, self._sum()]
        return tree

    def _sum(self) -> Tree:
        tree = self._product()
        while (sign := self._takes_one("+-")) is not None:
            tree = [sign, tree, self._product()]
        return tree

    def _product(self) -> Tree:
        tree = self._unary()
        while (sign := self._takes_one("*/")) is not None:
            tree = [sign, tree, self._unary()]
        return tree

    def _unary(self) -> Tree:
        if self._takes("sign", "-"):
            return ["-", ["lit", 0], self._deeper(self._unary)]
        return self._atom()

    def _atom(self) -> Tree:
        kind, text = self._next()
        self._at += 1
        match kind, text:
            case "number", _:
                number = float(text) if "." in text else int(text)
                if number > 2**53:
                    raise ExpressionError(f"the number {text} is too large")
                return ["lit", number]
            case "text", _:
                return ["lit", text[1:-1]]
            case "ref", _:
                return ["ref", text]
            case "word", _ if text in _CONSTANTS:
                return ["lit", _CONSTANTS[text]]
            case "word", _ if text.lower() in _CONSTANTS:
                raise ExpressionError(f"{text!r} has no meaning here", f"write {text.lower()}")
            case "word", "and" | "or" | "in" | "not":
                raise ExpressionError(f"there is no value before or after {text!r}")
            case "word", _:
                raise ExpressionError(f"{text!r} has no meaning here", f"write {{{text}}} or '{text}'")
            case "sign", "(":
                tree = self._deeper(self._or)
                self._close(")")
                return tree
            case "sign", "[":
                return ["list", *self._items()]
        raise ExpressionError(
            f"there is no value before {text!r}" if text else "a value is missing at the end"
        )

    def _items(self) -> list[Tree]:
        if self._takes("sign", "]"):
            return []
        items = [self._deeper(self._or)]
        while self._takes("sign", ","):
            items.append(self._deeper(self._or))
        self._close("]")
        return items

    def _close(self, sign: str) -> None:
        if not self._takes("sign", sign):
            raise ExpressionError(f"a '{sign}' is missing")

    def _deeper(self, rule: Callable[[], Tree]) -> Tree:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(f"the expression is nested more than {DEEPEST} levels deep")
        tree = rule()
        self._depth -= 1
        return tree

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _takes(self, kind: str, text: str) -> bool:
        if self._next() != (kind, text):
            return False
        self._at += 1
        return True

    def _takes_one(self, signs: str) -> str | None:
        kind, text = self._next()
        if kind == "sign" and text in signs:
            self._at += 1
            return text
        return None
