"""Runs the AWS emulator, and ends it with whoever started it.

The starter holds the other end of our standard input. When that end closes, however the starter ended, the emulator and
the functions that it runs are stopped; so nothing stays behind after a crash, a panic or Ctrl-C. With the argument
``keep`` the emulator stays until it is stopped by its process group.
"""

import os
import signal
import sys
import threading
import time


def end_with_starter() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(3)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    os.environ["GATEWAY_PORT"] = sys.argv[1]
    keep = sys.argv[2:] == ["keep"]
    sys.argv[1:] = []
    if not keep:
        threading.Thread(target=end_with_starter, daemon=True).start()
    from ministack.app import main

    main()
