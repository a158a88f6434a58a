"""The browser's client, `live/static/live/`, tested in Node.js by its own suite in `tests/node`."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from tests.live.client.boards import vector, ways

NODE_TESTS = Path(__file__).parents[2] / "node"

pytestmark = pytest.mark.needs_node


def run_node_tests(node_path: str, *files: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [node_path, "--experimental-websocket", "--no-warnings", "--test", *files]
    return subprocess.run(
        command, cwd=NODE_TESTS, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_the_javascript_client_passes_its_own_tests(node_path: str) -> None:
    done = run_node_tests(node_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_javascript_client_follows_the_servers_deltas(node_path: str, tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = []

    @settings(max_examples=200, phases=[Phase.generate], database=None)
    @given(ways())
    def draw(way: tuple[bytes, bytes, bytes]) -> None:
        cases.append(vector(way))

    draw()
    vectors = tmp_path / "drawn.json"
    vectors.write_text(json.dumps({"cases": cases, "refused": []}), encoding="utf-8")
    done = run_node_tests(node_path, "board.test.js", DELTA_VECTORS=str(vectors))
    assert done.returncode == 0, done.stdout + done.stderr
