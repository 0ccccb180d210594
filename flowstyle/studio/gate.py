"""Who may come in: before a page or a file is served, the request is looked at."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse

from flowstyle.studio.address import LOOPBACK, host_of
from flowstyle.studio.files import LARGEST

COOKIE = "flowstyle_token"


class Gate:
    """Lets requests through that may come in, and refuses all others with 403.

    Without a token these are the ones that name this machine: a page elsewhere whose name leads
    here by a trick of its name server does not (DNS rebinding). With a token it must have come once
    in the address; a cookie holds it from then on.

    Args:
        app: what is behind the gate.
        token: empty where only this machine is served.
    """

    def __init__(self, app: Any, token: str = "") -> None:
        self._app = app
        self._digest = hashlib.sha256(token.encode()).hexdigest() if token else ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _too_large(Headers(scope=scope)):
            answer = PlainTextResponse("flowstyle studio: too large", status_code=413)
            await answer(scope, receive, send)
        elif scope["type"] not in ("http", "websocket") or self._may(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope)(scope, receive, send)

    def _may(self, scope: Any) -> bool:
        if not self._digest:
            return host_of(Headers(scope=scope).get("host", "")) in LOOPBACK
        cookie = HTTPConnection(scope).cookies.get(COOKIE, "")
        return hmac.compare_digest(cookie.encode(), self._digest.encode())

    def _answer(self, scope: Any) -> Any:
        """Let in who brings the token, refuse everybody else."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        digest = hashlib.sha256(given.encode()).hexdigest()
        if self._digest and hmac.compare_digest(digest, self._digest):
            answer = RedirectResponse("/", status_code=303)
            answer.set_cookie(COOKIE, digest, httponly=True, samesite="strict")
            return answer
        return PlainTextResponse(
            "flowstyle studio: this address needs its token: /?token=…", status_code=403
        )


def _too_large(headers: Headers) -> bool:
    """Whether more is announced than an upload may have, or an unknown amount."""
    length = headers.get("content-length", "0")
    beside = 2**20  # what a form holds beside its file
    unknown = "transfer-encoding" in headers or not length.isdecimal()
    return unknown or int(length) > LARGEST + beside


def is_near(asking: HTTPConnection) -> bool:
    """Whether somebody sits at this machine, as far as a request tells it.

    Args:
        asking: the request.
    """
    address = asking.client.host if asking.client else ""
    return address in LOOPBACK and host_of(asking.headers.get("host", "")) in LOOPBACK
