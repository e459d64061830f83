"""``mug export`` hands data folders to the exporters that plugins offer."""

import pytest

LISTS = """
import mug
from mug.components import Exporter

class FileList(Exporter):
    def export(self, data_dir, target):
        names = sorted(path.name for path in data_dir.iterdir())
        if "fail" in names:
            raise mug.MugError("the data is damaged", str(data_dir))
        if names:
            (target / "files.txt").write_text(" ".join(names))
            yield target / "files.txt"

@mug.hookimpl
def mug_exporters():
    return {"file-list": FileList}
"""


@pytest.fixture
def data(tmp_path):
    """A data folder with something in it."""
    folder = tmp_path / "data" / "hello"
    folder.mkdir(parents=True)
    (folder / "events").write_text("x")
    return folder


def test_a_folder_is_exported(run_mug, install, data):
    """The data folder of an experiment is exported into itself, and each file is named."""
    install("lists", LISTS)
    result = run_mug("export", data, "--format", "file-list")
    assert (result.exit_code, result.output) == (0, f"{data / 'files.txt'}\n")
    assert (data / "files.txt").read_text() == "events"


def test_a_scripts_data_is_exported(run_mug, install, write_script, data):
    """A script stands for the data folder of what it configures; nothing is served."""
    install("lists", LISTS)
    result = run_mug("export", write_script("app.run(config)"), "--format", "file-list")
    assert (result.exit_code, result.output) == (0, "data/hello/files.txt\n")


def test_files_can_go_elsewhere(run_mug, install, data, tmp_path):
    """--to names another folder, which is made if need be; the data folder is left alone."""
    install("lists", LISTS)
    result = run_mug("export", data, "--format", "file-list", "--to", tmp_path / "out" / "here")
    assert result.output == f"{tmp_path / 'out' / 'here' / 'files.txt'}\n"
    assert [path.name for path in data.iterdir()] == ["events"]


def test_several_experiments_go_into_folders_of_their_own(run_mug, install, write_script, data, tmp_path):
    """What a script with two experiments has does not end in one place, the one's over the other's."""
    install("lists", LISTS)
    second = tmp_path / "data" / "other"
    second.mkdir()
    (second / "more").write_text("x")
    script = write_script(
        "other = experiment_config.ExperimentConfig().experiment(stager=experiment_stager,"
        " experiment_id='other')\napp.run(config, other)"
    )
    result = run_mug("export", script, "--format", "file-list", "--to", "out")
    assert (result.exit_code, result.output) == (0, "out/hello/files.txt\nout/other/files.txt\n")
    assert (tmp_path / "out" / "hello" / "files.txt").read_text() == "events"
    assert (tmp_path / "out" / "other" / "files.txt").read_text() == "more"


def test_an_empty_folder(run_mug, install, tmp_path):
    """Without data there is nothing to export, and that is said."""
    install("lists", LISTS)
    (tmp_path / "empty").mkdir()
    result = run_mug("export", "empty", "--format", "file-list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "empty: nothing to export yet\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "there is no folder 'nowhere'"),
        (["nowhere.py"], "there is no file 'nowhere.py'"),
        (
            ["data/hello", "--format", "cvs"],
            "there is no exporter 'cvs'\n  in:  --format cvs\n  fix: did you mean 'csv'?",
        ),
        (["study.py"], "the experiment has no data yet: there is no folder 'data/other'"),
    ],
)
def test_mistakes(run_mug, write_script, data, arguments, sentence):
    """What cannot be exported is one message."""
    write_script("config.experiment(experiment_id='other')")
    result = run_mug("export", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_damaged_data(run_mug, install, data):
    """What the exporter finds wrong is one message."""
    install("lists", LISTS)
    (data / "fail").write_text("")
    result = run_mug("export", data, "--format", "file-list")
    assert (result.exit_code, result.stderr) == (2, f"the data is damaged\n  in:  {data}\n")
