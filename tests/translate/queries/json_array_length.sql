-- expect: rewritten
SELECT id, json_array_length(doc) AS k FROM samples
