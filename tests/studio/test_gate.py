"""Who is let in: requests by hand, without a server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("starlette", reason="no Starlette here: pip install 'flowstyle[studio]'")

from starlette.requests import HTTPConnection

from flowstyle.studio.files import LARGEST
from flowstyle.studio.gate import COOKIE, Gate, is_near

BEHIND = 200


def answer(token: str = "", kind: str = "http", query: str = "", **headers: str) -> tuple[int, str]:
    """Status and cookie of an answer; :data:`BEHIND` where the request came through."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append({"status": BEHIND})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    found = {"host": "localhost:8765", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        **{"type": kind, "method": "GET", "path": "/", "query_string": query.encode()},
        "headers": [(name.encode(), value.encode()) for name, value in found.items()],
    }
    asyncio.run(Gate(app, token)(scope, receive, send))
    cookies = dict(sent[0].get("headers", ())).get(b"set-cookie", b"").decode()
    return sent[0].get("status", sent[0].get("code")), cookies


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *[("localhost:8765", BEHIND), ("127.0.0.1", BEHIND), ("[::1]:8765", BEHIND)],
        *[("evil.example:8765", 403), ("localhost.evil.example", 403), ("", 403)],
    ],
)
def test_without_a_token_only_names_of_this_machine_come_in(host: str, status: int) -> None:
    assert answer(host=host)[0] == status


def test_a_token_is_asked_for_once_and_kept_in_a_cookie() -> None:
    assert answer("word")[0] == 403
    assert answer("word", query="token=wrong")[0] == 403
    assert answer("word", query="token=")[0] == 403
    status, cookie = answer("word", query="token=word", host="studio.example")
    assert status == 303
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "word" not in cookie
    name, _, value = cookie.partition(";")[0].partition("=")
    assert name == COOKIE
    assert answer("word", host="studio.example", cookie=f"{COOKIE}={value}")[0] == BEHIND
    assert answer("other", cookie=f"{COOKIE}={value}")[0] == 403
    assert answer("word", kind="websocket")[0] == 1008
    assert answer("word", kind="websocket", cookie=f"{COOKIE}={value}")[0] == BEHIND


@pytest.mark.parametrize(
    ("address", "host", "near"),
    [
        *[("127.0.0.1", "localhost:8765", True), ("::1", "[::1]:8765", True)],
        *[("192.168.0.7", "localhost:8765", False), ("127.0.0.1", "studio.example", False)],
        *[(None, "localhost", False)],
    ],
)
def test_who_sits_at_this_machine(address: str | None, host: str, near: bool) -> None:
    client = None if address is None else (address, 4711)
    headers = [(b"host", host.encode())]
    assert is_near(HTTPConnection({"type": "http", "client": client, "headers": headers})) == near


def test_uploads_that_are_too_large_are_refused_before_they_are_read() -> None:
    assert answer(content_length=str(LARGEST))[0] == BEHIND
    assert answer(content_length=str(LARGEST + 2**21))[0] == 413
    assert answer(content_length="much")[0] == 413
    assert answer(transfer_encoding="chunked")[0] == 413
