"""Files go to browsers in the smallest form that is there, and never from outside of their folder."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest
from quart import Quart, Response

from mug.core.web.files import send_from

SCRIPT = b"export const answer = 42;\n" * 100
FORMS = {"br": brotli.compress(SCRIPT), "gzip": gzip.compress(SCRIPT), None: SCRIPT}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    for name, content in (("a.js", SCRIPT), ("a.js.br", FORMS["br"]), ("a.js.gz", FORMS["gzip"])):
        (folder / name).write_bytes(content)
    (folder / "plain.css").write_bytes(b"body {}")
    return folder


async def get(folder: Path, file: str, accepted: str | None = "gzip, deflate, br") -> Response:
    """Ask a server of this folder for a file, as a browser that takes these compressions."""
    app = Quart(__name__, static_folder=None)

    @app.get("/<path:file>")
    async def serve(file: str) -> Response:
        return await send_from(folder, file, 60) or Response("nothing", 404)

    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    return await app.test_client().get(f"/{file}", headers=headers)


@pytest.mark.parametrize(
    ("accepted", "way"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        (None, None),
    ],
)
async def test_the_smallest_form_that_is_taken(folder: Path, accepted: str | None, way: str | None) -> None:
    """What a browser does not take it is not sent; the type is the file's own."""
    answer = await get(folder, "a.js", accepted)
    assert answer.headers.get("Content-Encoding") == way
    assert await answer.get_data() == FORMS[way]
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "max-age=60" in answer.headers["Cache-Control"]


async def test_a_form_of_an_earlier_file_is_not_sent(folder: Path) -> None:
    """A file that was made anew goes out as it is now."""
    past = (folder / "a.js").stat().st_mtime - 10
    for name in ("a.js.br", "a.js.gz"):
        os.utime(folder / name, (past, past))
    answer = await get(folder, "a.js")
    assert "Content-Encoding" not in answer.headers
    assert await answer.get_data() == SCRIPT


async def test_files_without_other_forms(folder: Path) -> None:
    """They are sent as they are; what is not there is not."""
    answer = await get(folder, "plain.css")
    assert (await answer.get_data(), answer.headers.get("Vary")) == (b"body {}", None)
    assert (await get(folder, "nothing.css")).status_code == 404
    assert (await get(folder, ".")).status_code == 404


@pytest.mark.parametrize("file", ["../secret", "secret", "secret.js", "%00"])
async def test_nothing_from_outside(folder: Path, file: str) -> None:
    """Neither a path, nor a link, nor a compressed form that is a link leads out of the folder."""
    secret = folder.parent / "secret"
    secret.write_text("secret")
    (folder / "secret").symlink_to(secret)
    (folder / "secret.js").write_text("public")
    (folder / "secret.js.br").symlink_to(secret)
    answer = await get(folder, file)
    assert b"secret" not in await answer.get_data()
    assert answer.status_code == (200 if file == "secret.js" else 404)
