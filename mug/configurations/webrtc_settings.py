"""The settings of ``ExperimentConfig.webrtc()``: how browsers find each other in peer-to-peer games."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mug.configurations.kinds import Flag, ListOf, Readable, Text
from mug.configurations.settings import Builder, Setting, Settings, WrongValue, shown
from mug.errors import Problem, did_you_mean

ICE_SCHEMES = ("stun", "stuns", "turn", "turns")
FROM_ENVIRONMENT = ("turn_username", "turn_credential", "turn_urls", "turn_secret")
"""What the process's environment says, in capitals, when the call does not."""
_TURN_URL = re.compile(r"turns?:[A-Za-z0-9.:\[\]_-]+(\?transport=(udp|tcp))?")


def _turn_url(value: object) -> str:
    if isinstance(value, str) and _TURN_URL.fullmatch(value):
        return value
    if isinstance(value, str) and (found := re.fullmatch(r"(turns?):/*([A-Za-z0-9.:-]+)/*", value)):
        raise WrongValue(fix=f"write {f'{found[1]}:{found[2]}'!r}")
    raise WrongValue


def _ice_server(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongValue
    for key in value:
        if key not in ("urls", "username", "credential"):
            fix = did_you_mean(str(key), ("urls", "username", "credential"))
            raise WrongValue(f"an ICE server has no {shown(key)}", fix=fix)
    urls = value.get("urls")
    listed = [urls] if isinstance(urls, str) else urls
    if not isinstance(listed, list | tuple) or not listed:
        raise WrongValue(
            f"an ICE server needs urls, got {shown(urls)}", fix='write {"urls": "stun:example.org:3478"}'
        )
    for url in listed:
        if not isinstance(url, str) or url.split(":")[0] not in ICE_SCHEMES or ":" not in url:
            raise WrongValue(
                f"{shown(url)} is no address of an ICE server", fix="it starts with stun: or turn:"
            )
    if any(url.startswith("turn") for url in listed) and not (
        value.get("username") and value.get("credential")
    ):
        raise WrongValue(f"the TURN server {shown(listed[0])} needs a username and a credential")
    return {**value, "urls": listed}


WEBRTC = Settings(
    "webrtc",
    Setting(
        "turn_username",
        Text(500),
        "User name at the TURN service; TURN_USERNAME of the environment when left out.",
    ),
    Setting("turn_credential", Text(500), "Credential at the TURN service; TURN_CREDENTIAL when left out."),
    Setting(
        "turn_urls",
        ListOf(
            Readable("an address such as 'turn:turn.example.org:3478'", _turn_url),
            "a list of addresses such as 'turn:turn.example.org:3478'",
            least=1,
        ),
        "Addresses of your own TURN server; TURN_URLS, separated by spaces, when left out.",
    ),
    Setting(
        "turn_secret",
        Text(500),
        "What your TURN server shares with mug (`static-auth-secret` of coturn); TURN_SECRET when left out."
        " Browsers never get it, but credentials made from it that are good for a few hours.",
    ),
    Setting(
        "ice_servers",
        ListOf(
            Readable("a dict with urls, and for TURN username and credential", _ice_server),
            "a list of servers",
        ),
        "STUN and TURN servers, used instead of all others.",
    ),
    Setting("force_relay", Flag(), "Whether all traffic goes through TURN, to try it out.", False),
)


def from_environment(config: Builder) -> dict[str, object]:
    """Return the settings that the environment of the process gives where the call gave none.

    A secret and a user's credential are two ways to the same end: the call's is not mixed with the other one.
    """
    skipped = {name for name in FROM_ENVIRONMENT if config.given(name)}
    if "turn_secret" in skipped:
        skipped |= {"turn_username", "turn_credential"}
    if skipped & {"turn_username", "turn_credential"}:
        skipped.add("turn_secret")
    said = {name: os.environ.get(name.upper(), "") for name in FROM_ENVIRONMENT if name not in skipped}
    found: dict[str, object] = {name: text for name, text in said.items() if text.strip()}
    if "turn_urls" in found:
        found["turn_urls"] = said["turn_urls"].split()
    return found


def webrtc_problems(config: Builder) -> Iterator[Problem]:
    """Yield what does not go together."""

    def problem(setting: str, what: str, fix: str) -> Problem:
        return config.problem("webrtc", setting, what, fix)

    def missing(setting: str, given: str, why: str) -> Iterator[Problem]:
        if config.given(given) and not config.given(setting):
            what = f"{given} alone does not open a TURN server: {why}"
            yield problem(setting, what, f"give it, or set {setting.upper()} in the environment")

    yield from missing("turn_credential", "turn_username", "turn_credential is missing")
    yield from missing("turn_username", "turn_credential", "turn_username is missing")
    yield from missing("turn_urls", "turn_secret", "turn_urls is missing")
    known = config.given("turn_secret") or config.given("turn_username") or config.given("turn_credential")
    if config.given("turn_urls") and not known:
        what = "turn_urls alone does not open a TURN server: there is no secret and no user"
        yield problem("turn_secret", what, "give it, or set TURN_SECRET in the environment")
    if config.given("turn_secret") and config.given("turn_username"):
        what = "turn_secret and turn_username are two ways to open a TURN server"
        yield problem("turn_secret", what, "leave turn_username and turn_credential out")
    servers = config.setting("ice_servers") or ()
    relayed = config.given("turn_username") or config.given("turn_secret") or config.wrong("ice_servers")
    if (
        config.setting("force_relay")
        and not relayed
        and not any("turn" in u[:5] for s in servers for u in s["urls"])
    ):
        what = "force_relay=True needs a TURN server, and there is none"
        yield problem("force_relay", what, "set TURN_USERNAME and TURN_CREDENTIAL")
