# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""python_blocks.py PAGE.md OUT.py: the page's ```python blocks, which must parse."""

import ast
import pathlib
import re
import sys

page, out = map(pathlib.Path, sys.argv[1:])
blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
text = "\n".join(blocks)
ast.parse(text, str(page))
out.write_text(text)
print(len(blocks), "block" if len(blocks) == 1 else "blocks")
