"""What is in the packs of a scene, and how long they stay."""

from __future__ import annotations

import dataclasses
import gzip
import importlib
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import attrs
import brotli
import pytest
from mug_pyodide.packing.browser_python import BrowserPython
from mug_pyodide.packing.packed import Packed, described

from mug.errors import ConfigurationError

GRID = (Path(__file__).parents[4] / "examples/coordination_grid/coordination_grid_env.py").read_text()
OWN = {
    "kitchen/__init__.py": "from .plans import plan",
    "kitchen/plans.py": "from pathlib import Path\nHERE = Path(__file__).parent\n"
    "def plan(): return (HERE / 'plan.txt').read_text()",
    "kitchen/plan.txt": "XX",
    "kitchen/other.txt": "not opened",
    "kitchen/api_token.json": "not opened",
    "kitchen/data/participants.csv": "not opened",
    "kitchen/server.pem": "not opened",
    "kitchen/.secret": "no",
    "parts/deep/thing.py": "THING = 1",
    "layouts/a.txt": "1,2",
    "layouts/b.txt": "3,4",
    "unused.py": "raise RuntimeError",
}
ENV = """
import gymnasium, numpy, kitchen, parts.deep.thing
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
NUMBERS = open("layouts/a.txt").read()
PLAN = kitchen.plan()
class Env(CartPoleEnv):
    def render(self):
        return numpy.zeros((4, 4, 3), numpy.uint8)
env = Env()
"""
GAME = """
game = (gym_scene.GymScene().scene(scene_id="game")
    .policies(policy_mapping={"player_0": PolicyTypes.Human})
    .gameplay(action_mapping={"ArrowUp": 1}, default_action=0)
    .runtime(run_through_pyodide=True, environment_initialization_code_filepath="the_env.py", MORE))
"""


def members(packed: Packed, *, lazy: bool = False) -> dict[str, bytes]:
    """Every file in the packs."""
    found: dict[str, bytes] = {}
    for file in packed.lazy if lazy else packed.packs:
        with zipfile.ZipFile(file.path) as archive:
            assert all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
            found |= {name: archive.read(name) for name in archive.namelist()}
    return found


@pytest.fixture
def packed(experiment: Any, tmp_path: Path) -> Packed:
    result: Packed = experiment(GAME.replace("MORE", ""), {**OWN, "the_env.py": ENV}).pack(tmp_path / "cache")
    return result


def test_packs_hold_what_is_imported_and_opened(packed: Packed, experiment: Any) -> None:
    """The researcher's modules and opened files are there by their places, but nothing else."""
    own = {name for name in members(packed) if name.startswith("_experiment/")}
    assert own == {
        "_experiment/kitchen/__init__.py",
        "_experiment/kitchen/plans.py",
        "_experiment/kitchen/plan.txt",
        "_experiment/parts/deep/thing.py",
        "_experiment/layouts/a.txt",
    }


@pytest.mark.parametrize("name", ["server.pem", "ssl.KEY", "prod.env", "id_rsa"])
def test_keys_are_refused_even_if_they_are_opened(experiment: Any, tmp_path: Path, name: str) -> None:
    """Who opens a key in an environment hears that everybody could read it."""
    files = {**OWN, name: "secret", "the_env.py": ENV + f"open({name!r}).read()\n"}
    with pytest.raises(ConfigurationError, match="would be public") as caught:
        experiment(GAME.replace("MORE", ""), files).pack(tmp_path / "cache")
    assert name in str(caught.value)


def test_keys_are_refused_even_if_only_a_setting_names_them(experiment: Any, tmp_path: Path) -> None:
    """Who passes the path of a key to an environment that may open it later hears the same."""
    lines = "import functools\nfrom pathlib import Path\ndef hud(file, game): return ''\n"
    lines += "key = str(Path(__file__).resolve().parent / 'server.pem')\n"
    lines += GAME.replace("MORE", "") + "game.rendering(hud_text_fn=functools.partial(hud, key))\n"
    opened = experiment(lines, {**OWN, "server.pem": "secret", "the_env.py": ENV})
    with pytest.raises(ConfigurationError, match="is named in a setting, whose name is that of a key"):
        opened.pack(tmp_path / "cache")


def test_packages_come_from_here_with_bytecode(packed: Packed) -> None:
    """Of Gymnasium, the imported modules are there as bytecode, and the others wait to be needed."""
    there, later = members(packed), members(packed, lazy=True)
    assert "gymnasium/envs/classic_control/cartpole.pyc" in there
    assert not any("toy_text" in name for name in there)
    assert "gymnasium/envs/toy_text/taxi.py" in later
    assert any(re.fullmatch(r"gymnasium-[\d.]+\.dist-info/METADATA", name) for name in there)
    assert "mug/engine/engine.pyc" in there
    assert not any(name.startswith(("mug/scenes", "mug/core", "mug/server", "numpy/")) for name in there)
    assert [file.name.partition(".")[0] for file in packed.lazy] == ["mug_pyodide", "gymnasium"]
    assert packed.packages == ("numpy",)
    assert "gymnasium" in packed.imports


def test_no_path_of_the_server_is_shipped(packed: Packed, tmp_path: Path) -> None:
    """Neither packs nor the scene say where the server keeps anything."""
    for content in (packed.scene.path.read_bytes(), *members(packed).values()):
        assert str(tmp_path).encode() not in content
        assert str(Path.home() / "").encode() not in content.replace(b"/home/pyodide", b"")


def test_every_file_has_its_hash_and_its_compressed_forms(packed: Packed) -> None:
    """What is described is what is there, in all three forms."""
    for file in packed.files():
        content = file.path.read_bytes()
        assert file == described(file.path, content) or file in packed.models
        assert brotli.decompress(file.path.with_name(f"{file.name}.br").read_bytes()) == content
        assert gzip.decompress(file.path.with_name(f"{file.name}.gz").read_bytes()) == content


def test_the_same_files_make_the_same_packs(packed: Packed, experiment: Any, tmp_path: Path) -> None:
    """Packed again elsewhere, everything has the same name, and so the same content."""
    again = experiment(GAME.replace("MORE", ""), {**OWN, "the_env.py": ENV}).pack(tmp_path / "other")
    assert [file.name for file in again.files()] == [file.name for file in packed.files()]
    assert again.scene_name == packed.scene_name


def test_a_scene_has_another_name_when_any_of_its_files_has(packed: Packed) -> None:
    """Pages notice that what they loaded is not what is played by now, also when only a module differs."""
    first, *others = packed.packs
    changed = attrs.evolve(packed, packs=(attrs.evolve(first, name="other.zip"), *others))
    assert changed.scene == packed.scene
    assert changed.scene_name != packed.scene_name


def test_a_scene_is_packed_once_until_a_file_changes(
    experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start tries nothing out; a module or a data file that was changed is noticed."""
    opened = experiment(GAME.replace("MORE", ""), {**OWN, "the_env.py": ENV})
    packer = opened.packer(tmp_path / "cache")
    tries: list[str] = []
    try_out = packer._trier.try_out
    monkeypatch.setattr(
        packer._trier,
        "try_out",
        lambda scene_id, *rest: (tries.append(scene_id), try_out(scene_id, *rest))[1],
    )
    first = packer.pack(opened.spec)
    assert packer.pack(opened.spec) == first
    assert tries == ["game"]
    for number, (name, text) in enumerate({"parts/deep/thing.py": "THING = 2", "layouts/a.txt": "5"}.items()):
        (opened.folder / name).write_text(text)
        os.utime(opened.folder / name, (number, number))
        changed = packer.pack(opened.spec)
        assert changed.packs != first.packs
        assert len(tries) == number + 2
    first.packs[0].path.unlink()
    assert packer.pack(opened.spec).packs[0].path.is_file()


def test_a_file_that_was_added_is_noticed(experiment: Any, tmp_path: Path) -> None:
    """An environment that goes through a folder has in browsers what it has here, after each start."""
    env = ENV + "from pathlib import Path\nLAYOUTS = [p.read_text() for p in Path('layouts').glob('*.txt')]\n"
    opened = experiment(GAME.replace("MORE", ""), {**OWN, "the_env.py": env})
    packer = opened.packer(tmp_path / "cache")
    assert "_experiment/layouts/c.txt" not in members(packer.pack(opened.spec))
    (opened.folder / "layouts" / "c.txt").write_text("5,6")
    assert members(packer.pack(opened.spec))["_experiment/layouts/c.txt"] == b"5,6"


@pytest.mark.parametrize(
    ("package", "what", "fix"),
    [
        ("orjson", "is compiled for this machine", "run_through_pyodide=False"),
        ("no-such-package", "is not installed", "pip install no-such-package"),
        ("cogrid==9.9", "is installed as .*, and the script wants ==9.9", "pip install 'cogrid==9.9'"),
        ("./wheels/x.whl", "is no package's name", "write a name"),
    ],
)
def test_packages_that_cannot_be_had_are_refused(
    package: str, what: str, fix: str, experiment: Any, tmp_path: Path
) -> None:
    """The problem says why, and what to do."""
    opened = experiment(
        GAME.replace("MORE", f"packages_to_install=[{package!r}]"), {**OWN, "the_env.py": ENV}
    )
    with pytest.raises(ConfigurationError) as raised:
        opened.pack(tmp_path / "cache")
    (problem,) = raised.value.problems
    assert "packages_to_install" in problem.where
    assert re.search(what, problem.what)
    assert fix in problem.fix


def test_packages_that_are_asked_for_wait_to_be_imported(experiment: Any, tmp_path: Path) -> None:
    """A package of Python comes along even if nothing imported it; one that browsers have is named."""
    packages = "packages_to_install=['cogrid>=0.3,<1', 'numpy', 'MiniGrid[testing]~=3.0']"
    opened = experiment(GAME.replace("MORE", packages), {**OWN, "the_env.py": ENV})
    result = opened.pack(tmp_path / "cache")
    later = members(result, lazy=True)
    assert {"cogrid/__init__.py", "minigrid/__init__.py"} <= set(later)
    assert "numpy" in result.packages


def test_modules_of_the_standard_library_are_not_packed(packed: Packed) -> None:
    """Browsers have their own standard library and NumPy."""
    tops = {name.partition("/")[0].partition(".")[0] for name in members(packed)}
    assert tops <= {
        *("mug", "mug_pyodide", "gymnasium", "_experiment", "typing_extensions", "farama_notifications"),
        *(name for name in tops if "-" in name),
        *("cloudpickle",),
    }


def test_the_browser_has_the_packages_that_are_built_in() -> None:
    """A compiled package is named with those that it depends on."""
    browser = BrowserPython.built()
    assert {"pandas", "numpy", "python-dateutil", "six"} <= {*browser.with_needed({"pandas"})}
    assert browser.by_import()["PIL"] == "pillow"


def test_what_plays_in_the_pages_of_several_is_there(
    experiment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package of its class is shipped whole, and nothing of the transport's half on the server."""
    files = {
        "carrier/__init__.py": "",
        "carrier/server_half.py": "raise RuntimeError",
        "carrier/session/__init__.py": "AGREED = 1",
        "carrier/in_page/__init__.py": "",
        "carrier/in_page/game.py": "from mug.game.loop import Game\nfrom carrier.session import AGREED\n"
        "class Shared(Game):\n    def later(self):\n        from carrier.in_page import rare",
        "carrier/in_page/rare.py": "RARE = 1",
    }
    people = GAME.replace("PolicyTypes.Human", 'PolicyTypes.Human, "player_1": PolicyTypes.Human')
    made = experiment(people.replace("MORE", ""), files | {"the_env.py": GRID})
    monkeypatch.syspath_prepend(made.folder)
    game = importlib.import_module("carrier.in_page.game")
    spec = dataclasses.replace(made.spec, peer_game=game.Shared)
    found = members(attrs.evolve(made, spec=spec).pack(tmp_path / "cache"))
    shipped = {
        name.rpartition("carrier/")[2] for name in found if "carrier/" in name and name.endswith(".py")
    }
    assert shipped == {name.removeprefix("carrier/") for name in files} - {"server_half.py"}
