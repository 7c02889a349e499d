"""Answers multiply matrices by one thread: in the server, in a campaign's workers, in the functions on AWS."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings import PROJECT

_THREADS = "print({each['num_threads'] for each in threadpool_info() if each['user_api'] == 'blas'})"
_NEEDED = "import numpy; from threadpoolctl import threadpool_info"


def _said(code: str, **environment: str) -> str:
    known = {"PATH": "", "PYTHONPATH": str(PROJECT), "OPENBLAS_NUM_THREADS": "4"} | environment
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=known
    ).stdout.strip()


def test_from_then_on_there_is_one() -> None:
    code = f"{_NEEDED}; from local.arithmetic import by_one_thread; {_THREADS}; by_one_thread(); {_THREADS}"
    before, after = _said(code).splitlines()
    assert after == ("{1}" if before != "set()" else before)


@pytest.mark.parametrize("path", ["local/campaign_workers.py", "local/commands/serve.py"])
def test_who_makes_lists_says_so(path: str) -> None:
    assert "by_one_thread()" in (PROJECT / Path(path)).read_text()


def test_the_functions_are_told_by_the_template() -> None:
    assert _said(f"{_NEEDED}; {_THREADS}", OPENBLAS_NUM_THREADS="1") in ("{1}", "set()")
    assert 'OPENBLAS_NUM_THREADS: "1"' in (PROJECT / "template.yaml").read_text()
