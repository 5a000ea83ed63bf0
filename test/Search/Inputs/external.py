# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An external evaluator for tests: adds up the widths of the configuration.

usage: external.py [MODE]   (plain, crash, hang, wrong, missing, extra, deep,
                             infinite, slow, stuck, deaf)
Every third trial goes wrong in the way that MODE says; stuck: from the sixth on
it never answers, and a child of it sleeps, too; deaf: slow, and it stays when
its input ends.
"""

import json
import subprocess
import sys
import time


def widths(node):
    for key, value in node.items():
        if isinstance(value, dict):
            yield from widths(value)
        elif key.endswith("_width") and "frac" not in key and value:
            yield value


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else "plain"
    for line in sys.stdin:
        request = json.loads(line)
        layers = {k: v for k, v in request["sampled_config"].items() if k.startswith("seq_blocks")}
        bits = sum(widths(layers))
        answer = {"quality": 1 - 1 / (1 + bits * bits % 101), "area": bits}
        if mode == "extra":
            answer["luts"] = 10 * bits
        elif mode in ("slow", "deaf"):
            time.sleep(0.05)
        elif mode == "stuck":
            if request["number"] > 4:
                subprocess.run(["sleep", "1000"])
        elif mode != "plain" and request["number"] % 3 == 1:
            if mode == "crash":
                sys.exit("out of luts")
            if mode == "hang":
                time.sleep(1000)
            if mode == "wrong":
                print("done!", flush=True)
                continue
            if mode == "deep":
                print("[" * 200000, flush=True)
                continue
            if mode == "infinite":
                print('{"quality": 1e999, "area": 3}', flush=True)
                continue
            if mode == "missing":
                del answer["area"]
        print(json.dumps(answer), flush=True)
    if mode == "deaf":
        time.sleep(1000)


if __name__ == "__main__":
    main()
