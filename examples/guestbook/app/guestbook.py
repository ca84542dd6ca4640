"""A guestbook over HTTP: `GET /` shows the latest entries, `POST /entries` adds one."""

import html
import os

import redis
from flask import Flask, redirect, request

application = Flask(__name__)
store = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=2, decode_responses=True)

SHOWN = 20
LENGTH_MAX = 280


@application.get("/")
def show():
    entries = "".join(f"<li>{html.escape(entry)}</li>" for entry in store.lrange("entries", 0, SHOWN - 1))
    words = store.get("words") or 0
    return f"<!doctype html><title>Guestbook</title><h1>Guestbook</h1><p>{words} words</p><ul>{entries}</ul>"


@application.post("/entries")
def add():
    text = request.form.get("text", "").strip()[:LENGTH_MAX]
    if not text:
        return "an entry needs a text\n", 400
    with store.pipeline() as pipeline:
        pipeline.lpush("entries", text).ltrim("entries", 0, 999).lpush("to-count", text).execute()
    print(f"entry of {len(text)} characters", flush=True)
    return redirect("/", code=303)


@application.get("/health")
def health():
    store.ping()
    return "ok\n"
