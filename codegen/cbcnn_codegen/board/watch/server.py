"""Serves the page to browsers on this machine, and to nobody else."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cbcnn_codegen.board.watch.state import WatchState
from cbcnn_codegen.emit.render import render
from cbcnn_codegen.errors import UsageError

LOOPBACK: Final = "127.0.0.1"
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_IDLE_SECONDS: Final = 10.0
_HTML, _SCRIPT, _JSON, _TEXT = (
    "text/html; charset=utf-8",
    "text/javascript; charset=utf-8",
    "application/json",
    "text/plain; charset=utf-8",
)


class PageServer:
    """A server on the loopback address, running while it is entered.

    A page of another site may make a browser ask any address under a name of its own (DNS
    rebinding); the browser then says that name, and the server refuses every name but its own.

    Raises:
        UsageError: the port is taken, or may not be used.
    """

    def __init__(self, state: WatchState, port: int = 0) -> None:
        try:
            self._server = _Server((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UsageError(
                f"port {port} of this machine cannot be used for the page",
                found=error.strerror or str(error),
                allowed="a port from 1024 to 65535 that no other program has",
                suggestion="leave --page-port out, which takes a free one",
            ) from error
        port = self._server.server_address[1]
        self._server.names = {f"{name}:{port}" for name in (LOOPBACK, "localhost")}
        self._server.state = state
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url: Final = f"http://{LOOPBACK}:{port}/"

    def __enter__(self) -> PageServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    names: set[str]
    state: WatchState

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "cbcnn"
    sys_version = ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer the page, its script, or the state."""
        if self.headers.get_all("Host", []) not in [[name] for name in self.server.names]:
            text = f"this page is for {' and '.join(sorted(self.server.names))} alone\n"
            self._answer(HTTPStatus.FORBIDDEN, _TEXT, text.encode())
        elif self.path == "/":
            self._answer(HTTPStatus.OK, _HTML, _page(self.server.state))
        elif self.path == "/watch.js":
            self._answer(HTTPStatus.OK, _SCRIPT, render("page/watch.js").encode())
        elif self.path == "/state":
            self._answer(HTTPStatus.OK, _JSON, self.server.state.to_json())
        else:
            self._answer(HTTPStatus.NOT_FOUND, _TEXT, b"there is nothing here\n")

    def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Requests are not worth a line on the terminal."""


def _page(state: WatchState) -> bytes:
    return render("page/watch.html.jinja", watch=state.board).encode()
