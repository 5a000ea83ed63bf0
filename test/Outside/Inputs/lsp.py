# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A session of an editor with a language server.

usage: lsp.py SERVER
"""

import json
import subprocess
import sys

URI = "file:///network.mlir"
GOOD = """\
func.func @net(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %weight = arith.constant dense<0.5> : tensor<3x4xf32>
  %bias = arith.constant dense<0.5> : tensor<3xf32>
  %0 = mase.linear "fc" %x, %weight, %bias : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
"""
BAD = GOOD.replace("tensor<3xf32>", "tensor<2xf32>")


class Session:
    """JSON-RPC over a server's standard input and output."""

    def __init__(self, server):
        self.process = subprocess.Popen(
            [server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.last = 0

    def send(self, method, params, **more):
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more})
        message = f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        self.process.stdin.write(message.encode())
        self.process.stdin.flush()

    def receive(self):
        length = None
        while (line := self.process.stdout.readline().strip()) or length is None:
            if not line and self.process.poll() is not None:
                sys.exit(f"the server ended: {self.process.stderr.read().decode()}")
            name, _, value = line.decode().partition(":")
            if name == "Content-Length":
                length = int(value)
        return json.loads(self.process.stdout.read(length))

    def ask(self, method, params):
        self.last += 1
        self.send(method, params, id=self.last)
        while (answer := self.receive()).get("id") != self.last:
            pass
        return answer["result"]

    def diagnostics(self):
        while (message := self.receive()).get("method") != "textDocument/publishDiagnostics":
            pass
        return message["params"]["diagnostics"]


def errors(diagnostics):
    return [d for d in diagnostics if d["severity"] == 1]


def position(text, line, column):
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": column},
    }


session = Session(sys.argv[1])
capabilities = session.ask(
    "initialize", {"processId": None, "rootUri": None, "capabilities": {}}
)["capabilities"]
print(f"initialized: definitions {str(capabilities['definitionProvider']).lower()}")
session.send("initialized", {})

document = {"uri": URI, "languageId": "mlir", "version": 1, "text": BAD}
session.send("textDocument/didOpen", {"textDocument": document})
for error in errors(session.diagnostics()):
    print(f"error on line {error['range']['start']['line'] + 1}: {error['message']}")

session.send(
    "textDocument/didChange",
    {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": GOOD}]},
)
print(f"repaired: {len(errors(session.diagnostics()))} errors")

use = GOOD.splitlines()[3].index("%weight") + 1
(found,) = session.ask("textDocument/definition", position(GOOD, 3, use))
start, end = found["range"]["start"], found["range"]["end"]
print(
    f"definition of %weight: line {start['line'] + 1}, "
    f"columns {start['character']} to {end['character']}"
)
hover = session.ask("textDocument/hover", position(GOOD, 3, GOOD.splitlines()[3].index("mase.")))
print("hover:", " ".join(hover["contents"]["value"].split()))

session.ask("shutdown", None)
session.send("exit", None)
print("exit code", session.process.wait())
