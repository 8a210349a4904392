# SPDX-License-Identifier: Apache-2.0
"""An Apache RocketMQ cluster for tests: name servers and brokers in one small process, ready in milliseconds.

    from rmq_mock import RmqMock

    with RmqMock(brokers=2, control=True) as mock:
        run_the_client(mock.namesrv_addr)
        mock.ask("POST", "/faults", {"code": "SEND_MESSAGE_V2", "reply": "SYSTEM_BUSY", "count": 1})

The package carries a program that needs nothing of the system it runs on. It is also on the PATH, as rmq-mock.
"""

import json
import os
import subprocess
import threading
import urllib.error
import urllib.request

__all__ = ["RmqMock", "RmqMockError", "program"]


class RmqMockError(Exception):
    """The cluster did not start, or its control plane refused what it was asked."""


def program():
    """The path of the rmq-mock of this package."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "rmq-mock")


def main():
    """The console script: becomes rmq-mock, with the arguments of the command line."""
    import sys

    os.execv(program(), ["rmq-mock", *sys.argv[1:]])


def _flags(options):
    """broker_settings={"a": 1} is --broker-settings a=1; one_port=True is --one-port."""
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, dict):
            value = "\n".join(f"{key}={_text(v)}" for key, v in value.items())
        if value is True:
            yield flag
        elif value is not None and value is not False:
            yield from (flag, str(value))


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


class RmqMock:
    """A cluster as long as a `with` lasts, or from start() to stop().

    The keyword arguments are the flags of `rmq-mock cluster`, with underscores: brokers=2, emulate="5.5", store="/tmp/s",
    broker_settings={"autoCreateTopicEnable": False}. control=True serves the control plane on a free port.

    It ends with the process that started it, if that was its main thread: the kernel ties it to the thread. Its log (log_level,
    log_file) is on stderr.
    """

    def __init__(self, control=False, **options):
        self._options = dict(options, control="127.0.0.1:0" if control is True else control)
        self._process = None
        #: Addresses of the name servers, "host:port;host:port", while it runs.
        self.namesrv_addr = None
        #: URL of the control plane, if it was asked for.
        self.control = None
        #: host:port of the metrics, if they were asked for.
        self.metrics_addr = None

    def start(self):
        """Returns when it serves."""
        if self._process:
            raise RmqMockError("it runs already")
        ours, theirs = os.pipe()
        argv = [program(), "cluster", "--ready-fd", str(theirs), *_flags(self._options)]
        if threading.current_thread() is threading.main_thread():
            argv.append("--exit-with-parent")
        try:
            self._process = subprocess.Popen(
                argv, pass_fds=[theirs], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        with open(ours, encoding="utf-8") as ready:
            lines = dict(line.rstrip("\n").split("=", 1) for line in ready)
        if "NAMESRV_ADDR" not in lines:
            status = self._process.wait()
            self._process = None
            raise RmqMockError(f"rmq-mock did not start (status {status}); stderr says why")
        self.namesrv_addr = lines["NAMESRV_ADDR"]
        self.control = lines.get("RMQ_MOCK_CONTROL")
        self.metrics_addr = lines.get("METRICS_ADDR")
        return self

    def stop(self):
        """Ends it, and returns when its files are gone. Does nothing when it does not run."""
        process, self._process = self._process, None
        self.namesrv_addr = self.control = self.metrics_addr = None
        if process:
            process.terminate()
            process.wait()

    def ask(self, method, path, body=None):
        """A request to the control plane; its answer, from JSON."""
        if not self.control:
            raise RmqMockError("start it with control=True")
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.control + path, method=method, data=data)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RmqMockError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
