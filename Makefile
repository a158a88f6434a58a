# The commands of this project. `make` lists them; `make demo` shows the thing; `make test` says whether it is whole.

PYTHON3 ?= python3
BIN := .venv/bin
PORT ?= 8000
ARGS ?=
NODE_TESTS := tests/node
BOARDS := small medium large crowd stalled quiet memory
unexport DJANGO_SETTINGS_MODULE

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## make .venv with everything locked; does nothing while the lock is the same
	@cmp -s requirements-dev.lock .venv/installed.lock || $(MAKE) --no-print-directory reinstall

reinstall:
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON3=/path/to/python3 ..." >&2; exit 1; }
	@echo "Installing $$(grep -c '==' requirements-dev.lock) packages into .venv: one to three minutes, once."
	@$(PYTHON3) -m venv .venv || { echo "Python's venv is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@cp requirements-dev.lock .venv/installed.lock

demo: install ## a marathon with 100 simulated traders, live; PORT=8000
	@$(BIN)/python manage.py demo --port $(PORT) $(ARGS)

test: lint types node-modules ## lint, types, tests; ARGS="-k board -x" narrows the tests
	$(BIN)/pytest $(ARGS)

lint: install ## style, without changing anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

chaos: install ## kill the worker and each server in turn, a minute each; nothing may be lost
	CHAOS_SECONDS=60 $(BIN)/pytest tests/chaos $(ARGS)

types: install ## mypy, strict
	DJANGO_DEBUG=true $(BIN)/mypy

check: install ## what Django says about settings and migrations
	DJANGO_DEBUG=true $(BIN)/python manage.py check
	DJANGO_DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run

format: install ## mend style where that is safe
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

web: export DJANGO_DEBUG ?= true
web: install ## a web process for development; PORT=8000
	$(BIN)/uvicorn marathon_site.asgi:application --port $(PORT) --loop uvloop --http live.doors.sockets:Http \
		--ws websockets-sansio --ws-per-message-deflate false

worker: export DJANGO_DEBUG ?= true
worker: install ## the worker, for development
	$(BIN)/python manage.py consume_socket_data $(ARGS)

model: export MODEL_SCHEDULES ?= 100000
model: install ## 100,000 random schedules of losses, reconnects and slow readers; MODEL_SEED replays
	$(BIN)/pytest tests/live/hub/test_model.py -s

bench-leaderboard: install ## the HTTP leaderboard on 100,000 participants in a PostgreSQL database of its own
	$(BIN)/python -m bench.leaderboard $(ARGS)

bench-fanout: install ## one frame to a thousand clients, ours beside programs that do nothing else
	$(BIN)/python -m bench.fanout $(ARGS)

bench-small: ## from RabbitMQ to every screen, ours beside rivals: 100 accounts, 50 updates/s, 100 clients
bench-medium: ## the same with 1,000 accounts, 250 updates/s, 200 clients
bench-large: ## the same with 1,000 accounts, 1,000 updates/s, 1,000 clients
bench-crowd: ## the same with 5,000 clients that come at once
bench-stalled: ## the same with 20 of 200 clients that stop reading
bench-quiet: ## the same with one update at a time
bench-memory: ## what 1,000 idle connections cost in memory
$(addprefix bench-,$(BOARDS)): bench-%: install
	$(BIN)/python -m bench.boards $* $(ARGS)

bench-worker: install ## the worker's speed: 100,000 objects for 10,000 accounts, beside a bare pika consumer
	$(BIN)/python -m bench.worker $(ARGS)

bench-board: install ## a board of 10,000 participants in a web process: loading it, keeping it in order
	$(BIN)/python -m bench.board $(ARGS)

lock: install ## resolve the dependencies of pyproject.toml again
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet uv
	$(BIN)/uv pip compile pyproject.toml $(LOCK) --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev $(LOCK) --constraint requirements.lock --output-file requirements-dev.lock
	$(BIN)/uv pip compile bench/requirements.in $(LOCK) --constraint requirements.lock --output-file bench/requirements.lock
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --quiet $(ARGS)

# The clients that the tests run in Node.js; without npm those tests are skipped with a reason.
node-modules:
	@if [ -f $(NODE_TESTS)/package-lock.json ] && command -v npm >/dev/null; then \
		cmp -s $(NODE_TESTS)/package-lock.json $(NODE_TESTS)/node_modules/installed.lock || \
		{ (cd $(NODE_TESTS) && npm ci --no-audit --no-fund) && cp $(NODE_TESTS)/package-lock.json $(NODE_TESTS)/node_modules/installed.lock; }; fi

clean: ## remove caches and the demo's data, not .venv
	rm -rf .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis staticfiles
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.DEFAULT_GOAL := help
.PHONY: model help install reinstall demo test chaos lint types check format web worker bench-fanout bench-leaderboard \
	bench-worker bench-board $(addprefix bench-,$(BOARDS)) lock node-modules clean
