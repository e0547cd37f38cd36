"""`python -m sandbox --host 127.0.0.1 --port 12111 --db var/sandbox.sqlite3`."""

import argparse
import os
import signal
import sys

from sandbox.app import Sandbox
from sandbox.server import Server


def main(arguments: list[str]) -> int:
    """Serve the sandbox until SIGTERM or SIGINT; print the address once it answers."""
    parser = argparse.ArgumentParser(prog="sandbox", description="A stateful emulator of Stripe and SALTO KS.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    parser.add_argument("--db", default=":memory:", help="a SQLite file that outlives restarts")
    parser.add_argument(
        "--webhook-base",
        default=os.environ.get("SANDBOX_WEBHOOK_URL"),
        help="scheme, host and port that webhooks go to, whatever their endpoint's URL says",
    )
    parser.add_argument(
        "--page-base",
        default=os.environ.get("SANDBOX_URL"),
        help="scheme, host and port where browsers find the hosted pages, if not where calls come to",
    )
    options = parser.parse_args(arguments)
    sandbox = Sandbox(db=options.db, webhook_base=options.webhook_base, page_base=options.page_base)
    server = Server(sandbox, options.host, options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    print(f"sandbox on http://{options.host}:{server.server_address[1]}", flush=True)
    server.run()
    sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
