"""The ``mug`` command as a whole: help, version, errors, and commands of plugins."""

import subprocess
import sys

import click
import pytest

import mug
from mug.cli.group import OWN
from mug.cli.plugin_commands import PluginCommands
from mug.core.plugins import Available
from mug.errors import MugError

GREETS = """
import click, mug

@mug.hookimpl
def mug_cli_commands(cli):
    @cli.command("{name}")
    @click.argument("who")
    def greet(who):
        '''Greet somebody.'''
        click.echo(f"hello {{who}} from {plugin}")
"""


def test_version(run_mug):
    """--version names mug and its version."""
    assert run_mug("--version").output == f"mug {mug.__version__}\n"


def test_version_is_quick():
    """The commonest questions load neither the web server nor NumPy."""
    script = (
        "import sys\nfrom mug.cli import main\n"
        "try: main(['--version'])\nexcept SystemExit: pass\n"
        "print(sorted({'quart', 'numpy', 'gymnasium'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"mug {mug.__version__}\n[]\n"


def test_python_dash_m():
    """``python -m mug`` is the same command."""
    done = subprocess.run(
        [sys.executable, "-m", "mug", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"mug {mug.__version__}\n"


def test_help_lists_every_command(run_mug):
    """--help, and mug alone, list every command with what it does."""
    output = run_mug("--help").output
    for name, (_, text) in OWN.items():
        assert name in output
        assert text.split(".")[0][:30] in output


@pytest.mark.parametrize("name", OWN)
def test_every_command_explains_itself(run_mug, name):
    """Each command has a help text, whose first sentence is the one in the list."""
    result = run_mug(name, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: mug {name}")


def test_an_unknown_command_gets_a_suggestion(run_mug):
    """A misspelt command is an error with a suggestion."""
    result = run_mug("chekc", "study.py")
    assert result.exit_code == 2
    assert "there is no command 'chekc': did you mean 'check'?" in result.output


def test_errors_are_messages(run_mug):
    """What a user can put right is a message on stderr and status 2."""
    result = run_mug("check", "nowhere.py")
    assert (result.exit_code, result.stderr) == (2, "there is no file 'nowhere.py'\n")


def test_traceback_on_request(run_mug, write_script):
    """--traceback adds the whole way to the error."""
    path = write_script("1 / 0")
    short, long = run_mug("check", path).stderr, run_mug("check", path, "--traceback").stderr
    assert "Traceback" not in short
    assert "ZeroDivisionError: division by zero\n  in:  " in short
    assert "Traceback" in long
    assert long.endswith(short)


def test_plugins_add_commands(run_mug, install):
    """A command of an installed plugin is listed apart, and works."""
    install("greeter", GREETS.format(name="greet", plugin="greeter"))
    _, of_plugins = run_mug("--help").output.split("Commands of plugins:\n")
    assert ["greet", "Greet", "somebody."] in [line.split() for line in of_plugins.splitlines()]
    result = run_mug("greet", "Ann")
    assert (result.exit_code, result.output) == (0, "hello Ann from greeter\n")


def test_a_broken_plugin_keeps_no_other_from_working(run_mug, install):
    """Commands of sound plugins work beside broken ones, and --help says what is missing."""
    install("greeter", GREETS.format(name="greet", plugin="greeter"))
    install("ill", "import mug\n@mug.hookimpl\ndef mug_cli_commands(cli): cli.nonsense()\n")
    install("absent", "import no_such_module_here\n")
    assert run_mug("greet", "Ann").output == "hello Ann from greeter\n"
    output = " ".join(run_mug("--help").output.split())
    assert "Not available:" in output
    assert "mug_cli_commands of plugin 'ill' raised AttributeError" in output
    assert "plugin 'absent' (mug-absent 0.1) cannot be loaded: ModuleNotFoundError" in output


def test_a_broken_plugin_does_not_concern_mugs_own_commands(run_mug, install):
    """mug's own commands do not even load plugins' entry points to be found."""
    install("fatal", "raise SystemExit('fatal plugin loaded')\n")
    assert run_mug("--version").exit_code == 0
    assert run_mug("check", "--help").exit_code == 0


def test_two_plugins_with_one_command(run_mug, install):
    """A command that two plugins give is an error that names both, when it is used."""
    install("greeter", GREETS.format(name="greet", plugin="greeter"))
    install("other", GREETS.format(name="greet", plugin="other"))
    result = run_mug("greet", "Ann")
    assert result.exit_code == 2
    assert result.stderr.startswith("two plugins give the command 'greet': 'greeter' and 'other'")


def test_mugs_own_commands_cannot_be_replaced(run_mug, install):
    """A plugin that gives a command of mug's is told so in --help; mug's own is used."""
    install("greeter", GREETS.format(name="check", plugin="greeter"))
    assert "plugin 'greeter' gives the command 'check', which is mug's own" in run_mug("--help").output
    assert "there is no file" in run_mug("check", "nowhere.py").stderr


def test_gathering_without_plugins():
    """Without plugins there are no commands, no problems, and nothing to find."""
    gathered = PluginCommands.gather(own=OWN, available=Available())
    assert (gathered.commands, gathered.problems, gathered.get("greet")) == ({}, [], None)


def test_a_plugin_cannot_reach_the_group_of_others(install):
    """Each plugin adds to a group of its own, so that it cannot take others' commands away."""
    takes = "import mug\n@mug.hookimpl\ndef mug_cli_commands(cli): cli.commands.clear()\n"
    install("a-greeter".replace("-", "_"), GREETS.format(name="greet", plugin="a"))
    install("b_taker", takes)
    found = Available([one for one in Available.discover().installed if one.name in ("a_greeter", "b_taker")])
    gathered = PluginCommands.gather(own=OWN, available=found)
    assert isinstance(gathered.commands["greet"], click.Command)
    assert gathered.problems == []


def test_the_error_for_two_commands_is_an_ordinary_one():
    """Looking up a disputed command raises what every command's error is."""
    gathered = PluginCommands(givers={"greet": ["a", "b"]})
    with pytest.raises(MugError, match="'a' and 'b'"):
        gathered.get("greet")
