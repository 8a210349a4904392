#!/usr/bin/env python3
"""Chooses the frames worth keeping from recordings and writes the index.

usage: choose.py FRAMES-FOLDER RECORDING ...

A recording is what "record" leaves: frames.jsonl and NNNNNN.bin of relay.py, and the files server, client, serialization.
The old .bin files of FRAMES-FOLDER are removed. One frame of each kind is kept; two frames are of one kind when they go the
same way on the same link, with the same code, the same set of fields and the same traits (see traits()). Answers that say nothing
but "success" are of one kind, whatever was asked.
"""
import collections
import glob
import json
import os
import re
import socket
import sys

# Frames larger than this are not kept, unless there is no smaller one of the kind worth having (none so far).
LARGEST = 7000
LARGEST_BINARY = 2500

# Of the binary serialization only these requests and their answers are kept: the format of the header is the same for all.
BINARY_CODES = {10, 11, 14, 15, 17, 30, 29, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 46, 100, 101, 103, 104, 105, 106,
                202, 203, 220, 307, 309, 310, 320, 324, 325, 326, 361, 370, 400, 29999}

NAMES = {
    10: "SEND_MESSAGE", 11: "PULL_MESSAGE", 12: "QUERY_MESSAGE", 14: "QUERY_CONSUMER_OFFSET", 15: "UPDATE_CONSUMER_OFFSET",
    17: "UPDATE_AND_CREATE_TOPIC", 21: "GET_ALL_TOPIC_CONFIG", 25: "UPDATE_BROKER_CONFIG", 26: "GET_BROKER_CONFIG",
    28: "GET_BROKER_RUNTIME_INFO", 29: "SEARCH_OFFSET_BY_TIMESTAMP", 30: "GET_MAX_OFFSET", 31: "GET_MIN_OFFSET",
    32: "GET_EARLIEST_MSG_STORETIME", 33: "VIEW_MESSAGE_BY_ID", 34: "HEART_BEAT", 35: "UNREGISTER_CLIENT",
    36: "CONSUMER_SEND_MSG_BACK", 37: "END_TRANSACTION", 38: "GET_CONSUMER_LIST_BY_GROUP", 39: "CHECK_TRANSACTION_STATE",
    40: "NOTIFY_CONSUMER_IDS_CHANGED", 41: "LOCK_BATCH_MQ", 42: "UNLOCK_BATCH_MQ", 46: "CHECK_CLIENT_CONFIG",
    100: "PUT_KV_CONFIG", 101: "GET_KV_CONFIG", 102: "DELETE_KV_CONFIG", 103: "REGISTER_BROKER", 104: "UNREGISTER_BROKER",
    105: "GET_ROUTEINFO_BY_TOPIC", 106: "GET_BROKER_CLUSTER_INFO", 200: "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP",
    201: "GET_ALL_SUBSCRIPTIONGROUP_CONFIG", 202: "GET_TOPIC_STATS_INFO", 203: "GET_CONSUMER_CONNECTION_LIST",
    204: "GET_PRODUCER_CONNECTION_LIST", 205: "WIPE_WRITE_PERM_OF_BROKER", 206: "GET_ALL_TOPIC_LIST_FROM_NAMESERVER",
    207: "DELETE_SUBSCRIPTIONGROUP", 208: "GET_CONSUME_STATS", 215: "DELETE_TOPIC_IN_BROKER", 216: "DELETE_TOPIC_IN_NAMESRV",
    217: "REGISTER_TOPIC_IN_NAMESRV", 219: "GET_KVLIST_BY_NAMESPACE", 220: "RESET_CONSUMER_CLIENT_OFFSET",
    221: "GET_CONSUMER_STATUS_FROM_CLIENT", 222: "INVOKE_BROKER_TO_RESET_OFFSET",
    223: "INVOKE_BROKER_TO_GET_CONSUMER_STATUS", 224: "GET_TOPICS_BY_CLUSTER", 300: "QUERY_TOPIC_CONSUME_BY_WHO",
    303: "QUERY_CONSUME_TIME_SPAN", 304: "GET_SYSTEM_TOPIC_LIST_FROM_NS", 306: "CLEAN_EXPIRED_CONSUMEQUEUE",
    307: "GET_CONSUMER_RUNNING_INFO", 309: "CONSUME_MESSAGE_DIRECTLY", 310: "SEND_MESSAGE_V2", 314: "CLONE_GROUP_OFFSET",
    315: "VIEW_BROKER_STATS_DATA", 316: "CLEAN_UNUSED_TOPIC", 317: "GET_BROKER_CONSUME_STATS", 320: "SEND_BATCH_MESSAGE",
    321: "QUERY_CONSUME_QUEUE", 322: "QUERY_DATA_VERSION", 324: "SEND_REPLY_MESSAGE", 325: "SEND_REPLY_MESSAGE_V2",
    326: "PUSH_REPLY_MESSAGE_TO_CLIENT", 327: "ADD_WRITE_PERM_OF_BROKER", 328: "GET_ALL_PRODUCER_INFO",
    343: "QUERY_TOPICS_BY_CONSUMER", 345: "QUERY_SUBSCRIPTION_BY_CONSUMER", 351: "GET_TOPIC_CONFIG",
    352: "GET_SUBSCRIPTIONGROUP_CONFIG", 361: "LITE_PULL_MESSAGE", 370: "RECALL_MESSAGE", 400: "QUERY_ASSIGNMENT",
    401: "SET_MESSAGE_REQUEST_MODE", 901: "GET_BROKER_MEMBER_GROUP", 904: "BROKER_HEARTBEAT",
    905: "NOTIFY_MIN_BROKER_ID_CHANGE", 29999: "(no such code)", 200050: "POP_MESSAGE", 200051: "ACK_MESSAGE",
    200053: "CHANGE_MESSAGE_INVISIBLETIME", 200151: "BATCH_ACK_MESSAGE",
}
RESULTS = {
    0: "SUCCESS", 1: "SYSTEM_ERROR", 2: "SYSTEM_BUSY", 3: "REQUEST_CODE_NOT_SUPPORTED", 10: "FLUSH_DISK_TIMEOUT",
    13: "MESSAGE_ILLEGAL", 16: "NO_PERMISSION", 17: "TOPIC_NOT_EXIST", 19: "PULL_NOT_FOUND", 20: "PULL_RETRY_IMMEDIATELY",
    21: "PULL_OFFSET_MOVED", 22: "QUERY_NOT_FOUND", 23: "SUBSCRIPTION_PARSE_FAILED", 24: "SUBSCRIPTION_NOT_EXIST",
    25: "SUBSCRIPTION_NOT_LATEST", 26: "SUBSCRIPTION_GROUP_NOT_EXIST", 29: "INVALID_PARAMETER", 206: "CONSUMER_NOT_ONLINE",
    209: "NO_MESSAGE", 210: "POLLING_TIMEOUT",
}

# Words that would tell about the machine of the recording.
FORBIDDEN = re.compile(b"|".join([rb"/tmp/", rb"/home/", rb"/usr/", rb"/var/", rb"\.cache"] + [
    re.escape(folder.encode()) for folder in (os.path.expanduser("~"), os.path.dirname(os.getcwd())) if len(folder) > 1]))

Frame = collections.namedtuple("Frame", "code language version opaque flag remark fields body serialization")


def decode(data):
    word = int.from_bytes(data[4:8], "big")
    kind, size = word >> 24, word & 0xFFFFFF
    head, body = data[8:8 + size], data[8 + size:]
    if kind == 0:
        header = json.loads(head)
        return Frame(header["code"], header.get("language"), header["version"], header["opaque"], header["flag"],
                     header.get("remark"), header.get("extFields"), body, "json")
    assert kind == 1, "serialization %d" % kind
    at = 17 + int.from_bytes(head[13:17], "big")
    remark = head[17:at].decode() or None
    end = at + 4 + int.from_bytes(head[at:at + 4], "big")
    at += 4
    fields = {}
    while at < end:
        texts = []
        for width in (2, 4):
            n = int.from_bytes(head[at:at + width], "big")
            texts.append(head[at + width:at + width + n].decode())
            at += width + n
        fields[texts[0]] = texts[1]
    return Frame(int.from_bytes(head[0:2], "big"), head[2], int.from_bytes(head[3:5], "big"),
                 int.from_bytes(head[5:9], "big", signed=True), int.from_bytes(head[9:13], "big"), remark, fields or None,
                 body, "rocketmq")


def messages_in(body):
    """How many stored messages a body holds: each begins with its size and a magic number."""
    count = at = 0
    while at + 8 <= len(body) and body[at + 4:at + 8] in (b"\xda\xa3\x20\xa7", b"\xda\xa3\x20\xa8"):
        count += 1
        at += int.from_bytes(body[at:at + 4], "big")
    return count if at == len(body) else 0


def traits(frame, asked):
    """What else makes two frames different in kind, as words for the index."""
    fields, words = frame.fields or {}, []
    code = asked.code if asked else frame.code
    if frame.flag & 2:
        words.append("one-way")
    if frame.flag & 1 and code in (11, 361, 200050, 33, 12):
        n = messages_in(frame.body)
        words.append("%s" % ("no message" if n == 0 else "1 message" if n == 1 else "several messages"))
    if frame.flag & 1:
        if code == 105 and asked.version < 401:
            words.append("to an old client")
        return words
    if code in (310, 320, 325):
        words.append("sysFlag " + fields.get("f", "0"))
        keys = sorted(p.split("\x01")[0] for p in fields.get("i", "").split("\x02") if p)
        words.append("properties " + " ".join(k for k in keys if k not in ("WAIT", "CLUSTER", "UNIQ_KEY")))
        if fields.get("b", "").startswith(("%RETRY%", "RMQ_SYS_TRACE", "%DLQ%")):
            words.append("to " + fields["b"])
    if code in (11, 361):
        words.append("sysFlag " + fields.get("sysFlag", ""))
        words.append(fields.get("expressionType", ""))
        words.append("all" if fields.get("subscription") == "*" else "")
    if code == 34 and frame.body:
        body = json.loads(frame.body)
        words.append("%s producers, %s consumers" % tuple("with" if body.get(k) else "no"
                                                        for k in ("producerDataSet", "consumerDataSet")))
    if code == 37:
        words.append("%s%s" % (fields.get("commitOrRollback"), " from check" if fields.get("fromTransactionCheck") == "true" else ""))
    if code == 105 and frame.version < 401:
        words.append("old client")
    if "Signature" in fields:
        words.append("signed")
    return [w for w in words if w]


def kinds(recording):
    """Yields (key, number, data, frame, link, to, asked, words) for every frame of a recording."""
    waiting = {}
    with open(os.path.join(recording, "frames.jsonl"), encoding="ascii") as lines:
        for line in map(json.loads, lines):
            with open(os.path.join(recording, "%06d.bin" % line["n"]), "rb") as file:
                data = file.read()
            frame = decode(data)
            asked = None
            if frame.flag & 1:
                asked = waiting.pop((line["connection"], line["to"], frame.opaque), None)
                if not asked:
                    continue
            else:
                other = "client" if line["to"] == "server" else "server"
                waiting[(line["connection"], other, frame.opaque)] = frame
            words = traits(frame, asked)
            key = (line["label"], line["to"], frame.flag, frame.code, asked and asked.code, frame.serialization,
                   tuple(sorted(frame.fields or ())), bool(frame.body), tuple(words))
            yield key, line["n"], data, frame, line["label"], line["to"], asked, words


def note(frame, asked, words):
    if asked:
        head = "answer to %s: %s" % (NAMES.get(asked.code, asked.code), RESULTS.get(frame.code, frame.code))
    else:
        head = NAMES.get(frame.code, str(frame.code))
    return "; ".join([head] + words)


def name_of(frame, asked):
    code = asked.code if asked else frame.code
    text = NAMES.get(code, "code-%d" % code).lower().replace("_", "-").replace("(", "").replace(")", "").replace(" ", "-")
    if asked:
        text += "-answer" if frame.code == 0 else "-answer-%d" % frame.code
    return text


def main():
    target, recordings = sys.argv[1], sys.argv[2:]
    machine = socket.gethostname().encode()
    for old in glob.glob(os.path.join(target, "*.bin")):
        os.remove(old)
    rows, total = [], 0
    for recording in recordings:
        def word(name):
            with open(os.path.join(recording, name), encoding="ascii") as file:
                return file.read().strip()
        server, client, serialization = word("server"), word("client"), word("serialization")
        seen = set()
        for key, number, data, frame, link, to, asked, words in kinds(recording):
            binary = frame.serialization == "rocketmq"
            if key in seen or len(data) > (LARGEST_BINARY if binary else LARGEST):
                continue
            bare = asked and frame.code == 0 and not frame.fields and not frame.body and not frame.remark
            if bare:
                key = ("bare success", link, to)
                if key in seen:
                    continue
            if serialization == "rocketmq" and (asked.code if asked else frame.code) not in BINARY_CODES:
                continue
            if FORBIDDEN.search(data) or (len(machine) > 3 and machine in data):
                print("left out, it tells about the machine: %s" % note(frame, asked, words), file=sys.stderr)
                continue
            seen.add(key)
            sender, receiver = link.split("-") if to == "server" else reversed(link.split("-"))
            release = client if sender == "client" else server
            file = "%s-%s-%s-%04d.bin" % (release, frame.serialization, name_of(frame, asked), number)
            with open(os.path.join(target, file), "wb") as out:
                out.write(data)
            total += len(data)
            rows.append([file, release, frame.serialization, "%s>%s" % (sender, receiver), str(frame.code), str(frame.opaque),
                         str(frame.flag), note(frame, asked, words)])
    with open(os.path.join(target, "INDEX.tsv"), "w", encoding="ascii") as out:
        out.write("file\tversion\tserialization\tdirection\tcode\topaque\tflag\tnote\n")
        out.writelines("\t".join(row) + "\n" for row in sorted(rows))
    print("%d frames, %d bytes" % (len(rows), total))


main()
