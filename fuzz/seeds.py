#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets, one file each, into FOLDER/<target>: frames of hw/frames, cabinets of hw/cabinets, golden
bytes of protocol/golden."""

import hashlib
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
FRAMES = HERE.parent / "hw" / "frames"
CABINETS = HERE.parent / "hw" / "cabinets"
GOLDEN = HERE.parent / "protocol" / "golden"

# The numbers by which the targets tell them apart.
FAMILIES = {"shuoming": [0], "kerong-cu16": [1], "kerong-cu48": [2], "wkly": [3], "winnsen": [4], "modbus-relay": [5, 6]}
SCANNERS = {"gm65": 0, "newland": 1, "honeywell": 2}
MESSAGES = [
    "entry", "event", "numbered", "change", "to-kiosk", "to-sync", "witness", "hello", "hello-answer", "batch", "held",
    "changes", "token-request", "token-proof", "token-answer", "enrol-request", "enrol-answer", "transport-certificate",
    "receipt", "right",
]
LAST_MESSAGE = 18
LABELS = [
    "RB123456785GB", "RB123456786US", "00106141412345678908", "]C100106141412345678908", "]d2010950600013435221A\x1d10B",
    "https://id.example/00/106141412345678908", "JJD0099999021000000000", "1Z5R89390357567127", "3318810025",
    "01601000020157702110217\x1d7",
]


def unhex(text):
    return bytes.fromhex(text)


def golden(name):
    for line in (GOLDEN / f"{name}.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield unhex(line.split()[-1])


def seeds():
    for family, numbers in FAMILIES.items():
        for frame in tomllib.loads((FRAMES / f"{family}.toml").read_text())["frame"]:
            address, channel = frame.get("address", 0), frame.get("channel", 1)
            channels = frame.get("count", len(frame.get("doors", [])) or 8)
            for number in numbers:
                for key in ("answer", "request"):
                    if key in frame:
                        yield "lock_board", bytes([number, address, channels, channel, 0]) + unhex(frame[key])
    for scanner, number in SCANNERS.items():
        file = tomllib.loads((FRAMES / f"{scanner}.toml").read_text())
        for entry in [*file.get("frame", []), *file.get("scan", [])]:
            for key in ("answer", "received"):
                if isinstance(entry.get(key), str):
                    yield "scanner", bytes([number, 3]) + unhex(entry[key])
    # The splitter's limits lie further than chance would go.
    for length in (512, 513, 4096, 4097):
        yield "scanner", bytes([0, 200]) + b"7" * length + b"\r912\r"
    for cabinet in CABINETS.glob("*.toml"):
        text = cabinet.read_bytes()
        # A whole cabinet is long: its head and its first doors teach the most.
        doors = text.split(b"[[compartment]]")
        yield "profile", b"[[compartment]]".join(doors[:3])
    for label in LABELS:
        yield "label", label.encode()
        yield "recognize", b"\x01" + label.encode()
    for sealed in golden("pass"):
        yield "pass", b"\x00" + sealed
        yield "recognize", b"\x00" + sealed
    yield "recognize", b"\x02" + b"1234567897"
    yield "recognize", b"\x03" + b"42\n123456"
    for receipt in golden("receipt"):
        # As the envelope of a receipt: its payload, and a signature of noughts.
        envelope = unhex("8443a10127a0") + bytes([0x58, len(receipt)]) + receipt + unhex("5840") + bytes(64)
        yield "pass", b"\x00" + envelope
    for number, name in enumerate(MESSAGES):
        for message in golden(name):
            yield "message", bytes([min(number, LAST_MESSAGE)]) + message


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, seed in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


main()
