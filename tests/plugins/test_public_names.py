"""What `import mug` promises: the names, and that it costs nothing."""

import subprocess
import sys

import pytest

import mug


@pytest.mark.parametrize("name", [name for name in mug.__all__ if name != "__version__"])
def test_every_public_name_is_there(name):
    """Each name of `mug.__all__` can be had, and comes from where editors are told."""
    assert getattr(mug, name).__name__ == name


def test_unknown_names_are_unknown():
    """Asking for a name that does not exist is an ordinary AttributeError."""
    with pytest.raises(AttributeError, match="module 'mug' has no attribute 'Nothing'"):
        _ = mug.Nothing


def test_importing_mug_is_light():
    """A plugin's module, which imports mug and its base classes, loads neither web server nor NumPy."""
    script = (
        "import sys, mug\n"
        "mug.Matchmaker, mug.hookimpl, mug.Problem, mug.Runtime\n"
        "heavy = {'quart', 'hypercorn', 'socketio', 'numpy', 'gymnasium', 'pettingzoo', 'click'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
