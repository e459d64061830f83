"""The arguments that every experiment script takes: ``python script.py --host H --port P --data-dir D``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from mug.errors import MugError, did_you_mean


@attrs.frozen
class Arguments:
    """Where to serve and where to keep the data; None leaves it to the configuration."""

    host: str | None = None
    port: int | None = None
    data_dir: Path | None = None


class _Port(click.IntRange):
    """A port; named so that messages say what is expected."""

    name = "port number"


def options() -> list[click.Parameter]:
    """The options as click has them, for the script's own command line and for ``mug run``."""
    return [
        click.Option(
            ["--host"], metavar="ADDRESS", help="The address to listen on, e.g. 0.0.0.0 for everybody."
        ),
        click.Option(
            ["--port"],
            type=_Port(0, 65535),
            metavar="PORT",
            help="The port to listen on; 0 picks a free one.",
        ),
        click.Option(
            ["--data-dir"],
            type=click.Path(path_type=Path, file_okay=False),
            metavar="FOLDER",
            help="Where data goes.",
        ),
    ]


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Read a script's arguments; ``--help`` prints them and ends the process.

    Raises:
        MugError: an unknown argument or a wrong value, with a suggestion.
    """
    command = click.Command("script.py", params=options(), help="Serve this experiment.")
    try:
        context = command.make_context("script.py", list(argv))
    except click.exceptions.Exit as stop:
        raise SystemExit(stop.exit_code) from None
    except click.NoSuchOption as error:
        raise _unknown(error.option_name) from None
    except click.UsageError as error:
        raise MugError(error.format_message(), "the script's arguments") from None
    with context:
        return Arguments(**context.params)


def _unknown(option: str) -> MugError:
    known = [name for parameter in options() for name in parameter.opts]
    own = "take arguments that the script reads itself out of sys.argv before app.run"
    return MugError(
        f"there is no argument '{option}'",
        "the script's arguments",
        did_you_mean(option, known) or f"the known ones are {', '.join(known)}; {own}",
    )
