#!/usr/bin/env bash
# The median of the waits 60 and 600 is 60 in gonum, with LinInterp as with Empirical, and its p75 of 1, 2, 3, 4 is 3 where others say 3.25.
#
# With: gonum.org/v1/gonum v0.17.0 and github.com/montanaflynn/stats v0.14.0 (Go 1.26.8), numpy 2.4.6 and duckdb 2.0.1.
# Expected: stat.Quantile(0.5, stat.LinInterp, ...) interpolates between the two in the middle: 330, as numpy, DuckDB, PostgreSQL,
#   Redshift and Excel say. Names of methods mean the same in libraries of one language.
# Seen: LinInterp interpolates the empirical distribution, R's type 4, which nobody has by default: of n values the quantile p is the
#   n * p-th, so that the median of 2, 4 or 10 values is the lower one in the middle, of 3 it lies between two values, and the first
#   1/n of the way is flat. montanaflynn's Percentile is numpy's; its Quartile of 1..5 is 1.5 and 4.5, numpy says 2 and 4.
# Hurts: medians and p90 of small groups (a stop, an hour): too low by up to half a gap; two services of one company disagree.
# Instead: interpolate at (n - 1) * p in the sorted values, or let the engine do it; of 10,000 values the difference is small.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet numpy==2.4.6 duckdb==2.0.1
mkdir "$work/waits"
cd "$work/waits"
export GOPATH="$work/go" GOFLAGS=-modcacherw  # nothing stays behind
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"os"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/stat"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var questions []struct {
		Waits []float64
		P     float64
	}
	check(json.NewDecoder(os.Stdin).Decode(&questions))
	var answers [][]float64
	for _, question := range questions {
		percentile, err := stats.Percentile(question.Waits, question.P*100)
		check(err)
		quartiles, err := stats.Quartile(question.Waits)
		check(err)
		answers = append(answers, []float64{
			stat.Quantile(question.P, stat.LinInterp, question.Waits, nil),
			stat.Quantile(question.P, stat.Empirical, question.Waits, nil),
			percentile, quartiles.Q1, quartiles.Q3,
		})
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}
GO
go mod init waits >go.log 2>&1 && go get gonum.org/v1/gonum@v0.17.0 github.com/montanaflynn/stats@v0.14.0 >>go.log 2>&1 \
    && go mod tidy >>go.log 2>&1 && go build -o waits.bin . >>go.log 2>&1 || { cat go.log; exit 1; }
"$work/venv/bin/python" - <<'PY'
import json
import subprocess

import duckdb
import numpy as np

TENS = [float(wait) for wait in range(10, 110, 10)]
QUESTIONS = (  # waits, p, what gonum says (LinInterp, Empirical), what the others say
    ([60, 600], 0.5, 60, 60, 330),
    ([1, 2, 4], 0.5, 1.5, 2, 2),
    ([1, 2, 3, 4], 0.5, 2, 2, 2.5),
    ([1, 2, 3, 4], 0.75, 3, 3, 3.25),
    ([1, 2, 3, 4, 5], 0.5, 2.5, 3, 3),
    (TENS, 0.5, 50, 50, 55),
    (TENS, 0.95, 95, 100, 95.5),
)
asked = json.dumps([{"Waits": waits, "P": p} for waits, p, *_ in QUESTIONS])
by_go = json.loads(subprocess.run(["./waits.bin"], input=asked, capture_output=True, text=True, check=True).stdout)
print("gonum v0.17.0, montanaflynn/stats v0.14.0, numpy", np.__version__, "duckdb", duckdb.__version__)
for (waits, p, linear, empirical, meant), (lin, emp, percentile, first, third) in zip(QUESTIONS, by_go, strict=True):
    by_numpy = float(np.quantile(waits, p))
    by_duckdb = duckdb.execute("SELECT quantile_cont(wait, ?) FROM (SELECT unnest(?::DOUBLE[]) AS wait)", [p, waits]).fetchone()[0]
    print(f"p {p} of {waits}: gonum {lin:g} and {emp:g}, montanaflynn {percentile:g}, numpy {by_numpy:g}, DuckDB {by_duckdb:g}")
    if any(abs(other - meant) > 1e-9 for other in (percentile, by_numpy, by_duckdb)):
        raise SystemExit("the others say something else")
    if abs(lin - linear) > 1e-9 or emp != empirical or float(np.quantile(waits, p, method="interpolated_inverted_cdf")) != lin:
        raise SystemExit("no longer so: gonum")
    if len(waits) == 5:
        print("    quartiles: montanaflynn", first, third, "numpy", *np.quantile(waits, [0.25, 0.75]))
        if (first, third) != (1.5, 4.5):
            raise SystemExit("no longer so: montanaflynn")
PY
