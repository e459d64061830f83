"""The HTTP side of one experiment: the page, its files, the session, and what plugins add."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import orjson
from quart import Quart, Response, request, send_file, send_from_directory

from mug.components import ClientModule, StoreError
from mug.core.protocol import MAX_MESSAGE_BYTES, PROTOCOL
from mug.core.reception import Invitation, TurnedAway, Visitor
from mug.core.registered_files import RegisteredFiles
from mug.core.web.files import send_from
from mug.core.web.limits import Crowd
from mug.core.web.origins import origin_allowed
from mug.core.web.tokens import Tickets, Tokens

log = logging.getLogger(__name__)

STATIC = Path(__file__).resolve().parents[2] / "static"
TOKEN_HEADER = "X-Mug-Token"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
MAX_LABELS = 50
LONGEST_LABEL = 4000
"""A signed token of a recruitment service has some hundreds of characters."""
SHORTEST_SECRET, LONGEST_SECRET = 20, 100
BODY_SECONDS = 10
NEWCOMERS_PER_SECOND, NEWCOMER_BURST = 20.0, 1000.0
"""How many may arrive from one address: a lecture hall at once, but no flood of made-up participants."""

NOT_BUILT = "The page of this study is not built. If you run the study: build the client with `make setup`."
NOT_SAVED = "The study cannot take new participants just now. Please try again in a few minutes."
CROWDED = "Very many people are arriving just now. Please wait a moment."
FOREIGN = "This request came from another site and was not accepted."
NO_FILE = "There is no such file."
PLAIN_ERRORS = {
    404: "There is no such page.",
    405: "This address cannot be used like that.",
    408: "This took too long to arrive.",
    413: "This was too long to be accepted.",
    500: "Something went wrong here. Please reload the page.",
}


class Reception(Protocol):
    """Who admits participants."""

    async def admit(self, visitor: Visitor) -> str | Invitation | TurnedAway:
        """Return the id of the participant that a visitor is, or becomes, or why they are none."""


def content_security_policy(host: str, embedders: Iterable[str] = ()) -> str:
    """Return the policy under which participants' pages run: nothing but this server's own files.

    ``embedders`` are the other origins whose pages may show this one in a frame.
    """
    ancestors = " ".join(["'self'", *sorted(embedders)])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; media-src 'self' data:;"
        f" img-src 'self' data: blob:; connect-src 'self' ws://{host} wss://{host}; worker-src 'self';"
        f" base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )


def build_pages(
    name: str,
    title: str,
    cookie: str,
    reception: Reception,
    tokens: Tokens,
    tickets: Tickets,
    allowed_origins: frozenset[str],
    modules: Iterable[ClientModule],
    assets: dict[str, Path],
    registered: RegisteredFiles,
    folders: dict[str, Path],
    health: Any,
) -> Quart:
    """Return the Quart application of one experiment, with relative addresses throughout."""
    app = Quart(name, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_MESSAGE_BYTES
    app.config["BODY_TIMEOUT"] = BODY_SECONDS
    newcomers = Crowd(NEWCOMERS_PER_SECOND, NEWCOMER_BURST, time.monotonic)

    @app.after_request
    async def secure(response: Response) -> Response:
        host = request.host
        response.headers.setdefault("Content-Security-Policy", content_security_policy(host, allowed_origins))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response

    @app.get("/")
    async def page() -> Response:
        index = STATIC / "index.html"
        if not index.is_file():
            return _plain(NOT_BUILT, 503)
        response = await send_from_directory(STATIC, "index.html", cache_timeout=0)
        # They come together with the page's own script, which asks for them only after it has a session.
        for one in modules:
            response.headers.add("Link", f"<./-/{one.name}/{one.module}>; rel=modulepreload")
            for file in one.data:
                link = f"<./-/{one.name}/{file}>; rel=preload; as=fetch; crossorigin=anonymous"
                response.headers.add("Link", link)
        return response

    @app.post("/-/session")
    async def session() -> Response:
        if not origin_allowed(request.headers.get("Origin"), request.host, allowed_origins):
            return _answer({"text": FOREIGN}, 403)
        wishes = _parse(await request.get_data(as_text=False))
        fresh = wishes.get("fresh") is True and _is_local(request.host)
        given = request.headers.get(TOKEN_HEADER)
        named = [tokens.verify(token) for token in (given, None if fresh else request.cookies.get(cookie))]
        visitor = _visitor(wishes, [participant for participant in named if participant is not None])
        if (visitor.labels or not visitor.known) and not newcomers.take(request.remote_addr or ""):
            return _answer({"text": CROWDED}, 503)
        try:
            admitted = await reception.admit(visitor)
        except StoreError as error:
            log.error("a participant could not be admitted: %s", error)
            return _answer({"text": NOT_SAVED}, 503)
        match admitted:
            case Invitation():
                return _answer({"invitation": {"title": title}})
            case TurnedAway(refusal, code, for_now):
                text, heading, redirect = refusal.text, refusal.heading, refusal.redirect
                told = {"heading": heading, "text": text, "redirect": redirect, "code": code}
                return _answer(told, 503 if for_now else 403)
        token = tokens.issue(admitted)
        # A browser that somebody else takes part in, or did, must not mix up what it keeps for each of them.
        shared = any(participant != admitted for participant in visitor.known)
        in_page = fresh or shared or given is not None or wishes.get("embedded") is True
        answer = _answer(
            {
                "ticket": tickets.issue(admitted),
                "protocol": PROTOCOL,
                "token": token if in_page else None,
                "modules": [{"name": one.name, "url": f"./-/{one.name}/{one.module}"} for one in modules],
                "experiment": {"title": title},
            }
        )
        if not in_page or shared:
            secure_page = request.is_secure
            answer.set_cookie(
                cookie, token, max_age=30 * 86400, httponly=True, samesite="Lax", secure=secure_page
            )
        return answer

    @app.get("/-/static/<path:file>")
    async def static(file: str) -> Response:
        return await _file(STATIC, file)

    @app.get("/-/assets/<scene_id>/<path:file>")
    async def asset(scene_id: str, file: str) -> Response:
        folder = assets.get(scene_id)
        return _plain(NO_FILE, 404) if folder is None else await _file(folder, file, 3600)

    @app.get("/-/assets/<scene_id>/-/<digest>/<file>")
    async def registered_asset(scene_id: str, digest: str, file: str) -> Response:
        path = registered.find(scene_id, digest, file)
        if path is None:
            return _plain(NO_FILE, 404)
        return await send_file(path, cache_timeout=3600)

    @app.get("/-/health")
    async def healthy() -> Response:
        figures = health()
        return _answer(figures if _is_local(request.host) else {"status": figures["status"]})

    for one in modules:
        app.add_url_rule(f"/-/{one.name}/<path:file>", f"module_{one.name}", _files(Path(one.directory)))

    for shown, folder in folders.items():
        app.add_url_rule(f"/{shown}/<path:file>", f"folder_{shown}", _files(folder))

    for status, text in PLAIN_ERRORS.items():
        app.register_error_handler(status, lambda error, text=text, status=status: _plain(text, status))
    return app


def _visitor(wishes: dict[str, Any], known: list[str]) -> Visitor:
    """Return who asks to be let in, as far as what they say makes sense."""
    query, page = wishes.get("query"), wishes.get("page")
    labels = {
        key: value
        for key, value in (list(query.items())[:MAX_LABELS] if isinstance(query, dict) else [])
        if isinstance(value, str) and len(key) <= 100 and len(value) <= LONGEST_LABEL
    }
    secret = page if isinstance(page, str) and SHORTEST_SECRET <= len(page) <= LONGEST_SECRET else ""
    return Visitor(labels, known, secret, wishes.get("begun") is True)


def _parse(body: bytes | str) -> dict[str, Any]:
    """Return what the page asks for; anything that is not a JSON object asks for nothing."""
    try:
        wishes = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return wishes if isinstance(wishes, dict) else {}


def _files(folder: Path) -> Any:
    async def serve(file: str) -> Response:
        return await _file(folder, file)

    return serve


async def _file(folder: Path, file: str, cache_seconds: int = 0) -> Response:
    return await send_from(folder, file, cache_seconds) or _plain(NO_FILE, 404)


def _is_local(host: str) -> bool:
    return host.rpartition(":")[0] in LOCAL_HOSTS or host in LOCAL_HOSTS


def _answer(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json")


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
