// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names that try to be more than a name.
#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

#include <array>
#include <cstdio>
#include <set>

using namespace mase;
using llvm::StringRef;

namespace {

using namespace std::string_literals;

/// What came from outside, or may.
std::vector<std::string> hostileNames() {
  return {"",
          "seq_blocks_2",
          "l\n#include <cstdlib>\nint x = system(\"true\");//",
          "l\rint x;",
          "*/ int x; /*",
          "/*",
          "ends in \\",
          "ends in \\ ",
          "trigraph ?\?/",
          "?\?\?/",
          "?\?=include",
          "\"quoted\", 'quoted'",
          "$(true) `true` $HOME ; true & true | true > x",
          "a,b;c\td",
          "<script>alert(1)</script>&amp;",
          "é ü 网络 🙂",
          "\xff\xfe\xc3",
          "\xc3",
          "line\xe2\x80\xa8separator",
          "\xe2\x80\xae txet desrever",
          "nul\0inside"s,
          "\x1b[2J\x07",
          "%s%n",
          "-rf",
          "~root",
          "=1+1",
          std::string(100000, 'x'),
          std::string(100000, '\\')};
}

TEST(Quoting, MessagesShowNamesOnOneLine) {
  for (const std::string &name : hostileNames())
    for (const std::string &text : {mase::quoted(name), escaped(name)}) {
      std::string shown = text.substr(0, 80);
      EXPECT_TRUE(llvm::json::isUTF8(text)) << shown;
      EXPECT_LE(text.size(), 1000u);
      for (char c : text)
        EXPECT_FALSE(uint8_t(c) < 0x20 || c == 0x7f) << shown;
    }
}

TEST(Quoting, MessagesKeepWhatCanBeRead) {
  EXPECT_EQ(mase::quoted("seq_blocks.2 (é, 网络, 🙂) \\d \""),
            "'seq_blocks.2 (é, 网络, 🙂) \\d \"'");
  EXPECT_EQ(mase::quoted(""), "''");
  EXPECT_EQ(mase::quoted("a\nb\x1b"), "'a\\0Ab\\1B'");
  EXPECT_EQ(mase::quoted("\xff\xe2\x80\xae"), "'\\FF\\E2\\80\\AE'");
  EXPECT_EQ(toVisible("a\n\tb\x1b"), "a\n\tb\\1B");
}

TEST(Quoting, MessagesLeaveOutTheMiddleOfLongNames) {
  std::string name = "begin" + std::string(100000, 'x') + "end";
  StringRef text = name;
  EXPECT_EQ(mase::quoted(name), ("'" + text.take_front(120) + "…" +
                                 text.take_back(60) + "' (100008 characters)")
                                    .str());
  EXPECT_EQ(escaped(name),
            (text.take_front(120) + "…" + text.take_back(60)).str());
  EXPECT_EQ(mase::quoted(std::string(200, 'x')),
            "'" + std::string(200, 'x') + "'");
  // Characters of several bytes stay whole and count once.
  std::string wide;
  for (int i = 0; i < 500; ++i)
    wide += "网";
  for (const std::string prefix : {"", "a", "ab"}) {
    std::string shown = mase::quoted(prefix + wide);
    EXPECT_EQ(StringRef(shown).count('\\'), 0u) << shown;
    EXPECT_TRUE(StringRef(shown).ends_with(
        " (" + std::to_string(500 + prefix.size()) + " characters)"))
        << shown;
  }
}

TEST(Quoting, CommentStaysOneLineOfAnyComment) {
  for (const std::string &name : hostileNames()) {
    std::string comment = toComment(name);
    StringRef text = comment;
    std::string shown = text.take_front(80).str();
    EXPECT_FALSE(text.contains('\\') && text.ends_with("\\")) << shown;
    EXPECT_FALSE(text.contains("*/")) << shown;
    EXPECT_FALSE(text.contains("/*")) << shown;
    EXPECT_FALSE(text.contains("?\?")) << shown;
    EXPECT_TRUE(llvm::json::isUTF8(text)) << shown;
    EXPECT_LE(text.size(), 420u);
    for (char c : text)
      EXPECT_FALSE(uint8_t(c) < 0x20 || c == 0x7f) << shown;
    for (size_t i = 0; (i = text.find('\\', i)) != StringRef::npos; ++i)
      EXPECT_TRUE(StringRef("xuU").contains(text[i + 1])) << shown;
  }
}

TEST(Quoting, CommentKeepsWhatCanBeRead) {
  EXPECT_EQ(toComment("seq_blocks.2/linear (é, 网络, 🙂)?"),
            "seq_blocks.2/linear (é, 网络, 🙂)?");
  EXPECT_EQ(toComment("a\n#include <x>"), "a\\x0a#include <x>");
  EXPECT_EQ(toComment("a\\"), "a\\x5c");
  EXPECT_EQ(toComment("*/"), "*\\x2f");
  EXPECT_EQ(toComment("?\?/"), "?\\x3f/");
  EXPECT_EQ(toComment("\xe2\x80\xa8"), "\\u2028");
  EXPECT_EQ(toComment("\xff"), "\\xff");
}

TEST(Quoting, StringLiteral) {
  EXPECT_EQ(toStringLiteral(""), "\"\"");
  EXPECT_EQ(toStringLiteral("a\"b\\c?\?/\n1"), R"("a\"b\\c\?\?/\0121")");
  EXPECT_EQ(toStringLiteral("é"), R"("\303\251")");
}

TEST(Quoting, Identifier) {
  auto layer = [](StringRef name) { return toIdentifier(name, "layer_"); };
  EXPECT_EQ(layer("seq_blocks_2"), "seq_blocks_2");
  EXPECT_EQ(layer("seq_blocks.2"), "seq_blocks_2");
  EXPECT_EQ(layer("/a//b/"), "a_b");
  EXPECT_EQ(layer(""), "layer");
  EXPECT_EQ(layer("2"), "layer_2");
  EXPECT_EQ(layer("é"), "u00e9");
  EXPECT_EQ(layer("\xff\xfe"), "layer");
  EXPECT_EQ(layer("\xff x"), "x");
  for (StringRef taken :
       {"for",        "typeof",    "min",       "printf", "int32_t",
        "dim3",       "threadIdx", "float4",    "uchar2", "longlong1",
        "cudaMalloc", "M_PIf",     "isalpha_l", "kernel", "rt",
        "std",        "main",      "NULL",      "EOF",    "si_pid"})
    EXPECT_EQ(layer(taken), "layer_" + taken.str());
  EXPECT_EQ(layer("layer2"), "layer2");
  EXPECT_EQ(layer("float5"), "float5");
}

TEST(Quoting, IdentifiersAreLegalAndStable) {
  for (const std::string &name : hostileNames()) {
    std::string identifier = toIdentifier(name, "layer_");
    EXPECT_TRUE(llvm::isAlpha(identifier[0])) << identifier;
    EXPECT_LE(identifier.size(), 64u);
    for (char c : identifier)
      EXPECT_TRUE(llvm::isAlnum(c) || c == '_') << identifier;
    EXPECT_FALSE(StringRef(identifier).contains("__")) << identifier;
    EXPECT_EQ(toIdentifier(identifier, "_"), identifier);
  }
  // The cut part counts, too.
  std::string longName(1000, 'x');
  EXPECT_NE(toIdentifier(longName, "l_"), toIdentifier(longName + "y", "l_"));
}

TEST(Quoting, IdentifierScopeGivesEachOnce) {
  IdentifierScope scope;
  std::set<std::string> seen;
  for (StringRef name : {"a.b", "a/b", "a_b", "a_b_2", "", "", "é", "u00e9"})
    EXPECT_TRUE(seen.insert(scope.unique(name, "l_")).second) << name.str();
  for (int times = 0; times < 12; ++times)
    for (const std::string &name : hostileNames()) {
      std::string identifier = scope.unique(name, "l_");
      EXPECT_TRUE(seen.insert(identifier).second) << identifier;
      EXPECT_EQ(toIdentifier(identifier, "_"), identifier);
    }
}

TEST(Quoting, Csv) {
  EXPECT_EQ(toCsvLine({"a", "b,c", "d\"e", "f\ng", ""}),
            "a,\"b,c\",\"d\"\"e\",\"f\ng\",\n");
  EXPECT_EQ(toCsvLine({"a\rb"}), "\"a\rb\"\n");
}

/// The fields of a CSV text of one record, as RFC 4180 reads it.
std::vector<std::string> csvFields(StringRef line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  EXPECT_TRUE(line.consume_back("\n"));
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += line[i];
  }
  EXPECT_FALSE(quoted);
  return fields;
}

TEST(Quoting, CsvReadsBack) {
  for (const std::string &name : hostileNames()) {
    std::vector<std::string> fields = {name, "middle", name};
    EXPECT_EQ(csvFields(toCsvLine(fields)), fields);
  }
}

TEST(Quoting, JsonReadsBack) {
  for (const std::string &name : hostileNames())
    for (bool escapeSlash : {false, true}) {
      std::string text;
      appendJsonString(text, name, escapeSlash);
      for (char c : text)
        EXPECT_TRUE(llvm::isPrint(c));
      llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
      ASSERT_TRUE(bool(value)) << llvm::toString(value.takeError());
      EXPECT_EQ(value->getAsString(), StringRef(llvm::json::fixUTF8(name)));
    }
}

TEST(Quoting, Markup) {
  EXPECT_EQ(escapeMarkup("<a b='c' d=\"e\">&"),
            "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
  for (const std::string &name : hostileNames()) {
    std::string text = escapeMarkup(name);
    EXPECT_EQ(StringRef(text).find_first_of("<>\"'"), StringRef::npos);
    EXPECT_TRUE(llvm::json::isUTF8(text));
  }
}

TEST(Quoting, ShellWord) {
  EXPECT_EQ(toShellWord("a/b-c.mlir"), "a/b-c.mlir");
  EXPECT_EQ(toShellWord("--x=a,b:1"), "--x=a,b:1");
  EXPECT_EQ(toShellWord(""), "''");
  EXPECT_EQ(toShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(toShellWord("$(x)"), "'$(x)'");
  EXPECT_EQ(toShellWord("~"), "'~'");
}

TEST(Quoting, ShellGivesTheWordBack) {
  for (std::string name : hostileNames()) {
    std::string command = "printf %s " + toShellWord(name);
    FILE *shell = popen(command.c_str(), "r");
    ASSERT_TRUE(shell);
    std::string answer;
    std::array<char, 4096> bytes;
    while (size_t n = fread(bytes.data(), 1, bytes.size(), shell))
      answer.append(bytes.data(), n);
    EXPECT_EQ(pclose(shell), 0);
    std::erase(name, '\0');
    EXPECT_EQ(answer, name);
  }
}

} // namespace
