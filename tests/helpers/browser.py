"""Pages as a browser shows them: how wide they are on screens of several widths, and what axe-core says of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WIDTHS = (320, 375, 768, 1280)  # of a small and a usual phone, a tablet, a desk
BROWSER = next(filter(shutil.which, ("chromium", "chromium-headless-shell")), None)
COMMAND = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom")
_POLICY = re.compile("<meta http-equiv[^>]*>")  # the script that measures is none that the page allows
_MEASURE = """
async function audit(view) {
  view.eval(document.querySelector("template").content.textContent);
  // formulas have the colour of the text around them, and there are thousands of elements in them
  view.axe.configure({ rules: [{ id: "color-contrast", selector: "body *:not(math *)" }] });
  const found = await view.axe.run(view.document, { resultTypes: ["violations"] });
  return found.violations.map((v) => `${v.id}, ${v.nodes.length} times: ${v.nodes[0].html.slice(0, 120)}`);
}
addEventListener("load", async function () {
  const measured = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const root = frame.contentDocument.documentElement, { page, width, scheme } = frame.dataset;
    const ids = Array.from(root.querySelectorAll("[id]"), (e) => e.id);
    measured.push({
      page, width: Number(width), scheme, over: root.scrollWidth - root.clientWidth,
      dark: frame.contentWindow.matchMedia("(prefers-color-scheme: dark)").matches,
      repeated: ids.filter((id, k) => ids.indexOf(id) !== k),
      violations: scheme ? await audit(frame.contentWindow) : null,
    });
  }
  document.body.innerHTML = "<pre></pre>";
  document.querySelector("pre").textContent = JSON.stringify(measured);
});
"""


def axe() -> str | None:
    """The text of axe-core, where the package that brings it is installed."""
    spec = find_spec("axe_core_python")
    return (Path(spec.origin).parent / "axe.min.js").read_text() if spec and spec.origin else None


def measured(pages: dict[str, str], folder: Path, schemes: bool = False) -> list[dict[str, Any]]:
    """What is found of each page in each width, or on a desk in both schemes, light and dark, with axe-core.

    over: by how many pixels it can be scrolled sideways. repeated: ids that are there twice. violations: None where
    axe-core has not looked, which takes half a minute for a page of 300 kB.
    """
    assert BROWSER is not None
    script = (axe() or "") if schemes else ""
    sizes = [(1280, "light"), (1280, "dark")] if schemes else [(width, "") for width in WIDTHS]
    frames = [
        f'<iframe data-page="{name}" data-width="{width}" data-scheme="{scheme}"'
        f' srcdoc="{escape(_POLICY.sub("", text))}"'
        f' style="width: {width}px; height: 800px; border: 0; color-scheme: {scheme or "light"}"></iframe>'
        for name, text in pages.items()
        for width, scheme in sizes
    ]
    held = f"<template>{escape(script)}</template>"
    (folder / "frames.html").write_text(
        f"<!DOCTYPE html><meta charset='utf-8'><body>{held}{''.join(frames)}<script>{_MEASURE}</script>"
    )
    done = subprocess.run(
        [BROWSER, *COMMAND, (folder / "frames.html").as_uri()], capture_output=True, text=True, timeout=120
    )
    found = re.search("<pre>(.*?)</pre>", done.stdout, re.DOTALL)
    assert found, done.stdout[-500:] + done.stderr[-500:]
    return json.loads(unescape(found[1]))
