# SPDX-License-Identifier: Apache-2.0
"""What the wheel promises; run by wheel.sh in an environment that has it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

from rmq_mock import RmqMock, RmqMockError, program

DEADLINE = 300


def is_reached(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=DEADLINE).close()
        return True
    except ConnectionRefusedError:
        return False


class Wheel(unittest.TestCase):
    def test_a_cluster_as_long_as_a_with(self):
        with RmqMock(brokers=2) as mock:
            address = mock.namesrv_addr
            self.assertTrue(is_reached(address))
            self.assertIsNone(mock.control)
            with self.assertRaises(RmqMockError):
                mock.ask("GET", "/topics")
        self.assertFalse(is_reached(address))

    def test_its_control_plane(self):
        with RmqMock(control=True) as mock:
            mock.ask("POST", "/topics", {"topic": "orders", "queues": 3})
            self.assertIn("orders", [topic["topic"] for topic in mock.ask("GET", "/topics")])
            with self.assertRaisesRegex(RmqMockError, "404"):
                mock.ask("GET", "/nothing")

    def test_settings_of_the_brokers(self):
        with RmqMock(broker_settings={"autoCreateTopicEnable": False, "defaultTopicQueueNums": 3}) as mock:
            self.assertTrue(is_reached(mock.namesrv_addr))

    def test_what_it_does_not_know_is_refused(self):
        with self.assertRaisesRegex(RmqMockError, "status 2"):
            RmqMock(no_such_flag=1).start()

    def test_it_can_be_started_again_and_stopped_twice(self):
        mock = RmqMock().start()
        with self.assertRaises(RmqMockError):
            mock.start()
        mock.stop()
        mock.stop()
        mock.start()
        self.assertTrue(is_reached(mock.namesrv_addr))
        mock.stop()

    def test_a_cluster_outlives_the_thread_that_started_it(self):
        mock = RmqMock()
        thread = threading.Thread(target=mock.start)
        thread.start()
        thread.join()
        self.assertTrue(is_reached(mock.namesrv_addr))
        mock.stop()

    def test_a_cluster_ends_with_a_program_that_is_killed(self):
        code = "import time; from rmq_mock import RmqMock; print(RmqMock().start().namesrv_addr, flush=True); time.sleep(9999)"
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        address = child.stdout.readline().strip()
        self.assertTrue(is_reached(address))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        end = time.monotonic() + DEADLINE
        while is_reached(address):
            self.assertLess(time.monotonic(), end, "it still serves")

    def test_the_program_is_that_of_the_package(self):
        self.assertTrue(os.access(program(), os.X_OK))


unittest.main()
