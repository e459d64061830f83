"""How a check says that a law is broken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class ConformanceError(AssertionError):
    """A component breaks a law; the message is a plain sentence for its author."""


def require(holds: object, sentence: str) -> None:
    """Break the law unless the condition holds.

    Raises:
        ConformanceError: it does not.
    """
    if not holds:
        raise ConformanceError(sentence)


@contextlib.contextmanager
def blaming(what: str) -> Iterator[None]:
    """Turn an exception of the component under check into a broken law.

    Args:
        what: what was done, as the beginning of the sentence: ``"propose() with nobody waiting"``.

    Raises:
        ConformanceError: something inside the block raised.
    """
    try:
        yield
    except ConformanceError:
        raise
    except Exception as error:
        raise ConformanceError(f"{what} raised {type(error).__name__}: {error}") from error
