# SPDX-License-Identifier: Apache-2.0
"""Makes the wheel (PEP 517), with nothing but the standard library: one package and the program in it.

Beside this file stand VERSION and rmq_mock/bin/rmq-mock, which packaging/build-wheel lays there. The same content and
SOURCE_DATE_EPOCH give the same file.
"""

import base64
import hashlib
import os
import platform
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def read(*path):
    with open(os.path.join(HERE, *path), "rb") as file:
        return file.read()


def tag():
    # A static program runs with any libc.
    machine = platform.machine()
    return f"py3-none-manylinux2014_{machine}.musllinux_1_1_{machine}"


def contents(info, version):
    for folder, folders, names in os.walk(os.path.join(HERE, "rmq_mock")):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), HERE)
            yield path, read(path), 0o755 if folder.endswith("bin") else 0o644
    yield f"{info}/entry_points.txt", b"[console_scripts]\nrmq-mock = rmq_mock:main\n", 0o644
    tags = "".join(f"Tag: py3-none-{platform_tag}\n" for platform_tag in tag().split("-")[2].split("."))
    yield f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: rmq-mock\nRoot-Is-Purelib: false\n{tags}".encode(), 0o644
    yield f"{info}/METADATA", (
        "Metadata-Version: 2.1\nName: rmq-mock\n"
        f"Version: {version}\n"
        "Summary: Apache RocketMQ cluster for tests\nLicense: Apache-2.0\nRequires-Python: >=3.7\n"
        "Description-Content-Type: text/markdown\n\n").encode() + read("README.md"), 0o644


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    version = read("VERSION").decode().strip()
    info = f"rmq_mock-{version}.dist-info"
    when = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315532800))[:6]
    name = f"rmq_mock-{version}-{tag()}.whl"
    record = ""
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        def add(path, data, mode):
            entry = zipfile.ZipInfo(path, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            wheel.writestr(entry, data)

        for path, data, mode in contents(info, version):
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(data)}\n"
            add(path, data, mode)
        add(f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode(), 0o644)
    return name
