"""A mail server for the demo: nothing leaves the machine, each message becomes a file to look at."""

import contextlib
import itertools
import socketserver
import threading
import time

from . import paths

PORT = int(paths.PORT) + 1000
FOLDER = paths.ENV / "mail"
_number = itertools.count(1)


class _Session(socketserver.StreamRequestHandler):
    """As much of SMTP as Odoo speaks."""

    REPLIES = {b"DATA": "354 end with a dot", b"QUIT": "221 bye"}

    def handle(self):
        """Answer until the client leaves."""
        self._reply("220 demo mailbox")
        for line in self.rfile:
            command = line[:4].strip().upper()
            self._reply(self.REPLIES.get(command, "250 ok"))
            if command == b"QUIT":
                break
            if command == b"DATA":
                self._keep_message()

    def _keep_message(self):
        lines = iter(self.rfile.readline, b".\r\n")
        content = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{next(_number)}.eml"
        (FOLDER / name).write_bytes(content)
        self._reply("250 kept")

    def _reply(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def opened():
    """Take in mail while the block runs, unless another `./dev` does already."""
    FOLDER.mkdir(exist_ok=True)
    try:
        server = _Server(("127.0.0.1", PORT), _Session)
    except OSError:
        yield
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
