#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shares of the peak from what bench_kernels wrote with --benchmark_out: a table, and a row for each bar.

    shares.py RESULTS LIMIT COMMAND [JSON]     LIMIT is in per cent
"""
import json
import sys


def main(results, limit, command, into=None):
    with open(results, encoding="utf-8") as file:
        read = json.load(file)
    rows = []
    print(f"{'layer':24} {'us, least':>10} {'median':>10} {'GFLOP/s':>8} {'of peak':>8}")
    for each in read["benchmarks"]:
        if each.get("run_type") == "aggregate":
            continue
        if each.get("error_occurred"):
            sys.exit(f"{each['name']}: {each['error_message']}")
        name = each["name"].split("/")[1]
        share = each["%peak"]
        print(f"{name:24} {each['us_min']:10.2f} {each['us_median']:10.2f} {each['GFLOP/s']:8.1f} {share:6.1f} %")
        rows.append({"name": f"AVX2, per cent of the peak, at least: {name}", "value": round(share, 1),
                     "limit": float(limit), "pass": share >= float(limit), "command": command})
    if not rows:
        sys.exit("no benchmark ran")
    if into:
        with open(into, "w", encoding="utf-8") as file:
            file.write("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
