"""Runs many cases in processes that may die, keeps a log that a later run goes on from, and prints the table.

    python tests/fuzz/run.py --cases 10000 --log fuzz.jsonl [--first 0] [--workers 2] [--table]

Each line of the log is the record of a case (`harness.run`). A case that its own guard cannot end is ended with its
process by the operating system, and counts as died.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HARD_SECONDS = 60  # of processor time for a case, whatever it is in
_HERE = Path(__file__).resolve().parent


def work(first, last, step):
    """Run cases one after the other and print their records, as long as the process lives."""
    sys.path.insert(0, str(_HERE))
    from harness import run

    for number in range(first, last, step):
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + HARD_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        print(json.dumps(run(number)), flush=True)


def finished(log):
    """Return the records in a log, by the number of their case."""
    records = {}
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except ValueError:  # cut off when the run was ended
                continue
            records[record["case"]] = record
    return records


def table(records):
    """Return counts as Markdown: theory by outcome, and by what confirmed the converged ones."""
    from harness import FAULTS

    theories = sorted({record["theory"] for record in records})
    lines = [
        "| theory | cases | confirmed | converged, unconfirmed | status | our error | fault | confirmed by |",
        "|:--|--:|--:|--:|--:|--:|--:|:--|",
    ]
    for theory in [*theories, "all"]:
        mine = [record for record in records if theory in (record["theory"], "all")]
        kinds = collections.Counter(
            "fault" if r["outcome"] in FAULTS else r["outcome"].split()[0] + ("!" if r["confirmed_by"] else "")
            for r in mine
        )
        by = collections.Counter(r["confirmed_by"] for r in mine if r["confirmed_by"])
        ways = "" if theory == "all" else "; ".join(f"{way}: {count}" for way, count in by.most_common())
        counts = [kinds[key] for key in ("converged!", "converged", "status", "error", "fault")]
        lines.append(f"| {theory} | {len(mine)} | " + " | ".join(map(str, counts)) + f" | {ways} |")
    return "\n".join(lines)


def supervise(first, last, step, sink):
    """Run a worker over cases, and a new one behind the case in which it died."""
    number = first
    while number < last:
        command = [sys.executable, __file__, "--work", str(number), str(last), str(step)]
        alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # its time is that of one thread
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=alone)
        for line in process.stdout:
            if not line.startswith('{"case"'):
                print(f"case {number} printed {line.rstrip()!r}", flush=True)  # what a package must not do
                continue
            sink(json.loads(line))
            number += step
        if process.wait() == 0:
            return
        sink(
            {
                "case": number,
                "theory": _theory(number),
                "words": _words(number),
                "outcome": "died",
                "confirmed_by": "",
                "detail": f"exit code {process.returncode}",
                "seconds": float(HARD_SECONDS),
            }
        )
        number += step


def _words(number):
    from cases import case

    return case(number).words


def _theory(number):
    from cases import case

    return case(number).theory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--log", type=Path, default=Path("fuzz.jsonl"))
    parser.add_argument("--table", action="store_true", help="print the table of a log and stop")
    parser.add_argument("--work", type=int, nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return work(*arguments.work)
    sys.path.insert(0, str(_HERE))
    if not arguments.table:
        from concurrent.futures import ThreadPoolExecutor

        done = finished(arguments.log)
        missing = [n for n in range(arguments.first, arguments.first + arguments.cases) if n not in done]
        began = time.monotonic()
        with arguments.log.open("a", encoding="utf-8") as log:

            def sink(record):
                log.write(json.dumps(record) + "\n")
                log.flush()
                done[record["case"]] = record
                if len(done) % 100 == 0:
                    print(f"{len(done)} cases, {time.monotonic() - began:.0f} s", flush=True)

            with ThreadPoolExecutor(arguments.workers) as pool:
                list(pool.map(lambda run: supervise(*run, sink), runs(missing, arguments.workers)))
    records = finished(arguments.log).values()
    print(table(list(records)))
    return None


def runs(missing, workers):
    """Split the missing cases into (first, last, step) without gaps, for each worker in turns where they are whole."""
    pieces, start = [], 0
    for i in range(1, len(missing) + 1):
        if i == len(missing) or missing[i] != missing[i - 1] + 1:
            first, last = missing[start], missing[i - 1] + 1
            pieces += [(first + w, last, workers) for w in range(min(workers, last - first))]
            start = i
    return pieces


if __name__ == "__main__":
    main()
