"""A secured link leads in whom Prolific sent to this very site, just now, and nobody else."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from mug_prolific import Prolific
from mug_prolific.secured import LinkVerifier, NotProven

from mug.components import Identity, Refusal
from plugins.mug_prolific.tests.fake_prolific import FakeProlific
from plugins.mug_prolific.tests.test_recruiters import identified

IDS = {"PROLIFIC_PID": "p1", "STUDY_ID": "s1", "SESSION_ID": "x1"}
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def verifier(service: FakeProlific, **wishes: Any) -> LinkVerifier:
    return LinkVerifier(f"{service.url}/.well-known/study/jwks.json", "study.test", **wishes)


@pytest.mark.parametrize(
    "audience", ["study.test", "https://study.test", "https://STUDY.test:443/x", ["a", "study.test"]]
)
async def test_a_good_token(service: FakeProlific, audience: Any) -> None:
    """The ids are those that Prolific signed, however it names the site."""
    assert await verifier(service).verify(service.signed(IDS, aud=audience)) == IDS


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": time.time() - 3600}, "ExpiredSignature"),
        ({"exp": None}, "MissingRequiredClaim"),
        ({"aud": None}, "MissingRequiredClaim"),
        ({"aud": "https://study.test.evil.test"}, "it is for"),
        ({"iss": "https://evil.test"}, "InvalidIssuer"),
        ({"key": OTHER_KEY}, "InvalidSignature"),
        ({"kid": "unknown"}, "no key"),
        ({"key": "study.test" * 5, "algorithm": "HS256"}, "not by RS256"),
        ({"key": None, "algorithm": "none"}, "not by RS256"),
        ({"prolific": {"PROLIFIC_PID": "p1"}}, "does not say who"),
        ({"prolific": "p1"}, "does not say who"),
    ],
)
async def test_a_bad_token(service: FakeProlific, claims: dict[str, Any], reason: str) -> None:
    """Expired, for another site, by another key, by another algorithm, incomplete: it proves nothing."""
    with pytest.raises(NotProven, match=reason):
        await verifier(service).verify(service.signed(IDS, **claims))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.", "x" * 5000, "é.é.é"])
async def test_rubbish(service: FakeProlific, token: str) -> None:
    """What is no token proves nothing either."""
    with pytest.raises(NotProven):
        await verifier(service).verify(token)


async def test_keys_are_kept_and_renewed(service: FakeProlific) -> None:
    """They are asked for once, again when they are old, and for an unknown key no more than now and then."""
    now = [0.0]
    links = verifier(service, clock=lambda: now[0])
    for _ in range(3):
        await links.verify(service.signed(IDS))
    assert len(service.asked) == 1
    for _ in range(3):
        with pytest.raises(NotProven):
            await links.verify(service.signed(IDS, kid="new"))
    assert len(service.asked) == 1
    now[0] = 60.0
    with pytest.raises(NotProven):
        await links.verify(service.signed(IDS, kid="new"))
    assert len(service.asked) == 2
    now[0] = 24 * 3600.0
    await links.verify(service.signed(IDS))
    assert len(service.asked) == 3


async def test_without_keys_nobody_is_let_in(service: FakeProlific) -> None:
    """When Prolific cannot be asked for its keys, that is an error, and no answer."""
    service.goes_wrong("broken", "jwks")
    with pytest.raises(httpx.HTTPError):
        await verifier(service).verify(service.signed(IDS))
    assert await verifier(service).verify(service.signed(IDS)) == IDS


async def test_old_keys_serve_for_a_day(service: FakeProlific) -> None:
    """While Prolific cannot be asked for its keys, those of today are good enough; a key of none is not."""
    now = [0.0]
    links = verifier(service, clock=lambda: now[0])
    await links.verify(service.signed(IDS))
    service.goes_wrong("broken", "jwks", times=100)
    now[0] = 13 * 3600.0
    assert await links.verify(service.signed(IDS)) == IDS
    with pytest.raises(httpx.HTTPError):
        await links.verify(service.signed(IDS, kid="new"))
    now[0] = 25 * 3600.0
    with pytest.raises(httpx.HTTPError):
        await links.verify(service.signed(IDS))


async def test_who_waits_together_asks_once(service: FakeProlific) -> None:
    """When Prolific does not answer, people who arrive together do not each wait for it after the other."""
    service.goes_wrong("broken", "jwks", times=100)
    links = verifier(service)
    told = await asyncio.gather(
        *(links.verify(service.signed(IDS)) for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(one, httpx.HTTPError | ValueError) for one in told)
    assert len(service.asked) == 1


@pytest.mark.parametrize("body", ["[]", "{}", '{"keys": null}', '{"keys": []}', "no JSON"])
async def test_an_answer_without_keys_is_no_answer(service: FakeProlific, body: str) -> None:
    """It does not take the place of the keys that there are."""
    now = [0.0]
    links = verifier(service, clock=lambda: now[0])
    service.keys = body
    with pytest.raises(ValueError, match=r"keys|Expecting"):
        await links.verify(service.signed(IDS))
    service.keys = ""
    await links.verify(service.signed(IDS))
    service.keys, now[0] = body, 13 * 3600.0
    assert await links.verify(service.signed(IDS)) == IDS


async def test_a_study_with_secured_links(service: FakeProlific) -> None:
    """A token is enough; ids beside it must be the same; without a token nobody gets in."""
    recruiter = Prolific(secured_for="study.test", api=service.api)
    identity = await identified(recruiter, prolific_token=service.signed(IDS))
    assert isinstance(identity, Identity)
    assert identity.labels["pid"] == "p1"
    assert identity.proven
    same = await identified(recruiter, prolific_token=service.signed(IDS), **IDS)
    assert same.person == identity.person
    for args in (
        IDS,
        IDS | {"prolific_token": service.signed(IDS | {"PROLIFIC_PID": "p2"})},
        IDS | {"prolific_token": service.signed(IDS, exp=1)},
    ):
        assert isinstance(await identified(recruiter, **args), Refusal)
