"""A mail server on this machine that takes mails, refuses them, or goes away in the middle."""

import socketserver
import threading
from email import message_from_bytes, policy


class _Talk(socketserver.StreamRequestHandler):
    """One connection, as RFC 5321 wants it, but for what the server is told to do otherwise."""

    def handle(self):
        self.say(b"220 mail.test")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                self.say(b"221 bye")
                return
            if verb == b"DATA" and not self.take():
                return
            if verb != b"DATA":
                self.say(self.server.answers.get(verb, b"250 ok"))

    def take(self):
        """Take one mail; return whether the connection goes on."""
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.server.vanish:
            return False
        self.server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say(self.server.answers.get(b"DATA", b"250 taken"))
        return True

    def say(self, line):
        self.wfile.write(line + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1 from ``start`` to ``stop``; ``mails`` are what it was handed."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answers, self.vanish, self.mails = {}, False, []
        self.port = self.server_address[1]

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self):
        self.shutdown()
        self.server_close()
