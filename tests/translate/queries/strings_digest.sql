-- expect: rewritten
SELECT id, to_hex(md5(to_utf8(u))) AS a, lower(to_hex(sha256(to_utf8(u)))) AS b FROM samples
