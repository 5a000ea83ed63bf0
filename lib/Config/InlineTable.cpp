// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables in the text of an option.
#include "TomlTree.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Regex.h"

using namespace mase;
using namespace mase::toml_tree;

/// What to say where `text` has a word without quotes; a shell takes them away.
static std::string quotesHint(llvm::StringRef text) {
  llvm::Regex bare("([A-Za-z0-9_]+) *= *([A-Za-z_][A-Za-z0-9_]*)");
  for (llvm::SmallVector<llvm::StringRef> parts; bare.match(text, &parts);
       text = text.drop_front(parts[0].end() - text.begin()))
    if (!llvm::is_contained({"true", "false", "inf", "nan"}, parts[2]))
      return ("; words take quotes: " + parts[1] + "=\"" + parts[2] +
              "\" (in a shell, with '…' around the whole option)")
          .str();
  return {};
}

absl::StatusOr<Node> toml_tree::parseInline(llvm::StringRef text,
                                            llvm::StringRef origin) {
  constexpr llvm::StringLiteral prefix = "x = ";
  absl::StatusOr<Node> root =
      parse((prefix + text.trim()).str(), origin, -int(prefix.size()));
  if (!root.ok()) {
    LocatedText error = locatedText(root.status());
    return errorAt(error.location, error.text + quotesHint(text));
  }
  // A line break would start keys of its own.
  if (root->members.size() != 1 || !root->members[0].value.isTable())
    return errorAt({origin.str(), 1, 1},
                   "expected an inline table as {name=\"integer\", …}, found " +
                       quoted(text));
  return std::move(root->members[0].value);
}
