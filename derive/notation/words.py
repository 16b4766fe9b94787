"""The fixed words and sentences of tables, captions and pages, by language. Formulas in them stand between dollars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from derive.errors import DeriveError, unknown
from derive.exact.numeral import decimal_mark

ENGLISH = {
    # headings
    "equations": "Equations",
    "values": "Values",
    "weights and inputs": "Weights and inputs",
    "hand": "Worked by hand",
    "vectors": "Every step, all units at once",
    "derivation": "Every step",
    "approximation": "Approximations",
    "adjoint": "Backward equations",
    "backward": "The backward pass",
    "update": "One step of gradient descent",
    "check": "The hand-made table, checked",
    "table": "Table",
    "figure": "Figure",
    "continued": "continued",
    "hand caption": "{title}: formula and value",
    "update caption": "{title}: the parameters before and after one step of gradient descent",
    "check caption": "{title}: the table worked by hand against the exact cell",
    "arguments caption": "Arguments that occur; underlined where no claim covers them",
    "propagation caption": "What the approximations do to the run: approximate minus exact",
    "weights caption": "The weights and the initial state, as given",
    "inputs caption": "The inputs, as given",
    "cotangents caption": "The gradients of every quantity, at every time step",
    "gradients caption": "The gradients of the parameters and of the initial state",
    # the backward equations
    "backward step": "One step back",
    "parameter gradients": "Gradients of the parameters",
    "chain rule": "Derivation",
    "cotangents": "{delta} for every quantity $q$. {into} is what reaches {now} from the loss at {t} and from step"
    " {next}; the equation of {passed} gives the second part, to which the loss adds its own gradient.",
    "unit sum": r"$\mathbf{{1}}^{{\top}}$ sums over the units.",
    # under the tables
    "initial state": "Initial state: {states}.",
    "rounding": "Rounded half to even to {decimals}.",
    "rounding, few": "Rounded half to even to {decimals}, and to more where fewer than {fewest} significant digits"
    " would be left.",
    "chosen": "Dots stand for what is left out; shown are {parts}. The file steps.json has everything.",
    "chosen steps": "the steps {few} of {many}",
    "chosen units": "the units {few} of {many}",
    "chosen rows": "the rows {few}",
    "zero terms": "Terms that are exactly 0 are left out of formulas with numbers.",
    "as given": "Inputs as given.",
    "indices": "In {name} the index below is the time step, the one above in parentheses the unit or component.",
    "indices, raised": "In {name} the index above in parentheses is the time step, that below the unit or component.",
    "abbreviations": "Abbreviations",
    "blocks": "Matrices in blocks: {blocks}.",
    "not let through": "In {key}, {word} is no mathematics that is let through: its formula stands as text.",
    "loss": "Loss",
    "right to left": "Computed from the last time step to the first.",
    "entries": "A line for each vector and for each row of a matrix, a column for each entry.",
    "dots": "Dots stand for what is left out.",
    "before": "before",
    "gradient": "gradient",
    "after": "after",
    "new": "new",
    "updated": r"After the step $w$ is $w - \eta \, \delta w$, with {rate}.",
    "updated, one bias": "In this notation a map has one bias; where PyTorch has two, each of them moves by as much.",
    "decimals": "{n} decimals",
    "decimals, one": "1 decimal",
    "decimal mark": ".",
    "separator": ", ",
    # the head of the check's table
    "by hand": "by hand",
    "exact": "exact",
    "error": "error",
    "relative": "relative",
    "agrees to": "decimals right",
    "all": "all",
    "none": "none",
    # what the check found
    "agrees": "Right at {decimals}: all {n} entries.",
    "agrees, one": "Right at {decimals}: the one entry.",
    "differs": "Wrong at {decimals}: {few} of {n} entries, {places}.",
    "differs, one": "Wrong at {decimals}: the one entry, {places}.",
    "no printed": "The {n} printed values agree at the decimals that they were printed with.",
    "no printed, one": "The one printed value agrees at the decimals that it was printed with.",
    "misprinted": "Printed {place} was {text}; exactly it is {exact}.",
    "wrong formula": "By the cell {quantity} is {equation}, not {formula}, which gives {gives}.",
    "wrong numbers": "With the cell's own values {formula} gives {gives}.",
    "wrong value": "{formula} is {gives}.",
    "half-substituted": "The formula is half substituted: names and numbers stand side by side.",
    "not equal": "The value after the formula is rounded: ≈ belongs before it, not =.",
    "wrong": "Wrong: {what}.",
    "nothing wrong": "Nothing is wrong.",
    "no wrong value": "No value is wrong.",
    "wrong values": "{n} values",
    "wrong values, one": "1 value",
    "wrong formulas": "{n} formulas",
    "wrong formulas, one": "1 formula",
    "wrong claims": "{n} claims",
    "wrong claims, one": "1 claim",
    "violated": "{claim} does not hold for {places}: there the error is at most {actual}, not {claimed}.",
    "argument": "{function} in {place} at {argument}",
    # approximations
    "claim": "{formula} on {interval}",
    "claimed on": "Claimed is {formula} for arguments in {interval}, where the error is at most {bound}.",
    "claimed at": "Claimed is {formula}, with an error of at most {bound}.",
    "not needed": "No argument of this run needs it.",
    "holds": "It holds for all {n} arguments that fall under it.",
    "holds, one": "It holds for the one argument that falls under it.",
    "outside": "{n} of the {many} arguments lie outside: {places}.",
    "outside, one": "One of the {many} arguments lies outside: {places}.",
    "error there": "The arguments of the run lie in {interval}; there the error is at most {actual}.",
    "moves": "The output moves most in {output}: by {size}, of which {part} comes from {group}.",
    "PROVED": "{claim}: the replacement {what}: proved.",
    "REFUTED": "{claim}: the replacement {what}: refuted at x ≈ {at}.",
    "UNDECIDED": "{claim}: the replacement {what}: undecided.",
    "stays within": "stays within {interval}",
    "falls nowhere": "falls nowhere",
    "rises nowhere": "rises nowhere",
    # what is certified
    "certified": "What is certified",
    "certified caption": "What the replacements do to each quantity at most, for {box}",
    "certified caption, points": "What the replacements do to each quantity at most",
    "verdicts caption": "Whether the claims hold for all arguments that occur",
    "in the run": "in the run",
    "error at most": "error at most",
    "PROVED at a step": "proved",
    "VIOLATED at a step": "violated",
    "UNDECIDED at a step": "open",
    "certified by": r"$\varepsilon(q)$ is $q$ with the approximations minus $q$ exactly. The bounds hold for every"
    " number of the box, and are rounded up ({arithmetic}).",
    "certified by, points": r"$\varepsilon(q)$ is $q$ with the approximations minus $q$ exactly. The bounds are rounded"
    " up ({arithmetic}).",
    "balls": "ball arithmetic",
    "outward rounding": "outward rounding",
    "beside the run": "Below each is what the numbers of the run give.",
    "not beside the run": "The numbers of the run do not lie in the box.",
    "PROVED on the box": "{claim}: proved, the error is at most {bound}.",
    "VIOLATED on the box": "{claim}: violated, the arguments lie in {interval}; there the error"
    " is at most {actual}, not {bound}.",
    "UNDECIDED on the box": "{claim}: open, the arguments lie in {interval}; there the error is at most {actual}, not"
    " {bound}.",
    "beyond, clamp": "{table} is a table on {interval}, and {name} asks for up to {by} beyond it, where it keeps its"
    " last entry.",
    "beyond, extend": "{table} is a table on {interval}, and {name} asks for up to {by} beyond it, where its last line"
    " goes on.",
    "always": "At all times, whatever the inputs as long as {inputs}: {bounds}.",
    "never": "For all times nothing is proved: {why}.",
    "never, points": "{claim} replaces an activation at some steps only; claim it on an interval",
    "never, machine": "the rounding of {machine} is bounded step by step",
    "never, wide": "no box of states that a round of steps leads into was found; narrower inputs may have one",
    "never, cases": "which case of a formula applies differs from step to step",
    "never, endless": "no box of states that a step leads into was found; what {what} may be has no end"
    " after {steps} steps; give narrower inputs",
    "never, slow": "no box of states that a step leads into was found; {what} still grows, {pace} times as"
    " fast as at the step before; the bounds of the step's parts, taken apart, are too wide",
    "never, growing": "no box of states that a step leads into was found; {what} grows {pace} times as fast"
    " as at the step before, and only below 1 it ends; the cell may forget nothing, or its weights are large",
    "over time": "The largest error of any unit over time, certified for {box}, and in the run; what is below"
    r" $10^{{-12}}$ of it is not drawn",
    "over time, points": r"The largest error of any unit over time; what is below $10^{{-12}}$ of it is not drawn",
    "replaced by": "replaced by",
    "interval": "on",
    "own error": "error",
    "part of the output": "of which in ${output}$",
    "sum": "together",
    "in": "{function} in {place}",
    "saturated": "saturated {function}",
    "propagation": r"$\varepsilon(q)$ is $q$ with the approximations minus $q$ exactly. Both runs are evaluated"
    " exactly, so every digit is certain; the parts add up to the whole.",
    # the page that is walked
    "diagram": "The data flow of a step",
    "diagram key": "Circles are products, sums, differences and quotients; what is subtracted or divided by enters one"
    " from above or below. A shaded box has learned parameters, and lines that join in a bar go on as one.",
    "diagram square": "□ is what enters a box.",
    "diagram unit": "The numbers are those of the first unit.",
    "contents": "Contents",
    "walk": "Step by step",
    "walk help": "The keys ← and → lead from step to step. What a number comes from is framed, what it goes to is"
    " underlined. The numbers of this section are computed in double precision.",
    "walk step": "Time step",
    "walk fold": "Fold the formulas",
    "walk formula": "Formula of {name}",
    "walk number": "Number to change",
    "walk value": "Its value",
    "walk reset": "All as given",
    "walk changed": "Numbers were changed: the step by step section and this table are computed again, in double"
    " precision. Everything else on the page is the run as given.",
    "comes from": "comes from",
    "goes to": "goes to",
    "inputs": "Inputs",
    "states": "Initial state",
    "weights": "Weights",
    "no walk": "The page cannot compute this run again: {why}.",
    "too many weights": "it has {n} weights, and a page takes at most {most}",
    # within derivations
    "between": r"\xi \text{{ between }} {centre} \text{{ and }} x",
    "largest at an end": r"\text{so } |D| \text{ is largest at an end}",
    "ball arithmetic": r"\text{(ball arithmetic)}",
}

GERMAN = {
    "equations": "Gleichungen",
    "values": "Werte",
    "weights and inputs": "Gewichte und Eingaben",
    "hand": "Von Hand gerechnet",
    "vectors": "Alle Schritte, alle Einheiten zugleich",
    "derivation": "Alle Schritte",
    "approximation": "Näherungen",
    "adjoint": "Rückwärtsgleichungen",
    "backward": "Der Rückwärtslauf",
    "update": "Ein Schritt des Gradientenabstiegs",
    "check": "Die Tabelle von Hand, geprüft",
    "table": "Tabelle",
    "figure": "Abbildung",
    "continued": "Fortsetzung",
    "hand caption": "{title}: Formel und Wert",
    "update caption": "{title}: die Parameter vor und nach einem Schritt des Gradientenabstiegs",
    "check caption": "{title}: die Tabelle von Hand gegen die exakte Zelle",
    "arguments caption": "Argumente, die vorkommen; unterstrichen, wo keine Behauptung sie abdeckt",
    "propagation caption": "Was die Näherungen im Lauf bewirken: genähert minus exakt",
    "weights caption": "Die Gewichte und der Anfangszustand, wie gegeben",
    "inputs caption": "Die Eingaben, wie gegeben",
    "cotangents caption": "Die Gradienten jeder Größe, zu jedem Zeitschritt",
    "gradients caption": "Die Gradienten der Parameter und des Anfangszustands",
    "backward step": "Ein Schritt zurück",
    "parameter gradients": "Gradienten der Parameter",
    "chain rule": "Herleitung",
    "cotangents": "{delta} für jede Größe $q$. {into} ist, was {now} vom Verlust bei {t} und vom Schritt {next}"
    " erreicht; die Gleichung für {passed} gibt den zweiten Teil, zu dem der Verlust seinen eigenen Gradienten fügt.",
    "unit sum": r"$\mathbf{{1}}^{{\top}}$ summiert über die Einheiten.",
    "initial state": "Anfangszustand: {states}.",
    "rounding": "Gerundet auf {decimals}, die Hälfte zur geraden Ziffer.",
    "rounding, few": "Gerundet auf {decimals}, die Hälfte zur geraden Ziffer, und auf mehr, wo weniger als {fewest}"
    " geltende Ziffern blieben.",
    "chosen": "Punkte stehen für Ausgelassenes; gezeigt sind {parts}. Die Datei steps.json hat alles.",
    "chosen steps": "die Schritte {few} von {many}",
    "chosen units": "die Einheiten {few} von {many}",
    "chosen rows": "die Zeilen {few}",
    "zero terms": "Glieder, die genau 0 sind, fehlen in Formeln mit Zahlen.",
    "as given": "Eingaben wie gegeben.",
    "indices": "In {name} steht unten der Zeitschritt, oben in Klammern die Einheit oder Komponente.",
    "indices, raised": "In {name} steht oben in Klammern der Zeitschritt, unten die Einheit oder Komponente.",
    "abbreviations": "Abkürzungen",
    "blocks": "Matrizen in Blöcken: {blocks}.",
    "not let through": "In {key} ist {word} keine Mathematik, die durchgelassen wird: die Formel steht als Text da.",
    "loss": "Verlust",
    "right to left": "Gerechnet vom letzten Zeitschritt zum ersten.",
    "entries": "Eine Zeile für jeden Vektor und jede Zeile einer Matrix, eine Spalte für jeden Eintrag.",
    "dots": "Punkte stehen für Ausgelassenes.",
    "before": "vorher",
    "gradient": "Gradient",
    "after": "nachher",
    "new": "neu",
    "updated": r"Nach dem Schritt ist $w$ gleich $w - \eta \, \delta w$, mit {rate}.",
    "updated, one bias": "In dieser Schreibweise hat eine Abbildung einen Bias; wo PyTorch zwei hat, bewegt sich jeder"
    " um so viel.",
    "decimals": "{n} Nachkommastellen",
    "decimals, one": "1 Nachkommastelle",
    "decimal mark": ",",
    "separator": "; ",
    "by hand": "von Hand",
    "exact": "exakt",
    "error": "Fehler",
    "relative": "relativ",
    "agrees to": "richtige Stellen",
    "all": "alle",
    "none": "keine",
    "agrees": "Richtig auf {decimals}: alle {n} Einträge.",
    "agrees, one": "Richtig auf {decimals}: der eine Eintrag.",
    "differs": "Falsch auf {decimals}: {few} von {n} Einträgen, {places}.",
    "differs, one": "Falsch auf {decimals}: der eine Eintrag, {places}.",
    "no printed": "Die {n} ausgegebenen Werte stimmen auf die Stellen, mit denen sie ausgegeben wurden.",
    "no printed, one": "Der eine ausgegebene Wert stimmt auf die Stellen, mit denen er ausgegeben wurde.",
    "misprinted": "Ausgegeben wurde für {place} {text}; exakt ist es {exact}.",
    "wrong formula": "In der Zelle ist {quantity} gleich {equation}, nicht {formula}; das gibt {gives}.",
    "wrong numbers": "Mit den Werten der Zelle gibt {formula} {gives}.",
    "wrong value": "{formula} ist {gives}.",
    "half-substituted": "Die Formel ist halb eingesetzt: Namen und Zahlen stehen nebeneinander.",
    "not equal": "Der Wert nach der Formel ist gerundet: vor ihn gehört ≈, nicht =.",
    "wrong": "Falsch: {what}.",
    "nothing wrong": "Nichts ist falsch.",
    "no wrong value": "Kein Wert ist falsch.",
    "wrong values": "{n} Werte",
    "wrong values, one": "1 Wert",
    "wrong formulas": "{n} Formeln",
    "wrong formulas, one": "1 Formel",
    "wrong claims": "{n} Behauptungen",
    "wrong claims, one": "1 Behauptung",
    "violated": "{claim} gilt nicht für {places}: dort ist der Fehler höchstens {actual}, nicht {claimed}.",
    "argument": "{function} in {place} bei {argument}",
    "claim": "{formula} auf {interval}",
    "claimed on": "Behauptet ist {formula} für Argumente in {interval}; dort ist der Fehler höchstens {bound}.",
    "claimed at": "Behauptet ist {formula}; der Fehler ist höchstens {bound}.",
    "not needed": "Kein Argument dieses Laufs braucht es.",
    "holds": "Es gilt für alle {n} Argumente, die darunter fallen.",
    "holds, one": "Es gilt für das eine Argument, das darunter fällt.",
    "outside": "{n} der {many} Argumente liegen außerhalb: {places}.",
    "outside, one": "Eines der {many} Argumente liegt außerhalb: {places}.",
    "error there": "Die Argumente des Laufs liegen in {interval}; dort ist der Fehler höchstens {actual}.",
    "moves": "Die Ausgabe bewegt sich am meisten in {output}: um {size}, davon {part} durch {group}.",
    "PROVED": "{claim}: die Ersetzung {what}: bewiesen.",
    "REFUTED": "{claim}: die Ersetzung {what}: widerlegt bei x ≈ {at}.",
    "UNDECIDED": "{claim}: die Ersetzung {what}: unentschieden.",
    "stays within": "bleibt in {interval}",
    "falls nowhere": "fällt nirgends",
    "rises nowhere": "steigt nirgends",
    "certified": "Was bewiesen ist",
    "certified caption": "Was die Ersetzungen an jeder Größe höchstens bewirken, für {box}",
    "certified caption, points": "Was die Ersetzungen an jeder Größe höchstens bewirken",
    "verdicts caption": "Ob die Behauptungen für alle Argumente gelten, die vorkommen",
    "in the run": "im Lauf",
    "error at most": "Fehler höchstens",
    "PROVED at a step": "bewiesen",
    "VIOLATED at a step": "verletzt",
    "UNDECIDED at a step": "offen",
    "certified by": r"$\varepsilon(q)$ ist $q$ mit den Näherungen minus $q$ exakt. Die Schranken gelten für jede Zahl"
    " des Kastens und sind aufgerundet ({arithmetic}).",
    "certified by, points": r"$\varepsilon(q)$ ist $q$ mit den Näherungen minus $q$ exakt. Die Schranken sind"
    " aufgerundet ({arithmetic}).",
    "balls": "Kugelarithmetik",
    "outward rounding": "nach außen gerundet",
    "beside the run": "Darunter steht, was die Zahlen des Laufs ergeben.",
    "not beside the run": "Die Zahlen des Laufs liegen nicht im Kasten.",
    "PROVED on the box": "{claim}: bewiesen, der Fehler ist höchstens {bound}.",
    "VIOLATED on the box": "{claim}: verletzt, die Argumente liegen in {interval}; dort ist der"
    " Fehler höchstens {actual}, nicht {bound}.",
    "UNDECIDED on the box": "{claim}: offen, die Argumente liegen in {interval}; dort ist der Fehler höchstens"
    " {actual}, nicht {bound}.",
    "beyond, clamp": "{table} ist eine Tabelle auf {interval}, und {name} fragt bis zu {by} außerhalb, wo ihr letzter"
    " Eintrag gilt.",
    "beyond, extend": "{table} ist eine Tabelle auf {interval}, und {name} fragt bis zu {by} außerhalb, wo ihre letzte"
    " Strecke weitergeht.",
    "always": "Zu allen Zeiten, was auch die Eingaben sind, solange {inputs}: {bounds}.",
    "never": "Für alle Zeiten ist nichts bewiesen: {why}.",
    "never, points": "{claim} ersetzt in einigen Schritten allein; eine Behauptung auf einem Intervall hilft",
    "never, machine": "was {machine} rundet, ist Schritt für Schritt beschränkt",
    "never, wide": "kein Kasten von Zuständen, in den eine Runde von Schritten führt, ist gefunden; engere Eingaben"
    " mögen einen haben",
    "never, cases": "welcher Fall einer Formel gilt, ist von Schritt zu Schritt verschieden",
    "never, endless": "kein Kasten von Zuständen, in den ein Schritt führt, ist gefunden; {what} ist"
    " nach {steps} Schritten unbeschränkt; engere Eingaben helfen",
    "never, slow": "kein Kasten von Zuständen, in den ein Schritt führt, ist gefunden; {what} wächst noch,"
    " {pace} mal so schnell wie im Schritt davor; die Schranken der Teile eines Schritts sind einzeln zu weit",
    "never, growing": "kein Kasten von Zuständen, in den ein Schritt führt, ist gefunden; {what} wächst"
    " {pace} mal so schnell wie im Schritt davor, und nur unter 1 endet es; die Zelle vergisst nichts, oder ihre"
    " Gewichte sind groß",
    "over time": "Der größte Fehler einer Einheit über der Zeit, bewiesen für {box}, und im Lauf; was unter"
    r" $10^{{-12}}$ davon ist, ist nicht gezeichnet",
    "over time, points": r"Der größte Fehler einer Einheit über der Zeit; was unter $10^{{-12}}$ davon ist, ist nicht"
    " gezeichnet",
    "replaced by": "ersetzt durch",
    "interval": "auf",
    "own error": "Fehler",
    "part of the output": "davon in ${output}$",
    "sum": "zusammen",
    "in": "{function} in {place}",
    "saturated": "gesättigtes {function}",
    "propagation": r"$\varepsilon(q)$ ist $q$ mit den Näherungen minus $q$ exakt. Beide Läufe sind exakt gerechnet,"
    " jede Ziffer ist sicher; die Teile ergeben zusammen das Ganze.",
    "diagram": "Der Datenfluss eines Schritts",
    "diagram key": "Kreise sind Produkte, Summen, Differenzen und Quotienten; was abgezogen oder wodurch geteilt wird,"
    " kommt von oben oder unten. Ein schattierter Kasten hat gelernte Parameter, und Linien, die in einem Balken"
    " zusammenlaufen, gehen als eine weiter.",
    "diagram square": "□ ist, was in einen Kasten geht.",
    "diagram unit": "Die Zahlen sind die der ersten Einheit.",
    "contents": "Inhalt",
    "walk": "Schritt für Schritt",
    "walk help": "Die Tasten ← und → führen von Schritt zu Schritt. Woraus eine Zahl entsteht, ist eingerahmt,"
    " wohin sie geht, unterstrichen. Die Zahlen dieses Abschnitts sind in doppelter Genauigkeit gerechnet.",
    "walk step": "Zeitschritt",
    "walk fold": "Formeln einklappen",
    "walk formula": "Formel von {name}",
    "walk number": "Zu ändernde Zahl",
    "walk value": "Ihr Wert",
    "walk reset": "Alles wie gegeben",
    "walk changed": "Zahlen wurden geändert: der Abschnitt Schritt für Schritt und diese Tabelle sind neu gerechnet, in"
    " doppelter Genauigkeit. Alles andere auf der Seite ist der Lauf wie gegeben.",
    "comes from": "entsteht aus",
    "goes to": "geht nach",
    "inputs": "Eingaben",
    "states": "Anfangszustand",
    "weights": "Gewichte",
    "no walk": "Die Seite kann diesen Lauf nicht neu rechnen: {why}.",
    "too many weights": "er hat {n} Gewichte, und eine Seite nimmt höchstens {most}",
    "between": r"\xi \text{{ zwischen }} {centre} \text{{ und }} x",
    "largest at an end": r"\text{also ist } |D| \text{ an einem Ende am größten}",
    "ball arithmetic": r"\text{(Kugelarithmetik)}",
}

LANGUAGES: dict[str, dict[str, str]] = {"en": ENGLISH, "de": GERMAN}


def words(language: str) -> Mapping[str, str]:
    """The words of a language. Raises DeriveError for one that is not there."""
    if language not in LANGUAGES:
        raise DeriveError(unknown("language", language, LANGUAGES))
    return LANGUAGES[language]


_SPOKEN: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within, numbers are printed as that language prints them, and what knows no run has its words. Raises DeriveError
    for one that is not there."""
    with decimal_mark(words(language)["decimal mark"]):
        token = _SPOKEN.set(language)
        try:
            yield
        finally:
            _SPOKEN.reset(token)


def spoken() -> Mapping[str, str]:
    """The words of the language that is spoken here; English where nobody has said which."""
    return words(_SPOKEN.get())


def plural(language: str, key: str, n: int, **parts: object) -> str:
    """The sentence of that key about n things, in which {n} may stand; about one thing, that of ``key, one``.

    >>> plural("en", "decimals", 1), plural("en", "decimals", 4)
    ('1 decimal', '4 decimals')
    """
    return words(language)[f"{key}, one" if n == 1 else key].format(n=n, **parts)
