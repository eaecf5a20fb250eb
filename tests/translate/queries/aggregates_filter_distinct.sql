-- expect: rewritten
SELECT COUNT(DISTINCT s) FILTER (WHERE n > 0) AS names FROM samples
