"""What every experiment script takes on its command line."""

import sys
from pathlib import Path

import pytest

from mug.configurations.experiment_config import ExperimentConfig
from mug.core import launch
from mug.core.script_arguments import Arguments, parse_arguments
from mug.errors import MugError


@pytest.mark.parametrize(
    ("argv", "arguments"),
    [
        ([], Arguments()),
        (["--port", "8001"], Arguments(port=8001)),
        (["--port=0", "--host", "0.0.0.0"], Arguments("0.0.0.0", 0)),
        (["--data-dir", "elsewhere"], Arguments(data_dir=Path("elsewhere"))),
    ],
)
def test_known_arguments(argv, arguments):
    """Host, port and data folder can be given; what is not given is left to the configuration."""
    assert parse_arguments(argv) == arguments


@pytest.mark.parametrize(
    ("argv", "what", "fix"),
    [
        (["--prot", "8001"], "there is no argument '--prot'", "did you mean '--port'?"),
        (["--verbose"], "there is no argument '--verbose'", "the known ones are --host, --port, --data-dir"),
        (["--port", "high"], "Invalid value for '--port': 'high' is not a valid port number.", ""),
        (["--port", "70000"], "Invalid value for '--port': 70000 is not in the range 0<=x<=65535.", ""),
        (["--port"], "Option '--port' requires an argument.", ""),
        (["extra"], "Got unexpected extra argument (extra)", ""),
    ],
)
def test_wrong_arguments(argv, what, fix):
    """Unknown arguments and wrong values are errors, with a suggestion where there is one."""
    with pytest.raises(MugError) as caught:
        parse_arguments(argv)
    assert caught.value.what == what
    assert caught.value.fix.startswith(fix)
    assert caught.value.where == "the script's arguments"


def test_help_is_printed(capsys):
    """--help lists the arguments and ends the script."""
    with pytest.raises(SystemExit) as caught:
        parse_arguments(["--help"])
    assert caught.value.code == 0
    assert "--data-dir" in capsys.readouterr().out


def test_arguments_win_over_the_configuration(tmp_path):
    """The command line wins over .hosting() and .experiment()."""
    config = ExperimentConfig().hosting(host="0.0.0.0", port=8001)
    other = ExperimentConfig()
    assert launch.apply_arguments([config, other], []) == ("0.0.0.0", 8001)
    argv = ["--host", "127.0.0.1", "--port", "9000", "--data-dir", str(tmp_path)]
    assert launch.apply_arguments([config, other], argv) == ("127.0.0.1", 9000)
    assert config.setting("data_dir") == other.setting("data_dir") == tmp_path


def test_a_wrong_argument_is_one_message(write_script, capsys, monkeypatch):
    """A script with a wrong argument prints the error and exits with status 2, without a traceback."""
    from mug.server import app

    monkeypatch.setattr(sys, "argv", ["study.py", "--prot", "1"])
    with pytest.raises(SystemExit) as caught:
        app.run(ExperimentConfig())
    assert caught.value.code == 2
    assert capsys.readouterr().err == (
        "there is no argument '--prot'\n  in:  the script's arguments\n  fix: did you mean '--port'?\n"
    )
