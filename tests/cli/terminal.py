# SPDX-License-Identifier: Apache-2.0
"""terminal.py TOPIC GROUP - rmq-cli in a pseudo-terminal. TAP. GROUP has a lag of 30 and 10 in the queues of TOPIC.

Nothing is judged by seconds: what is waited for has a deadline of minutes, which only ends what hangs.
"""
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

DEADLINE = int(os.environ.get("PATIENCE", "300"))
ON, OFF = b"\033[?1049h", b"\033[?1049l"
topic, group = sys.argv[1:3]
number = 0


def ok(name, good, child=None):
    global number
    number += 1
    print("%sok %d - %s" % ("" if good else "not ", number, name), flush=True)
    if not good and child is not None:
        print("# " + repr(child.seen[-2000:]), flush=True)


class Child:
    """A program whose terminal this is."""

    def __init__(self, argv, rows=24, columns=80, env=(), stderr=None, stdout=None):
        self.master, self.slave = os.openpty()
        self.size(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        whole = dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8")
        whole.pop("NO_COLOR", None)
        whole.update(env)
        self.process = subprocess.Popen(
            argv, stdin=self.slave, stdout=stdout or self.slave, stderr=stderr or self.slave, env=whole,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.seen += os.read(self.master, 65536)
            return True
        return False

    def until(self, is_there):
        end = time.monotonic() + DEADLINE
        while not is_there(self.seen):
            if time.monotonic() > end:
                print("# never came; the last was " + repr(self.seen[-1000:]), flush=True)
                return False
            if not self.read(0.1) and self.process.poll() is not None and not self.read(0):
                return is_there(self.seen)
        return True

    def shows(self, pattern, since=0):
        return self.until(lambda seen: re.search(pattern, seen[since:], re.S))

    def frame(self, is_it):
        """The first whole screen from now on that is so; None: none came."""
        since, found = len(self.seen), []

        def look(seen):
            for one in re.findall(rb"\033\[H(.*?)\033\[J", seen[since:], re.S):
                lines = re.sub(rb"\033\[[0-9;?]*[A-Za-z]", b"", one).decode("utf-8", "replace").split("\r\n")
                if is_it(lines):
                    found.append(lines)
                    return True
            return False
        return found[0] if self.until(look) else None

    def type(self, text):
        os.write(self.master, text)

    def end(self):
        """The exit status, once all that it wrote was read; negative: of a signal."""
        end = time.monotonic() + DEADLINE
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        if self.process.poll() is None:
            self.process.kill()
        while self.read(0):
            pass
        return self.process.wait()

    def is_restored(self):
        after = termios.tcgetattr(self.slave)
        return after[:4] == self.before[:4] and self.seen.count(ON) == self.seen.count(OFF)

    def close(self):
        os.close(self.master)
        os.close(self.slave)


def watch(*options, **more):
    return Child(["rmq-cli", "group", "lag", group, "-t", topic, "--watch=200ms", *options], **more)


def fits(lines, rows, columns):
    return len(lines) <= rows and all(len(line) <= columns for line in lines)


def has(lines, pattern):
    return any(re.search(pattern, line) for line in lines)


def live_table():
    c = watch()
    f = c.frame(lambda lines: has(lines, "^%s +40 behind" % group))
    ok("a picture with the sum", f, c)
    ok("it fits 24x80", f and fits(f, 24, 80), c)
    bars = {int(m.group(1)): len(m.group(2)) for m in
            (re.search(r" ([01]) +(?:30|10)  (█+)", line) for line in f or []) if m}
    ok("a bar a queue, as long as it is behind", bars.get(0, 0) > 2 * bars.get(1, 0) > 0, c)
    during = termios.tcgetattr(c.slave)
    ok("no echo, keys at once", not during[3] & (termios.ECHO | termios.ICANON), c)
    ok("the other screen, no cursor", ON in c.seen and b"\033[?25l" in c.seen, c)
    for rows, columns, what in ((40, 140, "wide"), (10, 50, "narrow"), (8, 80, "low"), (2, 10, "tiny"), (24, 80, "usual")):
        c.size(rows, columns)
        f = c.frame(lambda lines, r=rows, w=columns: fits(lines, r, w) and
                    has(lines, "OUT/S") == (w >= 70 and r > 6) and has(lines, "LAST") == (w >= 96) and
                    has(lines, "and [0-9]+ more") == (r == 8))
        ok("resized: %s" % what, f, c)
    c.type(b"xyz")
    c.type(b"q")
    ok("q ends it", c.end() == 0, c)
    ok("the terminal is as it was", c.is_restored() and c.seen.rstrip().endswith(OFF), c)
    ok("keys were not echoed", b"xyz" not in c.seen, c)
    c.close()


def ends():
    for name, key, status in (("Ctrl-C", b"\003", 130), ("Ctrl-\\", b"\034", -signal.SIGQUIT)):
        c = watch()
        ok("%s: it runs" % name, c.frame(lambda lines: has(lines, "behind")), c)
        c.type(key)
        got = c.end()
        ok("%s ends it (%d)" % (name, got), got == status, c)
        ok("%s: the terminal is as it was" % name, c.is_restored(), c)
        c.close()
    for name, number_of, status in (("SIGTERM", signal.SIGTERM, 130), ("SIGHUP", signal.SIGHUP, -signal.SIGHUP),
                                    ("SIGSEGV", signal.SIGSEGV, -signal.SIGSEGV)):
        c = watch()
        ok("%s: it runs" % name, c.frame(lambda lines: has(lines, "behind")), c)
        c.process.send_signal(number_of)
        got = c.end()
        ok("%s ends it (%d)" % (name, got), got == status, c)
        ok("%s: the terminal is as it was" % name, c.is_restored(), c)
        c.close()


def twice():
    """A second Ctrl-C, while a broker keeps the first one waiting."""
    if "RMQ_MOCK_CONTROL" not in os.environ:
        return
    c = watch("--timeout", "5m")
    ok("it runs", c.frame(lambda lines: has(lines, "behind")), c)
    added = subprocess.run(["rmq-mock", "ctl", "fault", "add", "--code", "GET_CONSUME_STATS", "--drop"], check=True,
                           stdout=subprocess.PIPE).stdout
    rule = re.search(rb"[0-9]+", added).group().decode()
    subprocess.run(["rmq-mock", "ctl", "fault", "wait", rule], check=True, stdout=subprocess.DEVNULL)
    # Two that come at once are one: it is pressed until it helps.
    end = time.monotonic() + DEADLINE
    while c.process.poll() is None and time.monotonic() < end:
        c.type(b"\003")
        c.read(0.1)
    got = c.end()
    subprocess.run(["rmq-mock", "ctl", "fault", "rm", rule], check=True, stdout=subprocess.DEVNULL)
    ok("Ctrl-C twice ends it at once (%d)" % got, got == -signal.SIGINT, c)
    ok("the terminal is as it was", c.is_restored(), c)
    c.close()


def stopped():
    """A shell with jobs: a process without one around it cannot be stopped."""
    c = Child(["sh", "-mc", "rmq-cli group lag %s --watch=200ms; echo is stopped; read line; fg; echo the end" % group])
    ok("in a shell", c.frame(lambda lines: has(lines, "behind")), c)
    c.type(b"\032")
    ok("Ctrl-Z stops it", c.shows(rb"is stopped"), c)
    ok("and gives the terminal back", c.is_restored(), c)
    since = len(c.seen)
    c.type(b"\n")
    ok("it comes back", c.shows(rb"\033\[\?1049h.*behind", since), c)
    c.type(b"q")
    ok("and ends", c.shows(rb"the end") and c.end() == 0, c)
    ok("the terminal is as it was, once more", c.is_restored(), c)
    c.close()


def plain():
    c = watch(env={"NO_COLOR": "1"})
    c.frame(lambda lines: has(lines, "behind"))
    c.type(b"q")
    ok("NO_COLOR: ends", c.end() == 0, c)
    ok("NO_COLOR: no colour", not re.search(rb"\033\[(?:1|[34][0-9])m", c.seen), c)
    c.close()
    c = watch()
    c.frame(lambda lines: has(lines, "behind"))
    c.type(b"q")
    ok("else there are colours", c.end() == 0 and re.search(rb"\033\[3[0-9]m", c.seen), c)
    c.close()
    c = watch(env={"LC_ALL": "C"})
    ok("without UTF-8: bars of #", c.frame(lambda lines: has(lines, "  #+")), c)
    c.type(b"q")
    c.end()
    ok("and nothing but ASCII", all(byte < 128 for byte in c.seen), c)
    c.close()
    c = Child(["rmq-cli", "group", "lag", group, "--watch=100ms", "-c", "2"], env={"TERM": "dumb"})
    ok("TERM=dumb: tables", c.end() == 0 and c.seen.count(b"TOPIC") == 2, c)
    ok("TERM=dumb: no sequences", b"\033" not in c.seen, c)
    c.close()


def refused():
    c = Child(["rmq-cli", "group", "lag", group + "-no", "--watch"])
    ok("an unknown group is told where it stays", c.end() == 1 and b"has no group" in c.seen and ON not in c.seen, c)
    c.close()


def progress():
    consume = ["rmq-cli", "-C", topic, "-e", "--progress=100ms"]
    c = Child(consume, stdout=subprocess.DEVNULL)
    ok("-C --progress on a terminal", c.end() == 0 and re.search(rb"\r[a-z]+ 40 messages, ", c.seen), c)
    c.close()
    c = Child(consume, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = c.process.stderr.read()
    ok("and nothing elsewhere", c.end() == 0 and told == b"" and c.seen == b"", c)
    c.close()
    c = Child(["rmq-cli", "-P", "-t", topic, "--progress=100ms"])
    c.type(b"one\n")
    ok("-P --progress while one types", c.shows(rb"\r[a-z]+ 1 messages"), c)
    c.type(b"\004")
    ok("-P ends at Ctrl-D", c.end() == 0, c)
    c.close()


def stats():
    c = Child(["rmq-cli", "-G", group + "-s", "-t", topic, "-o", "min", "-c", "5", "--stats=100ms", "--progress=100ms"],
              stdout=subprocess.DEVNULL)
    ok("--stats beside --progress", c.end() == 0, c)
    lines = [line for line in re.sub(rb"\033\[K", b"\r", c.seen).replace(b"\r", b"\n").split(b"\n") if line[:1] == b"{"]
    ok("a line of JSON has its own line", lines and all(line.endswith(b"}") for line in lines), c)
    c.close()


def secrets():
    c = Child(["rmq-cli", "--ak", "me", "--sk-file", "-", "-X", "dump"])
    ok("a secret is asked for", c.shows(rb"secret: "), c)
    c.type(b"hush\n")
    ok("and taken", c.end() == 0 and b"secretKey=***" in c.seen, c)
    ok("and not seen", b"hush" not in c.seen, c)
    ok("then the terminal echoes again", c.is_restored(), c)
    c.close()
    c = Child(["rmq-cli", "--ak", "me", "--sk-file", "-", "-X", "dump"])
    c.shows(rb"secret: ")
    c.type(b"\003")
    c.end()
    ok("Ctrl-C instead: the terminal echoes again", c.process.returncode != 0 and c.is_restored(), c)
    c.close()


def asked():
    reset = ["rmq-cli", "group", "reset", group, "-t", topic, "--to", "latest"]
    for answer, status in ((b"n\n", 1), (b"\n", 1), (b"y\n", 0)):
        c = Child(reset)
        ok("it shows what would be done, and asks", c.shows(rb"BEFORE.*\? \[y/N\] "), c)
        c.type(answer)
        got = c.end()
        ok("%r: status %d" % (answer, got), got == status, c)
        ok("%r: %s" % (answer, "done" if status == 0 else "nothing was done"),
           (b"nothing was done" in c.seen) == (status == 1), c)
        c.close()
    c = watch()
    ok("the picture has what was done", c.frame(lambda lines: has(lines, "0 behind.*caught up")), c)
    c.type(b"q")
    c.end()
    c.close()


for test in (live_table, ends, twice, stopped, plain, refused, progress, stats, secrets, asked):
    test()
print("1..%d" % number)
