# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Each file, which mase-opt or mase-translate wrote, goes through Debian's mlir-opt
# with the plugin of a build as text, as text of the generic form and as
# bytecode; what comes back is the same file, there and in mase-opt.
set -euo pipefail
plugin=$1/lib/MasePlugin.so
ours=$1/bin/mase-opt
shift
stock() {
  mlir-opt --load-dialect-plugin="$plugin" --load-pass-plugin="$plugin" "$@"
}
# mlir-opt ends a file with an empty line, mlir-translate doesn't.
same() { diff --ignore-blank-lines "$file" -; }
for file in "$@"; do
  stock "$file" | same
  stock "$file" --mlir-print-op-generic | stock | same
  stock "$file" --emit-bytecode -o "$file.bc"
  stock "$file.bc" | same
  "$ours" "$file.bc" | same
  "$ours" "$file" --emit-bytecode | stock | same
done
echo "$# files"
