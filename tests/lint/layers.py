"""Layers and libraries: what a source file may include."""
import os
import re

import tap

LAYERS = {
    "base": 0,
    "otp": 1, "fido": 1, "policy": 1, "wire": 1,
    "store": 2,
    "mfa": 3,
    "endpoint": 4, "cli": 4, "key": 4, "pam": 4,
}

# Folders that may not have all that is below them: these never touch the
# state: the module is a relay, and the key worker decides nothing.
NARROW = {
    "pam": {"base", "wire"},
    "cli": {"base", "otp", "policy", "wire"},
    "key": {"base", "wire"},
}

# Who may include a library's headers: folders, or single files.
LIBRARIES = {
    r"security/": {"pam"},
    r"openssl/": {"src/otp", "src/fido", "src/store", "src/key",
                 "src/endpoint/main.c", "src/cli/pskc_crypt.c",
                 "src/cli/pskc.c"},
    r"fido(\.h|/)": {"src/fido", "src/key"},
    r"seccomp\.h": {"src/key"},
    r"libconfig\.h": {"src/store", "src/mfa/settings.c"},
    r"jansson\.h": {"src/endpoint", "src/cli", "src/cli/doctor",
                     "src/policy"},
    r"qrencode\.h": {"src/cli", "src/endpoint/qr.c"},
    r"png\.h": {"src/cli"},
    r"pskc/": {"src/cli"},
    r"libxml/": {"src/cli"},
    r"csv\.h": {"src/cli"},
    # Layers below the programs neither print nor log.
    r"syslog\.h": {"src/endpoint", "pam"},
}

LIBC = re.compile(r"""(sys|linux|arpa|net|netinet)/\w+\.h$|(
    assert|ctype|dirent|endian|err|errno|fcntl|getopt|grp|inttypes|langinfo|
    limits|locale|poll|pthread|pwd|sched|signal|stdalign|stdarg|stdbool|stddef|
    spawn|mntent|stdint|stdio|stdlib|stdnoreturn|dlfcn|fnmatch|ftw|glob|math|netdb|
    regex|search|shadow|semaphore|ucontext|wait|string|strings|syscall|termios|threads|time|
    uchar|unistd|wchar|wctype)\.h$""", re.X)

PRINTS = re.compile(r"\b(v?printf|puts|putchar|v?dprintf|perror|"
                    r"psignal|v?syslog|openlog|v?warnx?|v?errx?)\s*\(|"
                    r"\b(stdout|stderr)\b")


def place(path):
    """The folder that counts: src/NAME/... is NAME, pam/... is pam."""
    parts = path.split(os.sep)
    return parts[1] if parts[0] == "src" else parts[0]


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"),
                  text, flags=re.S)


def own_include(path, name):
    folder = place(path)
    if "/" not in name:
        if name == "config.h" and LAYERS[folder] == 4:
            return None
        return "without its folder"
    other = name.split("/")[0]
    if other not in LAYERS:
        return "of no layer"
    if other == folder:
        return None
    if LAYERS[other] >= LAYERS[folder]:
        return f"layer {LAYERS[other]} from layer {LAYERS[folder]}"
    if other not in NARROW.get(folder, LAYERS):
        return f"{folder} may have {', '.join(sorted(NARROW[folder]))} only"
    if not os.path.exists(os.path.join(tap.SRC, "src", name)):
        return "not there"
    return None


def library_include(path, name):
    for pattern, allowed in LIBRARIES.items():
        if re.match(pattern, name):
            if path in allowed or os.path.dirname(path) in allowed:
                return None
            return f"only for {', '.join(sorted(allowed))}"
    if not LIBC.match(name):
        return "a library that the table does not name"
    return None


def check(path):
    problems = []
    for number, line in enumerate(strip_comments(tap.read(path)).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            judge = own_include if match[1] == '"' else library_include
            why = judge(path, match[2])
            if why:
                problems.append(f"{path}:{number}: {match[2]}: {why}")
        elif (LAYERS[place(path)] < 4 and PRINTS.search(line)
              and "_printf_" not in line):
            problems.append(f"{path}:{number}: prints or logs below layer 4")
    return problems


def main():
    paths = tap.files(["src", "pam"], ".c", ".h")
    folders = sorted({place(path) for path in paths})
    tap.ok([f for f in folders if f not in LAYERS], "every folder has a layer")
    tap.ok([] if len(paths) > 20 else ["sources not found"],
           "the sources are there")
    for folder in folders:
        if folder in LAYERS:
            tap.ok([p for path in paths if place(path) == folder
                    for p in check(path)],
                   f"{folder} includes its own and lower layers only")
    tap.done()


main()
