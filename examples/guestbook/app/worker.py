"""Counts the words of new entries."""

import os
import signal
import sys

import redis

store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
is_ending = False


def end(*_):
    global is_ending
    is_ending = True


signal.signal(signal.SIGTERM, end)
while not is_ending:
    try:
        taken = store.brpop("to-count", timeout=1)
    except redis.ConnectionError as error:
        print(f"redis: {error}", file=sys.stderr, flush=True)
        signal.sigtimedwait([signal.SIGTERM], 1)
        continue
    if taken:
        store.incrby("words", len(taken[1].split()))
