// Cache sizes as Linux lists them, from folders that the test writes.
#include "memory/caches.h"

#include <filesystem>
#include <fstream>

#include "check.h"

using namespace conv4j_tests;

namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path;
  Folder() : path(fs::temp_directory_path() / ("conv4j_caches_" + std::to_string(getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  void put(int index, const char* level, const char* type, const char* size) const {
    const fs::path entry = path / ("index" + std::to_string(index));
    fs::create_directories(entry);
    std::ofstream(entry / "level") << level << "\n";
    std::ofstream(entry / "type") << type << "\n";
    std::ofstream(entry / "size") << size << "\n";
  }
  conv4j::Caches read() const {
    conv4j::Caches sizes = {1, 2, 3};
    conv4j::read_caches(path.c_str(), &sizes);
    return sizes;
  }
};

void check_sizes(int64_t l1, int64_t l2, int64_t l3, const conv4j::Caches& sizes) {
  CHECK_EQ(l1, sizes.l1);
  CHECK_EQ(l2, sizes.l2);
  CHECK_EQ(l3, sizes.l3);
}

}  // namespace

int main() {
  const Folder folder;
  replay("an empty folder");
  check_sizes(1, 2, 3, folder.read());

  replay("as a Zen 3 lists them");
  folder.put(0, "1", "Data", "48K");
  folder.put(1, "1", "Instruction", "64K");
  folder.put(2, "2", "Unified", "512K");
  folder.put(3, "3", "Unified", "32M");
  check_sizes(48 << 10, 512 << 10, 32 << 20, folder.read());

  replay("sizes that make no sense are left out");
  for (const char* size : {"", "K", "-1K", "0K", "12Q", "99999999999999999999K", "999999999999M"}) {
    folder.put(3, "3", "Unified", size);
    check_sizes(48 << 10, 512 << 10, 3, folder.read());
  }
  folder.put(3, "x", "Unified", "32M");
  check_sizes(48 << 10, 512 << 10, 3, folder.read());

  replay("this machine");
  const conv4j::Caches& sizes = conv4j::caches();
  CHECK(sizes.l1 > 0 && sizes.l1 <= sizes.l2 && sizes.l2 > 0 && sizes.l3 > 0);
  return finish();
}
