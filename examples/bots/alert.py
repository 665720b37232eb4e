#!/usr/bin/env python3
"""Tells a group what a monitor prints: MONITOR | alert.py SOCKET CONVERSATION

Every line becomes a message. Ends with 0 once all of them are on the board, with 1 and a reason if not; what was
accepted until then is kept in the profile and sent later. Needs nothing but Python.
"""
import json
import socket
import sys

TEXT_MAX = 12_000  # bytes


class Heliograph:
    """One connection to a profile's door (docs/rpc.md)."""

    def __init__(self, path):
        self.door = socket.socket(socket.AF_UNIX)
        self.door.connect(path)
        self.lines = self.door.makefile("r", encoding="utf-8")
        self.number = 0
        self.call("rpc.hello", version=1)

    def call(self, method, **params):
        self.number += 1
        asked = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.door.sendall(json.dumps(asked).encode() + b"\n")
        answer = json.loads(self.lines.readline() or "null")
        if answer is None:
            raise SystemExit("The profile was closed.")
        if "error" in answer:
            why = answer["error"]["data"]
            raise SystemExit(f"{why['happened']} {why['kept']} {why['todo']}")
        return answer["result"]


def main(path, conversation):
    door, last = Heliograph(path), None
    for line in sys.stdin:
        text = line.rstrip("\n").encode()[:TEXT_MAX].decode(errors="ignore")
        if text.strip():
            sent = door.call("message.send", conversation=conversation, texts=[text])
            last = sent["messages"][-1]
    if last is not None:
        door.call("message.wait", message=last, state="stored", within_ms=60_000)


main(*sys.argv[1:3])
