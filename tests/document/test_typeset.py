"""TeX is run on copies, in a folder of its own, and what it refuses is one line."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace

import pytest
from runs import trained_run
from tex import needs_tex

from derive.document import pdf
from derive.document.tables import files_of
from derive.errors import DeriveError


@needs_tex
def test_tex_reads_writes_and_runs_nothing_outside_of_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("openin_any", "a")
    monkeypatch.setenv("TEXMFOUTPUT", str(tmp_path))
    secret, written = tmp_path / "secret.tex", tmp_path / "written.txt"
    secret.write_text("secret")
    attempts = {
        "plain": "x",
        "absolute": rf"\input{{{secret}}}",
        "parent": r"\input{../secret}",
        "unlisted": r"\input{other}",
        "write": rf"\newwrite\w \immediate\openout\w={written} \immediate\write\w{{x}}",
        "run": rf"\immediate\write18{{touch {written}}} y",
        "read": r"\read16 to \x",
        "endless": r"\def\x{\x}\x",
    }
    monkeypatch.setattr(pdf, "LIMIT", 1)
    for name, body in attempts.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "other.tex").write_text("not one of the fragments")
        (folder / "preview.tex").write_text(rf"\documentclass{{article}}\begin{{document}}{body}\end{{document}}")
        made = []
        if name in ("plain", "run"):
            made = pdf.typeset(folder, [folder])
            assert made
        else:
            with pytest.raises(DeriveError, match=r"^TeX refuses .*preview\.tex: pdflatex") as refusal:
                pdf.typeset(folder, [folder])
            assert "\n" not in str(refusal.value)
        names = {path.name for path in folder.iterdir()}
        assert names == {"other.tex", "preview.tex"} | ({"preview.pdf"} if made else set())
    assert not written.exists()


@needs_tex
def test_slides_are_typeset_beside_the_preview_and_a_refusal_names_the_file(tmp_path):
    (tmp_path / "frames").mkdir()
    for name in ("preview", "frames/slides", "frames/step_1"):
        (tmp_path / f"{name}.tex").write_text(r"\documentclass{article}\begin{document}x\end{document}")
    (tmp_path / "frames" / "slides.tex").write_text(r"\input{step_1}")
    (tmp_path / "frames" / "handout.tex").write_text(r"\PassOptionsToClass{twoside}{article}\input{slides}")
    made = pdf.typeset(tmp_path, [tmp_path])
    assert {str(path.relative_to(tmp_path)) for path in made} == {
        "preview.pdf", "frames/slides.pdf", "frames/handout.pdf",
    }  # fmt: skip
    assert pdf.typeset(tmp_path, [tmp_path]) == []
    (tmp_path / "frames" / "handout.tex").write_text(r"\input{slides}\undefined")
    os.utime(tmp_path / "frames" / "handout.pdf", (0, 0))
    (tmp_path / "frames" / "step_1.tex").write_text(r"\documentclass{article}\begin{document}\nothing\end{document}")
    os.utime(tmp_path / "frames" / "slides.pdf", (0, 0))
    with pytest.raises(DeriveError, match=r"TeX refuses .*slides\.tex: pdflatex: .*Undefined control sequence"):
        pdf.typeset(tmp_path, [tmp_path])


def have_scripts():
    tools = all(map(shutil.which, ("lualatex", "kpsewhich")))
    files = ("luatexja-fontspec.sty", "FandolSong-Regular.otf", "luaotfload.sty")
    return tools and subprocess.run(["kpsewhich", *files], capture_output=True).stdout.count(b"\n") == len(files)


@needs_tex
@pytest.mark.parametrize("title", ["长短期记忆", "Долгая память"])
def test_titles_in_other_scripts_are_set_or_one_line_says_what_to_install(tmp_path, title):
    files = files_of(replace(trained_run("rnn", steps=1, units=1, inputs=1), title=title))
    for name in ("preview.tex", *(n for n in files if n.endswith(".tex") and "/" not in n)):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
    if have_scripts():
        [made] = pdf.typeset(tmp_path, [tmp_path])
        assert title in subprocess.run(["pdftotext", made, "-"], capture_output=True, text=True).stdout
        return
    with pytest.raises(DeriveError, match=rf"has {title[0]} \(U\+\w+\); install texlive-luatex and fonts-cmu") as said:
        pdf.typeset(tmp_path, [tmp_path])
    assert "\n" not in str(said.value)
