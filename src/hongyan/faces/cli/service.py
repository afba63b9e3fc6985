"""`service install`: this instance under systemd.

Never: starts or stops the instance itself; the unit's first start does, at boot or by `systemctl start`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from hongyan.faces.cli.output import Output
from hongyan.faces.cli.registry import Namespace, Subparsers
from hongyan.kernel.decision import Refusal
from hongyan.kernel.instance import Instance, load

UNITS = Path("/etc/systemd/system")


def register(sub: Subparsers) -> None:
    service = sub.add_parser("service", help="run this instance under systemd")
    actions = service.add_subparsers(metavar="ACTION", required=True)
    install = actions.add_parser("install", help="write and enable a systemd unit for this instance")
    install.set_defaults(run=run_install)


def unit_text(instance: Instance, launcher: Path) -> str:
    """`up` stays in the foreground as the unit's main process; its supervisor restarts the services by itself."""
    return f"""[Unit]
Description=Hongyan mail service ({instance.root})
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
ExecStart={launcher} up --dir {instance.root}
ExecStop={launcher} down --dir {instance.root}
Restart=on-failure
TimeoutStartSec=300
TimeoutStopSec=90
KillMode=mixed
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
"""


def run_install(args: Namespace, out: Output) -> None:
    instance = load(args.dir)
    launcher = Path(os.environ.get("HONGYAN_CHECKOUT", ".")).absolute() / "hongyan"
    text = unit_text(instance, launcher)
    unit = UNITS / f"hongyan-{instance.name}.service"
    if not Path("/run/systemd/system").is_dir() or not shutil.which("systemctl"):
        out.result({"installed": False, "unit": text}, lambda: out.say("service.no_systemd", path=unit) + "\n\n" + text)
        return
    if os.geteuid() != 0:
        raise Refusal("setup.not_root")
    unit.write_text(text, "utf-8")
    for arguments in (("daemon-reload",), ("enable", unit.name)):
        done = subprocess.run(("systemctl", *arguments), capture_output=True, text=True)
        if done.returncode:
            raise Refusal("service.failed", command=f"systemctl {' '.join(arguments)}", reason=done.stderr.strip())
    out.result({"installed": True, "unit": str(unit)}, lambda: out.say("service.installed", unit=unit.name))
