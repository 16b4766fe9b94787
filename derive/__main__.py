"""``python -m derive`` is the console script ``derive``."""

import sys

from derive.commands.cli import main

sys.exit(main())
