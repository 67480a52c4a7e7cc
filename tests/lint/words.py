"""Words that a finished source does not have."""
import re

import tap

LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented", re.I)
SWITCH = re.compile(r"^\s*#\s*(el)?if(n?def)?\b.*(TEST|FUZZ|UNIT)")
UNSAFE = re.compile(r"\b(gets|sprintf|vsprintf|alloca|strtok|"
                    r"mktemp|tmpnam|system|popen|atoi|atol|rand|srand)\s*\(")


def strip(text):
    """Without comments and strings, lines kept."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group())
    return re.sub(r'/\*.*?\*/|"(\\.|[^"\\\n])*"', blank, text, flags=re.S)


def grep(pattern, texts):
    return [f"{path}:{number}: {line.strip()}"
            for path, text in texts.items()
            for number, line in enumerate(text.split("\n"), 1)
            if pattern.search(line)]


def main():
    suffixes = (".c", ".h", ".mk", ".conf", ".in", ".m4", ".1", ".5", ".8")
    texts = {path: tap.read(path)
             for path in tap.files(["src", "pam", "conf"], *suffixes)
             if not path.startswith(("conf/m4/lt", "conf/m4/libtool"))}
    code = {path: strip(text) for path, text in texts.items()
            if path.endswith((".c", ".h"))}
    tap.ok([] if len(code) > 20 else ["sources not found"],
           "the sources are there")
    tap.ok(grep(LATER, texts), "nothing is left for later")
    tap.ok(grep(SWITCH, {path: texts[path] for path in code}),
           "no test switch in production code")
    tap.ok(grep(UNSAFE, code), "no function of libc that can't be used safely")
    tap.ok(grep(re.compile(r"[ \t]+$"), texts), "no white space at a line's end")
    tap.done()


main()
