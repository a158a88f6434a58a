# One image for the web process, the worker and the migrations; the command says which (docker-compose.yml).
FROM python:3.11-slim AS build
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home marathon
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# No secret is needed to collect files, so none gets into a layer.
RUN DJANGO_DEBUG=true python manage.py collectstatic --noinput --verbosity 0
USER marathon
EXPOSE 8000
CMD ["uvicorn", "marathon_site.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--loop", "uvloop", \
     "--http", "live.doors.sockets:Http", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", \
     "--no-server-header", "--timeout-graceful-shutdown", "20"]
