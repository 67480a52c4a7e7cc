"""The samples as one SVG, by gnuplot: four panels, each where it was asked
for."""
import shutil
import subprocess
from statistics import median

WAYS = (("permit", "pam_permit"), ("service", "awsmfa, service"),
        ("oneshot", "awsmfa, one-shot"), ("google", "google-authenticator"),
        ("oath", "pam_oath"))
HEAD = """\
set terminal svg size 1000,760 dynamic background rgb 'white' font 'sans,11'
set multiplot layout 2,2
set key top left
set grid ytics
set style fill solid 0.8
set boxwidth 0.9
"""


def blocks(name, rows):
    return f"${name} << END\n" + "\n".join(rows) + "\nEND\n"


def walls(wall):
    rows = []
    for key, name in (("paced", "100 a second"), ("loop", "no pause"),
                      ("cold", "process"), ("ordinary", "no pause*"),
                      ("ordinary cold", "process*")):
        values = [str(median(wall[key][w]) / 1000) if w in wall[key] else "NaN"
                  for w, _ in WAYS]
        rows.append(f'"{name}" ' + " ".join(values))
    columns = ", ".join(f"$walls using {i}:xtic(1) title '{name}'"
                        for i, (_, name) in enumerate(WAYS, 2))
    return (blocks("walls", rows) + "set title 'An accepted code, ms (*: not in real time)'\n"
            "set style data histogram\nset yrange [0:*]\nplot " + columns +
            "\n")


def lines(name, title, xlabel, sets):
    """SETS: (title, {x: samples}) of lines over a logarithmic x."""
    text, columns = "", []
    for i, (label, points) in enumerate(sets):
        rows = [f"{max(float(x), 0.5)} {median(v) / 1000}"
                for x, v in points.items()]
        text += blocks(f"{name}{i}", rows)
        columns.append(f"${name}{i} using 1:2 with linespoints "
                       f"title '{label}'")
    return (text + f"set title '{title}'\nset xlabel '{xlabel}'\n"
            "set logscale x\n" + ("set logscale y\nset yrange [*:*]\n"
                                  if len(sets) > 1 else "") +
            "plot " + ", ".join(columns) +
            "\nunset logscale\nunset xlabel\nset yrange [0:*]\n")


def wholes(whole):
    names = [w for w in WAYS if w[0] in ("permit", "service", "google")]
    rows = [f'"{program}" ' + " ".join(str(median(samples["whole"][w]) / 1000)
                                       for w, _ in names)
            for program, samples in whole.items()]
    columns = ", ".join(f"$whole using {i}:xtic(1) title '{name}'"
                        for i, (_, name) in enumerate(names, 2))
    return (blocks("whole", rows) + "set title 'Whole sign-ins, ms'\n"
            "set style data histogram\nset yrange [0:*]\nplot " + columns +
            "\n")


def script(found):
    text = HEAD
    if "wall" in found:
        text += walls(found["wall"])
    if "users" in found:
        text += lines("users", "By users in the store, ms", "users",
                      [("awsmfa", found["users"]["service"]),
                       ("pam_oath", found["users"]["oath"])])
    if "waiting" in found:
        points = {x: v["service"]
                  for x, v in found["waiting"]["waiting"].items() if x != "0"}
        if points:
            text += lines("waiting", "By sign-ins that wait, ms", "waiting",
                          [("awsmfa, service, 100 a second", points)])
    if "whole" in found:
        text += wholes(found["whole"])
    return text + "unset multiplot\n"


def draw(found, path):
    """Where gnuplot is not installed there is no plot."""
    if shutil.which("gnuplot"):
        path.write_bytes(subprocess.run(
            ["gnuplot"], input=script(found).encode(), check=True,
            stdout=subprocess.PIPE).stdout)
