"""`python -m hongyan.faces.cli`: what the launcher runs."""

import sys

from hongyan.faces.cli.main import main

sys.exit(main(sys.argv[1:]))
