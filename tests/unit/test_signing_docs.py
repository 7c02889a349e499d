"""The snippets of docs/keys.md, run as a shop's server would run them."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache

import pytest

from shared.domain import keys
from shared.domain.keys import Keyring
from shared.domain.user_tokens import signed_user
from shared.settings import PROJECT
from tests.key_maker import SECRET
from tests.support import NOW

USERS = ("maria", "ü b/+?~", "日本" * 30)
RUNS = {
    "python": (sys.executable, "-c", "{snippet}\nprint(user_token({key}, {user}))"),
    "js": ("node", "-e", "{snippet}\nconsole.log(userToken({key}, {user}))"),
    "php": ("php", "-r", "{snippet}\necho user_token({key}, {user});"),
}


@cache
def snippets() -> dict[str, str]:
    found = re.findall(r"^```(\w+)\n(.*?)^```", (PROJECT / "docs" / "keys.md").read_text(), re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.mark.parametrize("user", USERS, ids=["letters", "signs", "long"])
@pytest.mark.parametrize("language", RUNS)
def test_what_is_signed_as_documented_is_understood(language: str, user: str) -> None:
    program, option, code = RUNS[language]
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    ring, key, text = keys.create(Keyring(), SECRET, bytes(range(keys.RANDOM_BYTES)), NOW)
    code = code.replace("{key}", f"'{text}'").replace("{user}", f"'{user}'").replace("{snippet}", snippets()[language])
    ran = subprocess.run([program, option, code], capture_output=True, text=True, check=True, timeout=60)
    now = datetime.now(UTC)
    token = ran.stdout.strip()
    assert signed_user(token, lambda key_id: ring.signer(key_id, "", now), now) == user
    assert key.id in token
