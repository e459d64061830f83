"""The forms that a text can have to have: ``[A-Z]{2}[0-9]{4}``.

They are written as regular expressions that browsers and Python read alike. Here they are matched in a time
that grows no faster than the text and the form do: whoever answers must not be able to stop a server.
"""

from __future__ import annotations

import functools
import re

ATOM = r"\[[A-Za-z0-9 _.,:;@/+-]+\]|[A-Za-z0-9 _,:;@/-]|\\[.d+]"
MOST_PIECES = 30
MOST_LOOSE, MOST_ENDLESS = 6, 3
"""How many pieces may have no fixed length, and how many a length from a range or without an end."""
_PIECE = re.compile(rf"({ATOM})(?:\{{(\d{{1,3}})(?:(,)(\d{{0,3}}))?\}}|([?+*]))?")
_COUNTS = {"?": (0, 1), "+": (1, None), "*": (0, None), "": (1, 1)}


def is_pattern(text: str) -> bool:
    """Whether a text describes a form: characters, sets of them, and counts."""
    if not re.fullmatch(f"(?:{_PIECE.pattern}){{1,{MOST_PIECES}}}", text):
        return False
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def is_simple(pattern: str) -> bool:
    """Whether browsers, which try out every way to match, are done with a form in a moment too."""
    loose = [most for _, least, most in _pieces(pattern) if most != least]
    return len(loose) <= MOST_LOOSE and sum(most != 1 for most in loose) <= MOST_ENDLESS


def fits(pattern: str, text: str) -> bool:
    """Whether a text as a whole has a form."""
    # Bit n: what was read of the form can have ended before the n-th character.
    ends = 1
    for atom, least, most in _pieces(pattern):
        letters = {letter for letter in set(text) if atom.fullmatch(letter)}
        here = sum(1 << place for place, letter in enumerate(text) if letter in letters)
        reached = ends
        ends = ends if least == 0 else 0
        for count in range(1, min(len(text) if most is None else most, len(text)) + 1):
            reached = (reached & here) << 1
            if not reached:
                break
            if count >= least:
                ends |= reached
    return bool(ends >> len(text) & 1)


@functools.lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[tuple[re.Pattern[str], int, int | None], ...]:
    """Return the pieces of a form: a set of characters, and how many of these at least and at most."""
    pieces = []
    for atom, low, comma, high, sign in _PIECE.findall(pattern):
        least, most = _COUNTS[sign]
        if low:
            least, most = int(low), int(high) if high else None if comma else int(low)
        pieces.append((re.compile(atom, re.ASCII), least, most))
    return tuple(pieces)
