// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pieces of mase/Runtime and of Numerics that printed code needs.
#include "RuntimePieces.h"

#include "CText.h"
#include "RuntimeSources.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <vector>

using namespace llvm;
using namespace mase;

namespace {

struct Piece {
  SmallVector<StringRef> names;
  std::string text;
};

/// Leaves out what is for nvcc alone: branches of #if for __CUDA_ARCH__.
class CudaFilter {
public:
  /// Whether the line stays; it may be changed.
  bool keep(std::string &line) {
    StringRef text = StringRef(line).trim();
    if (!text.starts_with("#"))
      return levels.empty() || levels.back() != Level::Cuda;
    if (text.starts_with("#if")) {
      bool isCuda = text.contains("__CUDA");
      levels.push_back(isCuda ? Level::Cuda : Level::Other);
      return !isCuda;
    }
    if (levels.empty())
      return true;
    Level &level = levels.back();
    if (text.starts_with("#elif") && level == Level::Cuda) {
      line.replace(line.find("#elif"), 5, "#if");
      level = Level::Other;
      return true;
    }
    if (text.starts_with("#else") && level == Level::Cuda) {
      level = Level::Always;
      return false;
    }
    if (text.starts_with("#endif"))
      return levels.pop_back_val() == Level::Other;
    return level != Level::Cuda;
  }

private:
  enum class Level { Cuda, Always, Other };
  SmallVector<Level> levels;
};

void replaceAll(std::string &text, StringRef from, StringRef to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// The pieces of `sources`. A name with a slash is that of C++, a slash and
/// that of C, without which C does not have it.
std::vector<Piece> readPieces(StringRef sources, bool isC) {
  std::vector<Piece> pieces;
  bool inPiece = false, afterNames = false;
  std::vector<std::pair<StringRef, StringRef>> renamed;
  CudaFilter filter;
  for (StringRef rest = sources; !rest.empty();) {
    auto [line, after] = rest.split('\n');
    rest = after;
    if (StringRef names = line; names.consume_front("//@")) {
      inPiece = !names.trim().empty();
      if (inPiece && !afterNames) {
        pieces.emplace_back();
        renamed.clear();
      }
      afterNames = true;
      SmallVector<StringRef> words;
      names.trim().split(words, ' ', -1, /*KeepEmpty=*/false);
      for (StringRef word : words) {
        auto [name, inC] = word.split('/');
        if (isC && word.contains('/')) {
          renamed.emplace_back(name, inC);
          name = inC;
        }
        if (!name.empty())
          pieces.back().names.push_back(name);
      }
      continue;
    }
    afterNames = false;
    if (!inPiece || line.starts_with("//===") ||
        (line.starts_with("// ") && pieces.back().text.ends_with("\n\n")))
      continue; // headings between pieces
    std::string text = line.str();
    if (!filter.keep(text))
      continue;
    for (auto [name, inC] : renamed)
      replaceAll(text, name, inC);
    if (!isC) {
      replaceAll(text, "MASE_HOST_DEVICE ", "");
      replaceAll(text, "MASE_ALWAYS_INLINE", "MASE_INLINE");
    }
    pieces.back().text += text + "\n";
  }
  for (Piece &piece : pieces)
    piece.text = StringRef(piece.text).trim('\n').str() + "\n";
  return pieces;
}

/// Calls `use` with each identifier of the code, comments left out.
void forIdentifiers(StringRef code, function_ref<void(StringRef)> use) {
  while (!code.empty()) {
    if (code.starts_with("//")) {
      code = code.drop_until([](char c) { return c == '\n'; });
      continue;
    }
    if (isAlpha(code.front()) || code.front() == '_') {
      StringRef word =
          code.take_while([](char c) { return isAlnum(c) || c == '_'; });
      use(word);
      code = code.drop_front(word.size());
      continue;
    }
    // A number, with the letters in it, or anything else.
    size_t length = 1;
    if (isDigit(code.front()))
      length = code.take_while([](char c) { return isAlnum(c); }).size();
    code = code.drop_front(length);
  }
}

/// Those of `pieces` that `code` calls and those that these mention.
std::string piecesFor(ArrayRef<Piece> pieces, StringRef code) {
  StringMap<SmallVector<size_t>> byName;
  for (auto [i, piece] : enumerate(pieces))
    for (StringRef name : piece.names)
      byName[name].push_back(i);
  std::vector<bool> used(pieces.size());
  SmallVector<StringRef> waiting;
  auto use = [&](StringRef word) {
    auto it = byName.find(word);
    if (it == byName.end())
      return;
    for (size_t i : it->second)
      if (!used[i]) {
        used[i] = true;
        waiting.push_back(pieces[i].text);
      }
  };
  bool inRuntime = false;
  forIdentifiers(code, [&](StringRef word) {
    if (inRuntime)
      use(word);
    inRuntime = word == "rt";
  });
  while (!waiting.empty())
    forIdentifiers(waiting.pop_back_val(), use);
  std::string text;
  for (auto [piece, isUsed] : zip_equal(pieces, used))
    if (isUsed)
      text += (text.empty() ? "" : "\n") + piece.text;
  return text;
}

} // namespace

std::string mase::cpp::runtimePieces(StringRef code) {
  static const std::vector<Piece> pieces =
      readPieces(kRuntimeSources, /*isC=*/false);
  return piecesFor(pieces, code);
}

std::string mase::cpp::runtimePiecesOfC(StringRef code, StringRef prefix) {
  static const std::vector<Piece> pieces =
      readPieces(kScalarSources, /*isC=*/true);
  static const StringSet<> names = [] {
    StringSet<> all;
    for (const Piece &piece : pieces)
      all.insert_range(piece.names);
    all.erase("detail");
    return all;
  }();
  return toC(piecesFor(pieces, code), prefix, names);
}
