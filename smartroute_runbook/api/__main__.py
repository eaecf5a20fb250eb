"""Serve the API on this machine with a Lambda's settings: ``python -m smartroute_runbook.api [PORT]``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Serve until interrupted."""
    from .configuration import api_of, client_of
    from .server import ApiServer

    try:
        port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
        server = ApiServer(api_of(os.environ, client_of), port)
    except (ValueError, OSError) as error:
        sys.exit(f"The API cannot be started: {error}")
    sys.stderr.write(f"Serving on {server.url}; Ctrl+C ends it.\n")
    server.run()


if __name__ == "__main__":
    main()
