"""Static files: WhiteNoise's answers, made fit for an event loop, and names that work before collectstatic."""

from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# An import of our modules. At the start of a line only, because comments show imports, too.
_IMPORT = r"""(?m)^(?P<matched>import (?P<names>[^"']+) from "(?P<url>\.[^"]+)";)$"""


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise without its two costs under ASGI.

    It would send every request, also those that are none of its own, through a thread; and Django would read its
    streamed files chunk by chunk in a thread, with a warning. Static files are small: one read is cheaper.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Before collectstatic there is no folder, which is no reason for a warning of WhiteNoise's."""
        if Path(root).is_dir():
            super().add_files(root, prefix)

    def __call__(self, request: HttpRequest) -> Any:
        return self._answer(request) if iscoroutinefunction(self) else super().__call__(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        found = self.find_file(request.path_info) if self.autorefresh else self.files.get(request.path_info)
        response: HttpResponseBase = await self.get_response(request) if found is None else self.serve(found, request)
        return response

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        body = b""
        if answer.file is not None:
            with answer.file as file:
                body = file.read()
        response = HttpResponse(body, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        if body:
            # As read now: a release that is unpacked over a running process changes files that have no hashed name.
            response["Content-Length"] = str(len(body))
        return response


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed names once `collectstatic` has run; plain names before, so that a checkout serves pages too.

    live/checks.py says that collecting is due.
    """

    manifest_strict = False
    # Modules import each other by their hashed names, too: a page never gets half of a new release.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("live/*.js", ((_IMPORT, 'import %(names)s from "%(url)s";'),)),
    )

    def stored_name(self, name: str) -> str:
        stored: str = super().stored_name(name) if self.hashed_files else name
        return stored
