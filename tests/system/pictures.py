"""pictures.py FOLDER: pictures of awsmfa at work, in the bed."""
import re
import subprocess
import sys
from pathlib import Path

from host import ENV, Host, Token, password_of, wait_until
from svgterm import draw

COLUMNS = 80


class Screen:
    """A command in tmux, on a terminal of LINES lines."""

    count = 0

    def __init__(self, title, lines, *argv):
        Screen.count += 1
        self.title, self.name = title, f"pictures{Screen.count}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", COLUMNS, "-y",
                  lines, *argv)
        self.tmux("set-option", "-g", "status", "off")

    def tmux(self, *argv):
        done = subprocess.run(["tmux", "-u", "-L", self.name,
                               *map(str, argv)], check=True, text=True,
                              env=dict(ENV, LC_ALL="C.UTF-8",
                                       TERM="xterm-256color"),
                              capture_output=True)
        return done.stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, end, part=""):
        """Until the screen ends with END, and PART is in it."""
        def there():
            text = self.text().rstrip()
            return text.endswith(end) and part in text
        wait_until(there, 40, f"{part} {end} was not said")

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def draw(self, folder, name):
        path = folder / f"{name}.svg"
        path.write_text(draw(self.title, self.tmux("capture-pane", "-eNp"),
                             COLUMNS))

    def end(self):
        self.tmux("kill-server")


def app(screen):
    """The app that has scanned what the screen shows."""
    seed = re.search(r"^ {4}([A-Z2-7 ]{32,})$", screen.text(), re.M)[1]
    token = Token("-")
    token.seed = subprocess.run(
        ["oathtool", "-v", "-b", seed.replace(" ", "")], check=True, capture_output=True,
        text=True).stdout.split("Hex secret: ")[1].split()[0]
    return token


def wizard(folder):
    """Assigns a virtual device to alice; returns her app."""
    screen = Screen("root@bed: awsmfa", 26, "awsmfa")
    screen.wait("User name [root]:")
    screen.type("alice")
    screen.wait("Choose:")
    screen.type("1")
    screen.wait("Choose:", "Security key for SSH")
    screen.draw(folder, "wizard")
    screen.end()
    screen = Screen("root@bed: awsmfa", 56, "awsmfa")
    screen.wait("User name [root]:")
    screen.type("alice")
    screen.wait("Choose:")
    screen.type("1")
    screen.wait("Choose:", "Security key for SSH")
    screen.type("1")
    screen.wait("Device name:")
    screen.type("phone")
    screen.wait("MFA code 1:")
    screen.draw(folder, "qr-code")
    token = app(screen)
    token.settle(5)
    first, second = token.codes(token.step() - 1, 2)
    token.spend(token.step(), pair=True)
    screen.type(first)
    screen.wait("", "MFA code 2:")
    screen.type(second)
    screen.wait("Choose:", "MFA device assigned")
    screen.end()
    return token


def prompt(folder, token):
    """alice signs in by ssh."""
    (Path("/root/.ssh/config")).write_text(
        Path("/root/.ssh/config").read_text() + "\tUser alice\n")
    screen = Screen("alice@laptop: ssh bed", 12, "bash", "--norc")
    screen.type("PS1='alice@laptop$ '; clear; ssh bed")
    screen.wait("assword:")
    screen.type(password_of("alice"))
    screen.wait("MFA code:")
    screen.type(token.fresh())
    screen.wait("alice@bed:~$")
    screen.type("sudo id -un")
    screen.wait("password for alice:")
    screen.type(password_of("alice"))
    screen.wait("MFA code:")
    screen.draw(folder, "prompt")
    screen.end()


def main():
    folder = Path(sys.argv[1])
    host = Host()
    host.start_service()
    prompt(folder, wizard(folder))
    host.stop_service()


main()
