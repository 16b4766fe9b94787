"""Layout: what the records of a run look like on a page, in LaTeX and in HTML."""
