"""The commands of the shell, a module each: the last room.

In: the words that are typed. Out: what any room makes, as text or as files, and the exit status.
A module gives ``SUMMARY`` (what ``derive --help`` says), ``EXAMPLES`` (what to type), ``options(parser)``, which adds
its arguments, and ``run(arguments)``, which returns the exit status. What is slow to import is imported in ``run``. A
new command is a module here and its name in ``NAMES``.
"""

#: In the order of the help.
NAMES = (
    "list",
    "show",
    "tables",
    "draw",
    "check",
    "certify",
    "synthesise",
    "code",
    "gallery",
    "verify",
    "read",
    "compare",
    "document",
    "bench",
    "fresh",
)
