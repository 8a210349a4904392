# SPDX-License-Identifier: Apache-2.0
"""Our client by ctypes, a cluster that fails on demand. Run as: rmq-mock exec -- pytest examples/languages/pytest"""

import ctypes
import ctypes.util
import json
import os
import urllib.request

import pytest

CONTROL = os.environ.get("RMQ_MOCK_CONTROL")
LIBRARY = os.environ.get("RMQ_LIBRARY") or ctypes.util.find_library("rocketmq-c") or "librocketmq-c.so.0"

pytestmark = pytest.mark.skipif(not CONTROL, reason="run it by: rmq-mock exec -- pytest ...")


def control(method, path, body=None):
    request = urllib.request.Request(
        CONTROL + path, method=method, data=json.dumps(body).encode() if body is not None else None)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.fixture
def fault():
    """Sets fault rules, and at the end looks whether each of them came about."""
    rules = []

    def add(**rule):
        rules.append(control("POST", "/faults", rule)["id"])
        return rules[-1]

    yield add
    never = [f["rule"] for f in control("GET", "/faults?unspent=true") if f["id"] in rules]
    for rule in rules:
        control("DELETE", f"/faults/{rule}")
    assert never == [], "these faults never happened"


@pytest.fixture
def producer():
    rmq = ctypes.CDLL(LIBRARY)
    for name in ("rmq_config_new", "rmq_message_new"):
        getattr(rmq, name).restype = ctypes.c_void_p
    rmq.rmq_message_new.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    for name in ("rmq_config_free", "rmq_message_free", "rmq_producer_free"):
        getattr(rmq, name).argtypes = [ctypes.c_void_p]
        getattr(rmq, name).restype = None
    rmq.rmq_producer_new.argtypes = [ctypes.c_void_p, ctypes.c_char_p,
                                     ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p]
    rmq.rmq_config_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
    rmq.rmq_producer_start.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    rmq.rmq_producer_send.argtypes = [ctypes.c_void_p] * 5
    config, handle = rmq.rmq_config_new(), ctypes.c_void_p()
    # By itself 3 s, after which a message may be stored twice.
    assert rmq.rmq_config_set(config, b"sendMsgTimeout", b"60000", None) == 0
    assert rmq.rmq_producer_new(config, b"shop", ctypes.byref(handle), None) == 0
    rmq.rmq_config_free(config)
    assert rmq.rmq_producer_start(handle, None) == 0

    def send(topic, body):
        message = rmq.rmq_message_new(topic.encode(), body, len(body))
        error = rmq.rmq_producer_send(handle, message, None, None, None)
        rmq.rmq_message_free(message)
        return error

    yield send
    rmq.rmq_producer_free(handle)


def stored(topic):
    return [m["body"] for m in control("GET", f"/messages?topic={topic}")]


def test_a_busy_broker_is_tried_again(fault, producer):
    control("POST", "/topics", {"topic": "orders", "queues": 2})
    busy = fault(code="SEND_MESSAGE,SEND_MESSAGE_V2", topic="orders", reply="SYSTEM_BUSY", count=1)
    assert producer("orders", b"order-1") == 0
    assert control("POST", f"/faults/{busy}/wait", {"hits": 1, "timeout": "10s"})["hits"] == 1
    assert stored("orders") == ["order-1"]


def test_what_the_broker_refuses_is_told(fault, producer):
    control("POST", "/topics", {"topic": "bills", "queues": 1})
    fault(topic="bills", code="SEND_MESSAGE,SEND_MESSAGE_V2", reply="MESSAGE_ILLEGAL")
    assert producer("bills", b"bill-1") != 0
    assert stored("bills") == []
