"""``derive fresh``: is everything in generated/ what the equations give now? Derives all of it again."""

from __future__ import annotations

import argparse
from pathlib import Path

from derive.backends.torch.emit import generated_files
from derive.commands.common import GENERATED, each, examples
from derive.commands.tables import run_files
from derive.files import stale

SUMMARY = "say which file of generated/ is not what the equations give now"
EXAMPLES = """\
  derive fresh  a diff of every stale file and the command that mends it; exit status 1 where there is one

For the source tree: it is run in the folder that has examples/ and generated/."""


def options(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Compare generated/ with what the equations give now."""
    from derive.gallery import gallery_files

    runs = examples()
    texts = {f"tables/{run.stem}/{name}": t for run, found in zip(runs, each(run_files, runs), strict=True)
             for name, t in found.items()}  # fmt: skip
    texts |= generated_files(each=each) | {f"gallery/{name}": t for name, t in gallery_files(each=each).items()}
    expected = {GENERATED / name: text for name, text in texts.items()}
    found = stale(expected, GENERATED)
    for path, diff, reason in found:
        print(diff, end="")
        print(f"{path}: {reason}; {_remedy(path, reason)}")
    if not found:
        print(f"{GENERATED} is what the equations give: {len(expected)} files")
    return 1 if found else 0


def _remedy(path: Path, reason: str) -> str:
    if reason == "nothing generates it":
        return f"rm {path}"
    made = (part for part in ("tables", "gallery") if path.is_relative_to(GENERATED / part))
    return f"make {next(made, 'code')}"
