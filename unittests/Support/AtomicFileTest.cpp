// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Output files are written whole or not at all.
#include "mase/Support/AtomicFile.h"

#include "Data/TestFiles.h"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace mase;
using namespace mase::testing;

using Names = std::vector<std::string>;

namespace {

/// Standard output (or another descriptor) goes to a file for a while.
class Redirect {
public:
  Redirect(int fd, const std::string &path, int flags) : fd(fd) {
    fflush(stdout);
    saved = dup(fd);
    int file = ::open(path.c_str(), flags, 0666);
    dup2(file, fd);
    close(file);
  }
  ~Redirect() {
    dup2(saved, fd);
    close(saved);
  }

private:
  int fd, saved;
};

} // namespace

TEST(AtomicFile, WritesAndReplaces) {
  TemporaryFolder folder;
  EXPECT_TRUE(writeFile(folder.path("a"), "first").ok());
  EXPECT_EQ(folder.read("a"), "first");
  EXPECT_TRUE(writeFile(folder.path("a"), llvm::StringRef("b\0c", 3)).ok());
  EXPECT_EQ(folder.read("a"), std::string("b\0c", 3));
  EXPECT_TRUE(writeFile(folder.path("100%"), "").ok());
  EXPECT_EQ(folder.list(), (Names{"100%", "a"}));
}

TEST(AtomicFile, NothingUntilCommit) {
  TemporaryFolder folder;
  folder.write("a", "old");
  {
    auto file = AtomicFile::open(folder.path("a"));
    ASSERT_TRUE(file.ok()) << file.status().message();
    (*file)->os() << "new";
    (*file)->os().flush();
    EXPECT_EQ(folder.read("a"), "old");
  }
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(folder.list(), (Names{"a"}));

  auto file = AtomicFile::open(folder.path("a"));
  ASSERT_TRUE(file.ok());
  (*file)->os() << "new";
  EXPECT_TRUE((*file)->commit().ok());
  EXPECT_EQ(folder.read("a"), "new");
  expectError((*file)->commit(), {"committed before"});
}

TEST(AtomicFile, BytesInAnyOrder) {
  TemporaryFolder folder;
  auto file = AtomicFile::open(folder.path("a"));
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->writeAt(6, "world").ok());
  EXPECT_TRUE((*file)->writeAt(0, "hello").ok());
  EXPECT_TRUE((*file)->writeAt(3, "").ok());
  EXPECT_EQ(folder.read("a"), "(no such file)");
  EXPECT_TRUE((*file)->commit().ok());
  EXPECT_EQ(folder.read("a"), std::string("hello\0world", 11));

  // More than is written before the disk is told, from threads.
  std::string text;
  for (int i = 0; text.size() < (5 << 20); ++i)
    text += std::to_string(i) + " ";
  const size_t kParts = 7, step = text.size() / kParts + 1;
  file = AtomicFile::open(folder.path("b"));
  ASSERT_TRUE(file.ok());
  std::vector<std::thread> threads;
  for (size_t copy = 0; copy < 4; ++copy)
    threads.emplace_back([&, copy] {
      for (size_t at = 0; at < text.size(); at += step)
        EXPECT_TRUE((*file)
                        ->writeAt(copy * text.size() + at,
                                  llvm::StringRef(text).substr(at, step))
                        .ok());
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_TRUE((*file)->commit().ok());
  EXPECT_TRUE(folder.read("b") == text + text + text + text);

  // Where there is no going back, nothing is written before the end.
  {
    Redirect redirect(STDOUT_FILENO, folder.path("out"), O_WRONLY | O_CREAT);
    file = AtomicFile::open("-");
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->writeAt(4, "two").ok());
    EXPECT_TRUE((*file)->writeAt(0, "one ").ok());
    EXPECT_EQ(folder.read("out"), "");
    EXPECT_TRUE((*file)->commit().ok());
  }
  EXPECT_EQ(folder.read("out"), "one two");
}

TEST(AtomicFiles, ComeToTheirPlacesTogether) {
  TemporaryFolder folder;
  auto text = [](const char *content) {
    return [=](llvm::raw_ostream &os) { os << content; };
  };
  folder.write("a", "old");
  {
    AtomicFiles files;
    EXPECT_TRUE(files.write(folder.path("a"), text("never")).ok());
    EXPECT_EQ(folder.read("a"), "old");
  }
  EXPECT_EQ(folder.list(), Names{"a"});
  AtomicFiles files;
  EXPECT_TRUE(files.write(folder.path("a"), text("1")).ok());
  EXPECT_TRUE(files.write(folder.path("b"), text("2")).ok());
  EXPECT_FALSE(files.write(folder.path("none/c"), text("3")).ok());
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_TRUE(files.commit().ok());
  EXPECT_TRUE(files.commit().ok()); // nothing is left
  EXPECT_EQ(folder.read("a"), "1");
  EXPECT_EQ(folder.list(), (Names{"a", "b"}));
}

// However many there are, few are open.
TEST(AtomicFiles, Many) {
  TemporaryFolder folder;
  rlimit before, few;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  few = before;
  few.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  AtomicFiles files;
  for (int i = 0; i < 300; ++i) {
    absl::Status status = files.write(folder.path(std::to_string(i)),
                                      [=](llvm::raw_ostream &os) { os << i; });
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_TRUE(files.commit().ok());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(folder.list().size(), 300u);
  EXPECT_EQ(folder.read("299"), "299");
}

TEST(AtomicFile, KeepsPermissionsAndLinks) {
  TemporaryFolder folder;
  std::string path = folder.write("script", "old");
  chmod(path.c_str(), 0750);
  ASSERT_EQ(symlink("script", folder.path("link").c_str()), 0);
  EXPECT_TRUE(writeFile(folder.path("link"), "new").ok());
  struct stat info;
  ASSERT_EQ(lstat(folder.path("link").c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0750u);
  EXPECT_EQ(folder.read("script"), "new");
}

TEST(AtomicFile, Folders) {
  TemporaryFolder folder;
  std::string path = folder.path("a/b/c");
  expectError(writeFile(path, "x"),
              {"cannot write '" + path + "'", "folder", "doesn't exist"});
  EXPECT_TRUE(writeFile(path, "x", {.createDirectories = true}).ok());
  EXPECT_EQ(folder.read("a/b/c"), "x");
  expectError(writeFile(folder.path("a"), "x"),
              {"expected a file, found a folder"});
  expectError(writeFile(folder.path("a/"), "x"), {"the name of a folder"});
  expectError(writeFile(folder.path("a/b/c/d"), "x"), {"not a directory"});
  expectError(
      writeFile(folder.path("a/b/c/d/e"), "x", {.createDirectories = true}),
      {"not a directory"});
}

TEST(AtomicFile, ImpossibleNames) {
  TemporaryFolder folder;
  expectError(writeFile("", "x"), {"is empty"});
  expectError(writeFile(llvm::StringRef("a\0b", 3), "x"), {"zero byte"});
  expectError(writeFile(folder.path(std::string(300, 'a')), "x"), {"too long"});
  // The longest name that a file system takes.
  EXPECT_TRUE(writeFile(folder.path(std::string(255, 'a')), "x").ok());
}

TEST(AtomicFile, NoPermission) {
  if (geteuid() == 0)
    GTEST_SKIP() << "root may write everywhere";
  TemporaryFolder folder;
  std::string path = folder.write("a", "old");
  chmod(path.c_str(), 0444);
  expectError(writeFile(path, "x"), {path, "permission denied"});
  chmod(folder.root.c_str(), 0555);
  expectError(writeFile(folder.path("b"), "x"), {"permission denied"});
  chmod(folder.root.c_str(), 0755);
  EXPECT_EQ(folder.list(), (Names{"a"}));
}

TEST(AtomicFile, FullDevice) {
  if (access("/dev/full", W_OK) != 0)
    GTEST_SKIP() << "no /dev/full on this machine";
  expectError(writeFile("/dev/full", "x"),
              {"cannot write '/dev/full'", "no space left"});
  EXPECT_TRUE(writeFile("/dev/null", "x").ok());
  absl::Status status;
  {
    Redirect redirect(STDOUT_FILENO, "/dev/full", O_WRONLY);
    status = writeFile("-", "x");
  }
  expectError(status, {"cannot write standard output", "no space left"});
}

// A limit on the size of files stands in for a full disk: the write fails in
// the middle.
TEST(AtomicFile, FullDiskLeavesTheOldFile) {
  TemporaryFolder folder;
  folder.write("a", "old");
  struct rlimit limit, small;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  small = {100000, limit.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  absl::Status old = writeFile(folder.path("a"), std::string(1000000, 'x'));
  absl::Status fresh = writeFile(folder.path("b"), std::string(1000000, 'x'));
  absl::Status part;
  {
    auto file = AtomicFile::open(folder.path("c"));
    ASSERT_TRUE(file.ok());
    part = (*file)->writeAt(99990, std::string(100, 'x'));
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  expectError(old, {"cannot write", "too large"});
  expectError(fresh, {"cannot write", "too large"});
  expectError(part, {"cannot write", "too large"});
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_EQ(folder.list(), (Names{"a"}));
}

TEST(AtomicFile, StandardOutput) {
  TemporaryFolder folder;
  {
    Redirect redirect(STDOUT_FILENO, folder.path("out"), O_WRONLY | O_CREAT);
    EXPECT_TRUE(writeFile("-", "one ").ok());
    EXPECT_TRUE(writeFile("-", "two").ok());
  }
  EXPECT_EQ(folder.read("out"), "one two");
}
