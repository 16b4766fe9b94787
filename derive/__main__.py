"""``python -m derive`` is the console script ``derive``."""

import sys

from derive.cli import main

sys.exit(main())
