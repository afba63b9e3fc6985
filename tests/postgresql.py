"""`python -m tests.postgresql [pytest arguments]`: the tests that ask the database, on a PostgreSQL of their own.

Owns: a throw-away cluster below /tmp on a free loopback port, run as Debian's user `postgres`, gone at the end.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.instance import make_instance

PROGRAMS = Path("/usr/lib/postgresql")


@contextmanager
def cluster() -> Iterator[str]:
    """A running server; the URL of its empty database."""
    programs = max(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
    directory = Path(tempfile.mkdtemp(prefix="hongyan-postgresql-"))
    shutil.chown(directory, "postgres")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    data, log = directory / "data", directory / "log"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200"
    as_postgres(programs / "initdb", "-D", data, "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "hongyan")
    as_postgres(programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
    try:
        yield f"postgresql://hongyan@127.0.0.1:{port}/postgres"
    finally:
        as_postgres(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(directory)


def as_postgres(*command: str | Path) -> None:
    subprocess.run(
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *map(str, command)],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )


class DatabaseOnly:
    """Leaves out what asks no database: it would prove the same a second time."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        asks = {item: bool({"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))) for item in items}
        marked = {item: item.get_closest_marker("django_db") is not None for item in items}
        kept = [item for item in items if asks[item] or marked[item]]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def main(arguments: list[str]) -> int:
    with cluster() as url, tempfile.TemporaryDirectory(prefix="hongyan-test-") as directory:
        os.environ["HONGYAN_DIR"] = str(make_instance(Path(directory) / "var", database=url).root)
        chosen = any(Path(argument.partition("::")[0]).exists() for argument in arguments)
        return pytest.main([*([] if chosen else [str(Path(__file__).parent)]), *arguments], plugins=[DatabaseOnly()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
