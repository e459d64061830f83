"""``mug new-plugin``: a working plugin package to start from, with a test that proves it right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from string import Template

import click

import mug
from mug.core.plugins import PluginSet
from mug.errors import MugError

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SUFFIX = ".template"


@click.command
@click.argument("kind", type=click.Choice(["matchmaker"]))
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write the package; mug-NAME by default. It must not exist.",
)
def new_plugin(kind: str, name: str, directory: Path | None) -> None:
    """Write a plugin package for a KIND of component, called NAME.

    The package works as it is: install it with pip and use it by its name. It comes with the test that every
    component of its kind passes.
    """
    _check_name(kind, name)
    target = directory or Path(f"mug-{name}")
    if target.exists():
        raise MugError(f"'{target}' exists already", "--directory", "choose another one, or remove it")
    words = _words(kind, name)
    for path, text in _package(kind):
        file = target / Template(path).substitute(words)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(text).substitute(words), encoding="utf-8")
        click.echo(file)
    click.echo(f"\nNext:  pip install -e '{target}[test]'  &&  pytest '{target}'  &&  mug check {name}")


def _check_name(kind: str, name: str) -> None:
    if not NAME.fullmatch(name) or name.startswith("mug-"):
        raise MugError(
            f"'{name}' cannot be a plugin's name: names are small letters, digits and single hyphens,"
            " without the mug- that stands before them in the package",
            "NAME",
            f"call it '{_tidy(name)}'" if _tidy(name) else "begin with a letter",
        )
    plugins = PluginSet()
    taken = {installed.name for installed in plugins.available.installed} | {"mug", "core", "cli", "testing"}
    if name in taken:
        raise MugError(f"the plugin name '{name}' is taken", "NAME", "choose another one")
    provider = plugins.provider(f"mug_{kind}s", name)
    if provider:
        raise MugError(f"plugin '{provider}' already gives a {kind} '{name}'", "NAME", "choose another name")


def _tidy(name: str) -> str:
    """The nearest name that is allowed, or nothing."""
    tidy = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^mug[-_]", "", name.lower())).strip("-")
    return tidy if NAME.fullmatch(tidy) else ""


def _words(kind: str, name: str) -> Mapping[str, str]:
    """What stands for the words of the templates."""
    camel = "".join(part.capitalize() for part in name.split("-"))
    return {
        "name": name,
        "module": "mug_" + name.replace("-", "_"),
        "distribution": f"mug-{name}",
        "class_name": camel + kind.capitalize(),
        "version": ".".join(mug.__version__.split(".")[:2]),
    }


def _package(kind: str) -> Iterator[tuple[str, str]]:
    """The files of a kind's template: path with placeholders, and text with placeholders."""
    yield from _walk(files("mug.cli") / "templates" / kind, PurePosixPath())


def _walk(folder: Traversable, below: PurePosixPath) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _walk(entry, below / entry.name)
        elif entry.name.endswith(SUFFIX):
            yield str(below / entry.name.removesuffix(SUFFIX)), entry.read_text(encoding="utf-8")
