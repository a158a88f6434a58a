"""The browser's client, `live/static/live/`, tested in Node.js by its own suite in `tests/node`."""

import os
import subprocess
from pathlib import Path

import pytest

NODE_TESTS = Path(__file__).parents[1] / "node"

pytestmark = pytest.mark.needs_node


def run_node_tests(node_path: str, *files: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [node_path, "--experimental-websocket", "--no-warnings", "--test", *files]
    return subprocess.run(
        command, cwd=NODE_TESTS, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_the_javascript_client_passes_its_own_tests(node_path: str) -> None:
    done = run_node_tests(node_path)
    assert done.returncode == 0, done.stdout + done.stderr
