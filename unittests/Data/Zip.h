// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zip archives by hand, for the tests of NPZ files.
#ifndef MASE_UNITTESTS_DATA_ZIP_H
#define MASE_UNITTESTS_DATA_ZIP_H

#include "TestFiles.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"

namespace mase::testing {

/// A zip archive of stored members.
class Zip {
public:
  Zip &add(const std::string &name, const std::string &content,
           uint32_t claimedSize = 0) {
    uint32_t size = claimedSize ? claimedSize : content.size();
    std::string common =
        bytesOf<uint16_t>({20, 0, 0, 0, 0x21}) +
        bytesOf(llvm::crc32(llvm::arrayRefFromStringRef(content))) +
        bytesOf<uint32_t>({uint32_t(content.size()), size}) +
        bytesOf<uint16_t>({uint16_t(name.size()), 0});
    directory += "PK\x01\x02" + bytesOf<uint16_t>(20) + common +
                 bytesOf<uint16_t>({0, 0, 0}) +
                 bytesOf<uint32_t>({0, uint32_t(members.size())}) + name;
    members += "PK\x03\x04" + common + name + content;
    ++count;
    return *this;
  }

  std::string bytes() const {
    return members + directory + "PK\x05\x06" +
           bytesOf<uint16_t>({0, 0, count, count}) +
           bytesOf<uint32_t>(
               {uint32_t(directory.size()), uint32_t(members.size())}) +
           bytesOf<uint16_t>(0);
  }

private:
  std::string members, directory;
  uint16_t count = 0;
};

} // namespace mase::testing

#endif // MASE_UNITTESTS_DATA_ZIP_H
