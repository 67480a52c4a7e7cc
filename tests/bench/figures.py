"""Samples to a table, and to the figures that are to be reached."""
from statistics import median, quantiles

NAMES = {"permit": "pam_permit", "service": "awsmfa, service",
         "oneshot": "awsmfa, one-shot", "google": "google-auth.",
         "oath": "pam_oath"}
OTHERS = {"ask": "a prompt", "auth": "in auth only"}
WALLS = (("paced", "accepted, 100 a second"),
         ("loop", "accepted, no pause"),
         ("cold", "accepted, a whole process"),
         ("ordinary", "no pause, not real time"),
         ("ordinary cold", "process, not real time"),
         ("wrong", "wrong"), ("used", "used"), ("unknown", "unknown user"))

CALLS = {"calls": "system calls",
         "calls in the host": "system calls in the host", "fsync": "fsync",
         "bytes": "bytes"}


def ratio(samples, one, other):
    return median(samples[one]) / median(samples[other])


def spread(values):
    """Half of the samples lie so far apart, in per cent of the median."""
    low, _, high = quantiles(values, n=4)
    return 100 * (high - low) / median(values)


class Figures:
    """Rows of what was to be reached, what was found, and whether."""

    def __init__(self):
        self.rows = []

    def most(self, name, found, limit, unit="x G"):
        self.rows.append((name, f"{found:.2f} {unit}", f"<= {limit} {unit}",
                          found <= limit))

    def least(self, name, found, limit, unit="x G"):
        self.rows.append((name, f"{found:.2f} {unit}", f">= {limit} {unit}",
                          found >= limit))

    def text(self):
        yield f"{'figure':46} {'found':>14} {'to reach':>16}"
        for name, found, limit, good in self.rows:
            yield (f"{name:46} {found:>14} {limit:>16}  "
                   f"{'reached' if good else 'NOT REACHED'}")


def of_wall(figures, wall):
    figures.most("accepted, service, 100 a second",
                 ratio(wall["paced"], "service", "google"), 0.6)
    figures.most("  without pause",
                 ratio(wall["loop"], "service", "google"), 1.0)
    figures.most("  a whole cold process",
                 ratio(wall["cold"], "service", "google"), 0.9)
    figures.most("  one-shot, without pause",
                 ratio(wall["ordinary"], "oneshot", "google"), 3.0)
    figures.most("  one-shot, a whole cold process",
                 ratio(wall["ordinary cold"], "oneshot", "google"), 3.0)


def of_denials(figures, found):
    for way, samples in found.items():
        middles = [median(values) for values in samples.values()]
        figures.most(f"medians of all denials, {way}: the slowest",
                     100 * (max(middles) / min(middles) - 1), 5, "% over")


def of_rate(figures, rate):
    figures.least("two processes at once, sign-ins a second",
                  ratio(rate, "service", "google"), 1.0)


def of_instructions(figures, found):
    figures.most("instructions in the host over pam_permit's",
                 (found["service"] - found["permit"]) / 1000, 60, "k")


def of_endpoint(figures, found):
    figures.most("endpoint's instructions, wrong against right",
                 found["wrong"] / found["accepted"], 1.05, "x")


def of_users(figures, found):
    counts = sorted(found["service"], key=int)
    figures.most(f"{counts[-1]} users against {counts[0]}",
                 ratio(found["service"], counts[-1], counts[0]), 1.05, "x")


def of_devices(figures, found):
    figures.most("8 devices against 1", ratio(found, "8", "1"), 1.15, "x")


def of_calls(figures, found):
    for way in ("service", "oneshot"):
        figures.most(f"fsyncs, {way}", found[way]["fsync"], 1, "a sign-in")
        figures.most(f"octets written, {way}", found[way]["bytes"], 1024,
                     "a sign-in")


def of_memory(figures, found):
    figures.most("memory in the host over pam_permit's",
                 found["service"]["rss"] - found["permit"]["rss"], 200, "KiB")


def of_waiting(figures, found):
    waiting = found["waiting"]
    counts = sorted(map(int, waiting))
    most = counts[-1]
    figures.most("the endpoint at rest", found["rest"] / 1024, 10, "MiB")
    if most > 0:
        figures.most(f"each of {most} sign-ins that wait",
                     (waiting[str(most)]["pss"] - waiting["0"]["pss"]) /
                     most, 1024, "KiB")


def added(found, way):
    """
    Milliseconds over pam_permit's: the median of all rounds. What comes before
    any module has a part in it differs by chance alone, and is not counted.
    """
    rest = {w: [whole - before for whole, before in
                zip(found["whole"][w], found["before"][w])]
            for w in (way, "permit")}
    return median(one - other for one, other in
                  zip(rest[way], rest["permit"])) / 1000


def of_whole(figures, found):
    for program, samples in found.items():
        figures.most(f"added to {program} (G {added(samples, 'google'):.2f}, "
                     f"a prompt alone {added(samples, 'ask'):.2f})",
                     added(samples, "service"), 2, "ms")


def line(name, values, form="{:>13.0f}"):
    return f"  {name:28}" + "".join(
        form.format(v) if v is not None else f"{'-':>13}" for v in values)


def heading(text, ways):
    names = {**NAMES, **OTHERS}
    return "\n" + f"{text:30}" + "".join(
        f"{names[w].split(', ')[-1][:12]:>13}" for w in ways)


def walls(wall):
    ways = list(NAMES)
    yield heading("microseconds (medians)", ways)
    for key, name in WALLS:
        yield line(name, [median(wall[key][w]) if w in wall[key] else None
                          for w in ways])
    yield line("spread, not real time, %", [spread(wall["ordinary"][w]) for w in ways])


def quantities(found):
    ways = list(NAMES)
    yield heading("of one accepted code", ways)
    rows = []
    if "instructions" in found:
        rows.append(("instructions in the host", found["instructions"]))
    for key, name in CALLS.items():
        if "calls" in found:
            rows.append((name, {w: v[key]
                                for w, v in found["calls"].items()}))
    for key in ("rss", "private", "libraries"):
        if "memory" in found:
            rows.append((f"host: {key}" + (", KiB" if key != "libraries"
                                           else ""),
                         {w: v[key] for w, v in found["memory"].items()}))
    if "rate" in found:
        rows.append(("two at once, a second", {
            w: median(v) for w, v in found["rate"].items()}))
    for name, values in rows:
        yield line(name, [values.get(w) for w in ways])


def cases(found):
    """Instructions and calls of denials."""
    ways = list(NAMES)
    for case, by_way in found.items():
        yield heading(f"of one code: {case}", ways)
        for key, name in {"instructions": "instructions in the host",
                          **CALLS}.items():
            yield line(name, [by_way.get(w, {}).get(key) for w in ways])


def series(found):
    if "denials" in found:
        yield "\ndenials: us, service and one-shot"
        for case in found["denials"]["service"]:
            yield line(case, [median(found["denials"][way][case])
                              for way in ("service", "oneshot")])
    if "endpoint" in found:
        yield "\ninstructions in the endpoint's worker"
        for case, number in found["endpoint"].items():
            yield line(case, [number])
    if "waiting" in found:
        yield "\nsign-ins waiting: KiB of all endpoints (PSS), and us"
        for count, one in found["waiting"]["waiting"].items():
            yield line(count, [one["pss"], median(one["service"])])
    if "users" in found:
        yield "\nusers: us, this module 100 a second, and pam_oath"
        for count, values in found["users"]["service"].items():
            oath = found["users"]["oath"].get(count)
            yield line(count, [median(values), median(oath) if oath else None])
    if "devices" in found:
        yield "\ndevices: us, 100 a second"
        for count, values in found["devices"].items():
            yield line(count, [median(values)])
    if "whole" in found:
        yield from wholes(found["whole"])
    if "phases" in found:
        yield from phases(found["phases"])


WHOLES = ("permit", "ask", "google", "auth", "service")


def wholes(whole):
    """Medians, and what each adds."""
    yield heading("whole sign-ins, us", WHOLES)
    for program, samples in whole.items():
        yield line(program, [median(samples["whole"][w])
                             if w in samples["whole"] else None
                             for w in WHOLES])
        yield line("  added", [1000 * added(samples, w)
                               if w in samples["whole"] else None
                               for w in WHOLES])


def phases(found):
    yield heading("an ssh login's phases, us", WHOLES)
    for phase in found["permit"]:
        yield line(phase, [median(found[w][phase]) for w in WHOLES])


def table(found):
    figures = Figures()
    for part in found:
        if f"of_{part}" in globals():
            globals()[f"of_{part}"](figures, found[part])
    lines = [found["place"],
             "G is pam_google_authenticator with DISALLOW_REUSE.", "",
             *figures.text()]
    if "wall" in found:
        lines += walls(found["wall"])
    lines += [*quantities(found), *cases(found.get("cases", {})),
              *series(found)]
    return "\n".join(lines) + "\n"
