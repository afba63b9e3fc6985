"""The web's way to the guard: ask before a password is checked, tell what came of it.

Owns: the two calls and the spelling of what is sent.
Never: sends a password; what stands for it is a keyed hash, so that repeated mistakes are recognised.
Always: answers within `TIMEOUT` seconds; a guard that is away is `Verdict.reached` False, and the attempt goes on (the
caller has its own fallback).
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass
from typing import Any, Final

from hongyan.kernel.decision import Decision
from hongyan.kernel.instance import Instance

TIMEOUT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refused` says why not; otherwise wait `wait` seconds and go on."""

    wait: int = 0
    refused: Decision | None = None
    reached: bool = True


class GuardClient:
    def __init__(self, instance: Instance) -> None:
        self._port = instance.ports["guard"]
        self._key = instance.secret("guard.key")

    def allow(self, login: str, remote: str, password: str, *, agent: str = "") -> Verdict:
        answer = self._call("/web?command=allow", self._attempt(login, remote, password, agent))
        if answer is None:
            return Verdict(reached=False)
        if answer.get("status", 0) < 0:
            return Verdict(refused=Decision(answer["code"], answer["params"], answer["clause"]))
        return Verdict(wait=int(answer.get("status", 0)))

    def report(
        self, login: str, remote: str, password: str, *, success: bool, agent: str = "", reason: str = ""
    ) -> bool:  # fmt: skip
        """False when the guard was not reached: then nobody has written the attempt down.

        `reason` other than "" says that the password was right and something else stood in the way: no guess.
        """
        outcome = {"success": success, "fail_type": "disabled" if reason else "", "reason": reason}
        return self._call("/web?command=report", self._attempt(login, remote, password, agent) | outcome) is not None

    def unlock(self, login: str) -> bool:
        return self._call("/unlock", {"login": login}) is not None

    def _attempt(self, login: str, remote: str, password: str, agent: str) -> dict[str, Any]:
        tried = hmac.digest(
            self._key.encode(), f"{login.lower()}\0{password}".encode("utf-8", "surrogatepass"), hashlib.sha256
        )
        return {"login": login, "remote": remote, "pwhash": tried.hex(), "device_id": agent}

    def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            connection.request("POST", path, json.dumps(body), {"X-API-Key": self._key, "Connection": "close"})
            response = connection.getresponse()
            answer = json.loads(response.read())
            return answer if response.status == http.client.OK and isinstance(answer, dict) else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
