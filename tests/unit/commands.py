"""The vitrine command as it is typed, without importing it for each time that it is.

A process imports the command, runs none itself, and forks for each: what runs is a process of its own, with its own
arguments, environment, output, exit code and end.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shared.settings import PROJECT

_OUTPUTS = ("stdout", "stderr")


@dataclass
class Started:
    """A command at work in a session of its own. The next one is started when this one has been waited for."""

    pid: int
    folder: TemporaryDirectory[str]

    def wait(self) -> subprocess.CompletedProcess[str]:
        """As :func:`subprocess.run` has it: the number of a signal that ended it is negative."""
        code = _heard()
        out, errors = ((Path(self.folder.name) / name).read_text(encoding="utf-8") for name in _OUTPUTS)
        self.folder.cleanup()
        return subprocess.CompletedProcess("vitrine", code, out, errors)


def vitrine(*arguments: object, timeout: float = 120, **environment: object) -> subprocess.CompletedProcess[str]:
    """Run to its end, or to that of ``timeout`` in seconds, which kills it; ``environment`` is beside the caller's."""
    return start(*arguments, timeout=timeout, **environment).wait()


def start(*arguments: object, timeout: float = 120, **environment: object) -> Started:
    folder = TemporaryDirectory(prefix="vitrine-command-")
    asked = {
        "typed": ["vitrine", *map(str, arguments)],
        "environment": os.environ | {name: str(value) for name, value in environment.items()},
        "folder": folder.name,
        "timeout": timeout,
    }
    asks = _imported().stdin
    assert asks
    asks.write(json.dumps(asked) + "\n")
    asks.flush()
    return Started(_heard(), folder)


def _heard() -> int:
    answers = _imported().stdout
    assert answers
    return int(answers.readline())


@cache
def _imported() -> subprocess.Popen[str]:
    entry = [sys.executable, "-c", "from tests.unit.commands import serve; serve()"]
    running = subprocess.Popen(entry, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(running.communicate)  # which ends it
    return running


def serve() -> None:
    """Fork for each line of the standard input; say the number of the process, and then its exit code.

    Nobody else gets its number before the next line, so that it may be killed whether it is still at work or not.
    """
    from local.cli import main

    child = 0
    for line in sys.stdin:
        if child:
            os.waitpid(child, 0)
        asked = json.loads(line)
        if (child := os.fork()) == 0:
            _become(asked)
            return main()  # and from there to the end of the interpreter
        print(child, flush=True)
        print(_ended(child, asked["timeout"]), flush=True)
    return None


def _become(asked: Mapping[str, Any]) -> None:
    os.setsid()
    files = [Path(os.devnull), *(Path(asked["folder"]) / name for name in _OUTPUTS)]
    for descriptor, path in enumerate(files):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = asked["typed"]


def _ended(child: int, timeout: float) -> int:
    """The exit code of ``child``, which is killed when it takes too long."""
    until = time.monotonic() + timeout
    while not (ended := os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG)):
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.005)
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
