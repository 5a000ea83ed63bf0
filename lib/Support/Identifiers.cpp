// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names as identifiers of C++ and CUDA.
#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mase;

/// Keywords, macros with lower-case letters (test/Target/Cuda/reserved.test
/// asks the compilers for theirs), and names that printed code or what
/// nvcc makes of it may use.
static constexpr llvm::StringLiteral kReserved =
    // C++ up to 23, C23, and the words that GNU, Microsoft and CUDA add
    "alignas alignof and and_eq asm assert auto bitand bitor bool break case "
    "catch char char16_t char32_t char8_t class co_await co_return co_yield "
    "compl concept const const_cast consteval constexpr constinit continue "
    "contract_assert decltype default delete do double dynamic_cast else enum "
    "explicit export extern false final float for friend goto if import inline "
    "int long module mutable namespace new noexcept not not_eq nullptr "
    "operator "
    "or or_eq override private protected public register reinterpret_cast "
    "requires restrict return short signed sizeof static static_assert "
    "static_cast struct switch template this thread_local throw true try "
    "typedef typeid typename typeof typeof_unqual union unsigned using virtual "
    "void volatile wchar_t while xor xor_eq "
    // macros
    "alloca assert_perror be16toh be32toh be64toh errno htobe16 htobe32 "
    "htobe64 htole16 htole32 htole64 i386 le16toh le32toh le64toh linux major "
    "makedev math_errhandling minor offsetof setjmp sigmask sigsetjmp stderr "
    "stdin stdout strdupa strndupa toascii toascii_l unix va_arg va_copy "
    "va_end va_start issubnormal "
    // types
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t "
    "intptr_t uintptr_t intmax_t uintmax_t nullptr_t ptrdiff_t size_t ssize_t "
    "time_t half nv_bfloat16 "
    // CUDA
    "blockDim blockIdx dim3 gridDim threadIdx warpSize uint3 "
    // functions of the standard library that are usual words
    "abort abs acos asin atan calloc ceil clamp copysign cos cosh div erf exit "
    "exp expm1 fabs floor fma fmax fmin fmod fprintf free frexp getenv hypot "
    "isfinite isinf isnan labs ldexp log log1p log2 lround main malloc max "
    "memcmp memcpy memset min modf nan pow printf putchar puts rand realloc "
    "remainder remove rint round signbit sin sinh sprintf sqrt srand strcmp "
    "strlen system tan tanh time trunc "
    // the printed code
    "group kInputs kSamples kThreads kernel mase rt run std";

static bool isReserved(llvm::StringRef name) {
  static const llvm::StringSet<> names = [] {
    llvm::StringSet<> set;
    for (llvm::StringRef word : llvm::split(kReserved, ' '))
      set.insert(word);
    return set;
  }();
  // Families: constants of <cmath> and <cstdio> (M_PIf, L_tmpnam), CUDA's
  // functions and enumerators, members that <csignal> and <pthread.h> define
  // as macros, our own macros, fixed vectors such as float4.
  for (llvm::StringRef family : {"L_", "M_", "P_", "MASE_", "cuda", "nv",
                                 "pthread_", "sa_", "sched_", "si_", "sigev_"})
    if (name.starts_with(family))
      return true;
  llvm::StringRef vector = name;
  if (vector.size() > 3 && vector.back() >= '1' && vector.back() <= '4') {
    vector = vector.drop_back();
    vector.consume_front("u");
    for (llvm::StringRef element :
         {"char", "short", "int", "long", "longlong", "float", "double"})
      if (vector == element)
        return true;
  }
  // isalnum_l, isalpha_l, …
  return names.contains(name) ||
         (name.starts_with("is") && name.ends_with("_l"));
}

/// Letters, digits and single underscores between them.
static std::string plainText(llvm::StringRef name) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const auto *next = reinterpret_cast<const llvm::UTF8 *>(name.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(name.end());
  while (next != end) {
    if (llvm::isAlnum(char(*next))) {
      os << char(*next++);
      continue;
    }
    llvm::UTF32 code = 0;
    const llvm::UTF8 *start = next;
    if (*start >= 0x80 &&
        llvm::convertUTF8Sequence(&next, end, &code, llvm::strictConversion) ==
            llvm::conversionOK) {
      os << llvm::format("u%04x", code);
      continue;
    }
    next = start + 1;
    if (!text.empty() && text.back() != '_')
      os << '_';
  }
  return llvm::StringRef(text).rtrim('_').str();
}

static constexpr size_t kMaxLength = 64;

std::string mase::toIdentifier(llvm::StringRef name, llvm::StringRef prefix) {
  std::string text = plainText(name);
  if (text.empty() || llvm::isDigit(text.front()) ||
      llvm::none_of(text, llvm::isLower) || isReserved(text))
    text = text.empty() ? prefix.rtrim('_').str() : prefix.str() + text;
  if (text.size() > kMaxLength) {
    // xxh3 is the same on every machine.
    std::string hash = llvm::utohexstr(llvm::xxh3_64bits(name),
                                       /*LowerCase=*/true, /*Width=*/16);
    llvm::StringRef start(text.data(), kMaxLength - hash.size() - 1);
    text = start.rtrim('_').str() + "_" + hash;
  }
  return text;
}

std::string IdentifierScope::unique(llvm::StringRef name,
                                    llvm::StringRef prefix) {
  std::string identifier = toIdentifier(name, prefix), result = identifier;
  for (int n = 2; !used.insert(result).second; ++n) {
    std::string number = "_" + std::to_string(n);
    llvm::StringRef start = identifier;
    start = start.take_front(kMaxLength - number.size());
    result = start.rtrim('_').str() + number;
  }
  return result;
}
