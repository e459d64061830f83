"""``mug run`` and ``python script.py`` serve an experiment until they are stopped."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 60


class Served:
    """A server in a process of its own, and what it prints."""

    def __init__(self, command, folder):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.start()
        self.output = ""

    def address(self):
        """Read up to the line that says where it serves."""
        for line in self.process.stdout:
            self.output += line
            found = re.search(r"http://localhost:\d+", line)
            if found:
                return found.group()
        raise AssertionError(f"the server never said where it is:\n{self.output}")

    def stop(self, number):
        """Send a signal and wait; gives the status."""
        self.process.send_signal(number)
        self.output += self.process.communicate(timeout=PATIENCE)[0]
        return self.process.returncode

    def close(self):
        self.timer.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def serve(tmp_path):
    """Serve with a command, in the temporary folder; stopped after the test, whatever happens."""
    running = []

    def start(*command):
        running.append(Served(command, tmp_path))
        return running[-1]

    yield start
    for served in running:
        served.close()


@pytest.mark.parametrize("how", ["mug run", "python"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_serving(serve, write_script, tmp_path, how, number):
    """The experiment is served on the port and with the data folder asked for, until it is told to stop."""
    path = write_script("if __name__ == '__main__':\n    app.run(config)")
    command = ["-m", "mug", "run", path] if how == "mug run" else [path]
    served = serve(*command, "--port", "0", "--data-dir", "kept")
    with urllib.request.urlopen(served.address() + "/", timeout=PATIENCE) as answer:
        assert answer.status == 200
    assert served.stop(number) == 0
    assert "Traceback" not in served.output
    assert (tmp_path / "kept" / "hello").is_dir()
    assert not (tmp_path / "data").exists()


def test_a_script_that_only_defines_its_experiment(serve, write_script):
    """mug run serves a script that never calls app.run."""
    served = serve("-m", "mug", "run", write_script(""), "--port", "0")
    assert served.address()
    assert served.stop(signal.SIGTERM) == 0


def test_problems_stop_the_start(serve, write_script):
    """With anything wrong nothing is served: all problems are printed, and the status is 2."""
    path = write_script("config.hosting(port=99999).experiment(seed='x')\napp.run(config)")
    for command in (["-m", "mug", "run", path], [path]):
        served = serve(*command)
        output = served.process.communicate(timeout=PATIENCE)[0]
        assert served.process.returncode == 2
        assert "port must be" in output
        assert "seed must be" in output
        assert "Traceback" not in output


def test_a_python_error_has_no_traceback(serve, write_script):
    """mug run reports a script's error with its line; --traceback shows all of it."""
    path = write_script("1 / 0\napp.run(config)")
    short = serve("-m", "mug", "run", path).process.communicate(timeout=PATIENCE)[0]
    long = serve("-m", "mug", "run", path, "--traceback").process.communicate(timeout=PATIENCE)[0]
    assert short.startswith("ZeroDivisionError: division by zero\n  in:  ")
    assert "1 / 0" in short
    assert "Traceback" in long
