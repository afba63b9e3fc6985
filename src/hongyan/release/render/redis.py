"""Redis: Rspamd's memory (statistics, history), on a unix socket of the instance."""

from __future__ import annotations

from hongyan.release.facts import Ground
from hongyan.release.render.filetext import FileText, template


def files(ground: Ground) -> dict[str, FileText]:
    return {"etc/redis.conf": FileText(template("redis.conf.j2", i=ground.instance))}
