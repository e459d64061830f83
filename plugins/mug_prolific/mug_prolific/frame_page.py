"""The page that Mechanical Turk shows in its frame: a preview, a link to the study, the form in the end."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

import attrs
import orjson
from quart import Response, request, send_file

from mug.components import Route

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../static/style.css">
<script type="module" src="task.js"></script>
</head>
<body>
<main class="scene">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_PREVIEW = """<p>{preview}</p>
<p><strong>Accept the task to begin.</strong></p>"""
_ACCEPTED = """<p>{preview}</p>
<p class="actions" id="open-study"><a class="button primary" href="{link}" target="_blank"
 rel="noopener noreferrer" data-testid="open-study">Open the study</a></p>
<p role="status" id="task-status" data-status="{status}">Keep this page open: when you have
 finished the study, you can submit the task here.</p>
<form method="post" action="{action}" id="task-form" hidden>
<p>Thank you! Please submit the task now.</p>
<p class="actions"><button class="primary" type="submit" data-testid="submit-task">Submit</button></p>
</form>"""
_WRONG = "<p>This page belongs into a task of Mechanical Turk. Please open the task there.</p>"


@attrs.frozen
class Task:
    """How it stands with a task: where the study is, and, when it is over, what is submitted."""

    link: str = ""
    fields: Mapping[str, str] = attrs.field(factory=dict)


class FramePage:
    """Serves the page.

    Args:
        title: the study's.
        preview: what it says about the study.
        sites: where tasks may be submitted.
        frames: who may show it in a frame.
        script: the file with the page's script.
    """

    def __init__(
        self, title: str, preview: str, sites: Sequence[str], frames: Sequence[str], script: Path
    ) -> None:
        self._title = title
        self._preview = preview
        self._sites = sites
        self._script = script
        self._policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
            " base-uri 'none';"
            f" form-action {' '.join(sites)}; frame-ancestors {' '.join(frames)}"
        )

    def routes(self, task: Callable[[Mapping[str, str]], Awaitable[Task]]) -> Iterable[Route]:
        """Return the routes of the page; ``task`` says how it stands with what the parameters name."""

        async def page() -> Response:
            return self._page(request.args, await task(request.args))

        async def status() -> Response:
            found = await task(request.args)
            body = {"done": bool(found.fields), "fields": dict(found.fields)}
            return Response(orjson.dumps(body), content_type="application/json")

        async def script() -> Response:
            return await send_file(self._script, mimetype="text/javascript", cache_timeout=0)

        return [Route("task", page), Route("task.json", status), Route("task.js", script)]

    def _page(self, args: Mapping[str, str], task: Task) -> Response:
        site = args.get("turkSubmitTo", "").rstrip("/")
        if task.link and site in self._sites:
            names = ("assignmentId", "hitId", "workerId")
            values = {
                "preview": self._preview,
                "link": task.link,
                "status": "task.json?" + urlencode({name: args[name] for name in names}),
                "action": f"{site}/mturk/externalSubmit",
            }
            body = _ACCEPTED
        elif "assignmentId" in args and not task.link:
            values, body = {"preview": self._preview}, _PREVIEW
        else:
            values, body = {}, _WRONG
        escaped = {name: html.escape(value, quote=True) for name, value in values.items()}
        page = _PAGE.format(title=html.escape(self._title), body=body.format(**escaped))
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = self._policy
        return response
