"""GET healthz, readyz and metrics: what load balancers, orchestrators and Prometheus ask. Outside of /apiv1/."""

import hmac
from collections.abc import Callable, Coroutine
from functools import wraps
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from live.health import readiness
from live.metrics import exposition, worker_signs
from live.process import process

View = Callable[..., Coroutine[Any, Any, HttpResponse]]


def _asked(view: View) -> View:
    """GET and HEAD only, and never out of a cache."""

    @wraps(view)
    async def answer(request: HttpRequest, *_: Any) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            response = await view(request)
        else:
            response = JsonResponse({"detail": f'Method "{request.method}" not allowed.'}, status=405)
            response.headers["Allow"] = "GET, HEAD"
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


@_asked
async def healthz(_request: HttpRequest) -> HttpResponse:
    """The process is up and its loop turns. Asks nobody else: restarting it would not mend a database."""
    return JsonResponse({"status": "ok"})


@_asked
async def readyz(_request: HttpRequest) -> HttpResponse:
    """200 if the process is fit to serve, else 503; each part with its reason."""
    found = await readiness(process())
    body = {"status": "ready" if found.ready else "not ready", "checks": dict(found.parts)}
    return JsonResponse(body, status=200 if found.ready else 503)


@_asked
async def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    refused = _refused(request)
    if refused:
        response = JsonResponse({"detail": refused}, status=401 if settings.METRICS_TOKEN else 403)
        if settings.METRICS_TOKEN:
            response.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return response
    here = process()
    workers = await here.hub.threads.run(worker_signs)
    return HttpResponse(exposition(here, workers), content_type=CONTENT_TYPE_LATEST)


def _refused(request: HttpRequest) -> str:
    """Why the caller may not read metrics; empty if it may."""
    if settings.METRICS_TOKEN:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
        return "" if right and kind.lower() == "bearer" else "Metrics need the token of METRICS_TOKEN."
    return "" if _is_next_door(request) else "Metrics are for this machine alone, unless METRICS_TOKEN is set."


def _is_next_door(request: HttpRequest) -> bool:
    """A program on this machine; not what a proxy on this machine passes on."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
