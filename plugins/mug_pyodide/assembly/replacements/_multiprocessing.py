"""Stands for what ``multiprocessing`` is built on, so that packages that import it without using it can."""


class SemLock:
    """A lock between processes; there is only one."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, *arguments: object, **named: object) -> None:
        raise OSError("A browser has no processes that could share a lock")


def sem_unlink(name: str) -> None:
    """Remove a lock by its name; there can be none."""
    raise FileNotFoundError(name)


flags: dict[str, int] = {}
