"""Runs the commands of a page's ``console`` blocks and compares what they print.

A line that begins with ``$`` is a command, the lines after it are what it prints. Output may be shortened:
each printed line has to come, in the order given, and ``…`` stands for anything. What serves an experiment is
really started, on a free port in place of 8000, asked for its first page, and stopped; with ``&`` behind it,
it runs until the end of the block.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from tests.docs.blocks import ROOT

PATIENCE = 240
SERVING = re.compile(r"mug is serving at http://localhost:(\d+)")
_BIN = Path(sys.executable).parent


@attrs.define
class Command:
    """A command as printed, and the output that follows it."""

    line: str
    output: list[str] = attrs.field(factory=list)

    @property
    def background(self) -> bool:
        """Whether it goes on running while the next ones are run."""
        return self.line.endswith("&")

    @property
    def words(self) -> list[str]:
        """The command in words."""
        return shlex.split(self.line.rstrip("& "))


def commands(code: str) -> list[Command]:
    """Return the commands of a block.

    Raises:
        ValueError: there is output before the first command, or no command at all.
    """
    found: list[Command] = []
    for line in re.sub(r"\\\n\s*", "", code).splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:].strip()))
        elif not found:
            raise ValueError(f"a console block begins with a command, not with {line!r}")
        elif line.strip():
            found[-1].output.append(line.rstrip())
    if not found:
        raise ValueError("a console block without a command")
    return found


class Shell:
    """Runs commands in a page's folder; packages that they install stay there too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / ".site"
        self.environment = {
            **os.environ,
            "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join((str(self.site), str(ROOT / "examples" / "coordination_grid"))),
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "100",
        }

    def run(self, code: str) -> None:
        """Run a block's commands in order.

        Raises:
            AssertionError: one fails, prints something else, or does not serve.
        """
        port = 8000
        with ExitStack() as servers:
            for command in commands(code):
                line = re.sub(r"localhost:8000", f"localhost:{port}", command.line)
                command = attrs.evolve(command, line=line)
                if self._serves(command.words):
                    server = servers if command.background else ExitStack()
                    served = server.enter_context(self._server(command))
                    if command.background:
                        port = served
                    else:
                        server.close()
                else:
                    self._run(command)

    def _run(self, command: Command) -> None:
        words = self._translated(command.words)
        if words[0] == "cd":
            self.folder /= words[1]
            return
        line = shlex.join(words) if words != command.words else command.line
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=ROOT if command.words[0].startswith(("make", ".venv/")) else self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == expected_status(command), f"$ {command.line}\n{done.stdout}"
        compare(command, done.stdout)

    def _translated(self, words: list[str]) -> list[str]:
        """Keep what a command does away from the checkout and from package indexes."""
        if words[0].startswith(".venv/bin/"):
            return [words[0].removeprefix(".venv/bin/"), *words[1:]]
        if words[0] == "make":
            return ["make", "--dry-run", *words[1:]]
        if words[:2] == ["pip", "install"] and words[-1].startswith("."):
            folder = words[-1].partition("[")[0]
            offline = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
            return ["python", "-m", "pip", "install", *offline, "--target", str(self.site), folder]
        if words[0] == "pytest":
            settings = ["-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "--import-mode=importlib"]
            return ["python", "-m", "pytest", *settings, *words[1:]]
        return words

    def _serves(self, words: list[str]) -> bool:
        if words[:2] == ["mug", "run"]:
            return True
        script = self.folder / words[1] if len(words) > 1 else self.folder
        runs = words[0] == "python" and script.suffix == ".py" and script.is_file()
        return runs and "--help" not in words and "app.run(" in script.read_text(encoding="utf-8")

    @contextmanager
    def _server(self, command: Command) -> Iterator[int]:
        process = subprocess.Popen(
            [*command.words, "--port", "0"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        printed = ""
        try:
            deadline = time.monotonic() + PATIENCE
            while not (found := SERVING.search(printed)):
                line = process.stdout.readline()
                printed += line
                assert line, f"$ {command.line}\n{printed}"
                assert time.monotonic() < deadline, f"$ {command.line}\n{printed}"
            with urllib.request.urlopen(f"http://localhost:{found[1]}/", timeout=PATIENCE) as page:
                assert page.status == 200
            yield int(found[1])
        finally:
            process.send_signal(signal.SIGINT)
            printed += process.stdout.read()
            process.wait(timeout=PATIENCE)
        printed = re.sub(r"localhost:\d+", "localhost:8000", printed)
        assert process.returncode == 0, f"$ {command.line}\n{printed}"
        compare(command, printed)


def expected_status(command: Command) -> int:
    """Return the exit status that goes with what a command prints: 2 for problems, 1 for bad news."""
    printed = "\n".join(command.output)
    if re.search(r"^\d+\. |problems?$", printed, re.MULTILINE):
        return 2
    return 1 if re.search(r"^ +FOUND | different ", printed, re.MULTILINE) else 0


def compare(command: Command, printed: str) -> None:
    """Compare what a command has printed with what the page says.

    Raises:
        AssertionError: a line does not come, or not in this order.
    """
    lines = iter(printed.splitlines())
    for wanted in command.output:
        pattern = re.compile(r"\s+".join(map(_pattern, wanted.split())))
        assert any(pattern.fullmatch(line.strip()) for line in lines), (
            f"$ {command.line}\nexpected, in this order:\n  "
            + "\n  ".join(command.output)
            + f"\nbut {wanted!r} did not come; printed was:\n{printed}"
        )


def _pattern(word: str) -> str:
    return ".*".join(map(re.escape, word.split("…")))
