"""`python -m hongyan.faces.web`: serves the instance's web over TLS until it is told to stop."""

from __future__ import annotations

import os

from granian import Granian
from granian.constants import Interfaces, RuntimeModes, SSLProtocols
from granian.http import HTTP1Settings

from hongyan.kernel.instance import Instance, current

THREADS = 8
HEADER_SECONDS = 10


def serve(instance: Instance) -> None:
    Granian(
        "hongyan.faces.web.wsgi:application",
        address=instance.listen,
        port=instance.ports["web"],
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        runtime_mode=RuntimeModes.st,
        websockets=False,
        backpressure=64,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000),
        ssl_cert=instance.server_cert,
        ssl_key=instance.server_key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hongyan.faces.settings")
    serve(current())
