"""`python -m hongyan.engines.supervise.session PROGRAM ARGUMENT...`: becomes a program that must lead a session.

supervisord makes each child the leader of a process group, and such a process may not start a session (setsid(2),
EPERM); Postfix's master gives up then. Stepping back into the supervisor's own group first, the program can, and it
keeps the pid that the supervisor knows.
"""

import os
import sys

if __name__ == "__main__":
    os.setpgid(0, os.getpgid(os.getppid()))
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted
