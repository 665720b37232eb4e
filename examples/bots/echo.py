#!/usr/bin/env python3
"""Repeats to everybody what they say: echo.py SOCKET, with the socket of `heliograph daemon --json`.

Accepts whoever asks, so give its card only to people it may talk to. Needs nothing but Python."""
import json, socket, sys


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
        for line in self.lines:  # Events in between are hints; what they hint at is read anyway.
            answer = json.loads(line)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(answer["error"]["data"]["happened"])
                return answer["result"]
        raise SystemExit("The profile was closed.")

    def pages(self, method, key, **params):
        while True:
            page = self.call(method, **params)
            yield from page["items"]
            if page["next"] is None:
                return
            params[key] = page["next"]


def answer(bot):
    for request in bot.pages("request.list", "after"):
        bot.call("request.accept", id=request["id"])
    listed = bot.pages("conversation.list", "after")
    for known in [one for one in listed if one["unread"] and one["state"] == "open"]:
        said = bot.pages("message.list", "since", conversation=known["id"])
        new = [m for m in said if not m["mine"] and m["kind"] != "change"][-known["unread"]:]
        texts = [m["text"] for m in new if m["kind"] == "text"]
        while texts:  # One call takes 64 of them, and one line 262,144 bytes.
            fit = max(n for n in range(1, 65) if n == 1 or len(json.dumps(texts[:n])) < 250_000)
            bot.call("message.send", conversation=known["id"], texts=texts[:fit])
            del texts[:fit]
        if new:
            bot.call("message.mark_read", conversation=known["id"], upto=new[-1]["id"])


bot = Heliograph(sys.argv[1])
bot.call("event.subscribe")
while True:
    answer(bot)
    bot.lines.readline() or sys.exit("The profile was closed.")
