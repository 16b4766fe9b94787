"""What is wrong with a file of cells as a whole is said in one line that names the file and its line."""

from __future__ import annotations

import pytest

from derive.cells.load import load_cell
from derive.errors import DeriveError

#: (a whole file below its import, what is said)
FILES = {
    "no title": ("@cell\ndef mine(x, h):\n    return h\n", ", line 2: @cell is given 'mine'; it wants a title"),
    "unknown keyword": (
        "@cell('Mine', sauce='me')\ndef mine(x, h):\n    return h\n",
        ", line 2: @cell: unknown keyword 'sauce'; did you mean 'source'?",
    ),
    "a class": ("@cell('Mine')\nclass Mine:\n    pass\n", ", line 2: @cell stands before 'Mine'; it wants a plain"),
    "a lambda": ("mine = cell('Mine')(lambda x, h: h)\n", "line 2): @cell wants a plain function"),
    "another decorator": (
        "def twice(f):\n    return lambda *a: f(*a)\n@cell('Mine')\n@twice\ndef mine(x, h):\n    return h\n",
        "line 3): @cell wants a plain function: `def my_cell(x, h):`, with no other decorator",
    ),
    "two of one name": (
        2 * "@cell('Mine')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        ", line 7: 'mine' is defined on line 3 already; rename one",
    ),
    "no class": (
        "@cell('Mine', class_name='my cell')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'my cell' cannot name a class",
    ),
    "a name of the module": (
        "@cell('Mine')\ndef f(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'F' cannot name a class of the module; give another, @cell(",
    ),
    "a class that is no text": (
        "@cell('Mine', class_name=3)\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name is 3, expected a text such as 'MyLSTM'",
    ),
    "the name of torch": (
        "@cell('Mine', class_name='torch')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'torch' cannot name a class",
    ),
    "a name of the machinery": (
        "@cell('Mine', class_name='outer')\ndef mine(x, h):\n    h = tanh(linear(x, h))\n    return h\n",
        "class_name 'outer' cannot name a class",
    ),
    "an exit": ("import sys\nsys.exit(7)\n", ", line 3 cannot be loaded: SystemExit: 7"),
    "a missing module": ("import no_such_module\n", ", line 2 cannot be loaded: ModuleNotFoundError"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cannot_be_loaded_is_answered_with_its_line(what, tmp_path):
    text, message = FILES[what]
    path = tmp_path / "mine.py"
    path.write_text("from derive import *\n" + text)
    with pytest.raises(DeriveError) as caught:
        load_cell(str(path))
    assert message in str(caught.value)
    assert "mine.py" in str(caught.value)
