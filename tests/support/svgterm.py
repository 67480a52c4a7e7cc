"""A terminal's screen, as "tmux capture-pane -eN" has it, drawn as SVG."""
import re
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 8, 17                   # of a cell
MARGIN, BAR = 12, 26
BACKGROUND, FOREGROUND = "#1b1d23", "#d6dae2"
COLOURS = ["#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd",
           "#56b6c2", "#d6dae2"]
HALVES = {"▀": (0,), "▄": (1,), "█": (0, 1)}


def colour(number):
    """Of the 256 colours."""
    if number < 16:
        return COLOURS[number % 8]
    if number >= 232:
        return "#" + 3 * f"{8 + 10 * (number - 232):02x}"
    levels = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{levels[n]:02x}" for n in
                         (number // 36, number // 6 % 6, number % 6))


class Style:
    """What the escape sequences so far have set."""

    def __init__(self):
        self.fore, self.back, self.bold, self.reverse = None, None, False, False

    def set(self, words):
        codes = [int(word or 0) for word in words.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.__init__()
            elif code == 1:
                self.bold = True
            elif code in (7, 27):
                self.reverse = code == 7
            elif code in (38, 48) and codes[:1] == [5]:
                found = colour(codes[1])
                del codes[:2]
                if code == 38:
                    self.fore = found
                else:
                    self.back = found
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fore = COLOURS[code % 10]
            elif 40 <= code <= 47:
                self.back = COLOURS[code % 10]
            elif code == 39:
                self.fore = None
            elif code == 49:
                self.back = None

    def key(self):
        fore, back = self.fore or FOREGROUND, self.back or BACKGROUND
        return (back, fore) if self.reverse else (fore, back), self.bold


def cells(line, style):
    """(character, (foreground, background), bold) of each of a line's cells;
    STYLE is that of the line before, and goes on."""
    found = []
    for words, character in re.findall(r"\x1b\[([\d;]*)m|([^\x1b])", line):
        if character:
            found.append((character, *style.key()))
        else:
            style.set(words)
    return found


def runs(row):
    """Neighbours that look alike: (column, text, colours, bold)."""
    start = 0
    for i in range(1, len(row) + 1):
        if i == len(row) or row[i][1:] != row[start][1:]:
            yield (start, "".join(cell[0] for cell in row[start:i]),
                   *row[start][1:])
            start = i


def blocks(text, x, y, fill):
    """Half blocks as one path, so that no font has to have them."""
    path = ""
    for half in 0, 1:
        for match in re.finditer("[" + "".join(
                c for c in HALVES if half in HALVES[c]) + "]+", text):
            top = y + half * HEIGHT / 2
            path += (f"M{x + match.start() * WIDTH} {top:g}"
                     f"h{len(match[0]) * WIDTH}v{HEIGHT / 2:g}"
                     f"h-{len(match[0]) * WIDTH}z")
    return f'<path fill="{fill}" d="{path}"/>' if path else ""


def run(column, text, colours, bold, y):
    fore, back = colours
    x, parts = MARGIN + column * WIDTH, []
    if back != BACKGROUND:
        parts.append(f'<rect x="{x}" y="{y}" width="{len(text) * WIDTH}" '
                     f'height="{HEIGHT}" fill="{back}"/>')
    if set(text) & set(HALVES):
        parts.append(blocks(text, x, y, fore))
    elif text.strip():
        lead = len(text) - len(text.lstrip())
        word = text.strip()
        weight = ' font-weight="bold"' if bold else ""
        parts.append(
            f'<text x="{x + lead * WIDTH}" y="{y + 13}" fill="{fore}"{weight} '
            f'textLength="{len(word) * WIDTH}">{escape(word)}</text>')
    return parts


def draw(title, screen, columns):
    """The whole picture: a window with TITLE around SCREEN, text of lines."""
    lines = screen.rstrip("\n").split("\n")
    width = columns * WIDTH + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN + BAR
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
        'font-size="13" xml:space="preserve" shape-rendering="crispEdges">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" '
        f'fill="{BACKGROUND}"/>',
        f'<text x="{width // 2}" y="18" fill="#8a909c" text-anchor="middle">'
        f"{escape(title)}</text>"]
    style = Style()
    for number, line in enumerate(lines):
        y = MARGIN + BAR + number * HEIGHT
        for one in runs(cells(line, style)):
            parts += run(*one, y)
    return "\n".join(filter(None, parts)) + "\n</svg>\n"
