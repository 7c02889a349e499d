"""What a serving process starts with is out of the collector's sight."""

import subprocess
import sys

from shared.settings import PROJECT

_CODE = """
import gc
from fastapi import FastAPI
from shared.http.lambda_entry import warm_up
before = gc.get_freeze_count()
warm_up(lambda: None)
assert before == 0 and gc.get_freeze_count() > 50_000, gc.get_freeze_count()
"""


def test_a_function_that_has_loaded_keeps_it_for_good() -> None:
    """In a process of its own: what is frozen here would stay so for the other tests."""
    subprocess.run([sys.executable, "-c", _CODE], cwd=PROJECT, check=True, timeout=60)
