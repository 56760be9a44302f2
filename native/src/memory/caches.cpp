// Linux's own list comes first: sysconf reports the L3 of a whole socket for one core on an AMD
// EPYC (256 MiB instead of 32 MiB with glibc 2.36), and some virtual machines' lists are empty.
#include "memory/caches.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace conv4j {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 40;

// The text of folder/index<index>/<name> without the line's end; whether there is one.
bool read_entry(const char* folder, int index, const char* name, char (&text)[32]) {
  char path[256];
  const int length = snprintf(path, sizeof path, "%s/index%d/%s", folder, index, name);
  if (length < 0 || static_cast<size_t>(length) >= sizeof path) return false;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return false;
  text[count] = '\0';
  text[strcspn(text, "\n")] = '\0';
  return true;
}

// "32K", "1024K", "36M"; 0 for anything else.
int64_t parse_size(const char* text) {
  int64_t value = 0;
  int digits = 0;
  for (; *text >= '0' && *text <= '9' && digits < 12; ++text, ++digits) {
    value = value * 10 + (*text - '0');
  }
  const int64_t unit = strcmp(text, "K") == 0   ? int64_t{1} << 10
                       : strcmp(text, "M") == 0 ? int64_t{1} << 20
                       : strcmp(text, "") == 0  ? 1
                                                : 0;
  return unit == 0 || value > kMostBytes / unit ? 0 : value * unit;
}

#if defined(__linux__) && defined(_SC_LEVEL2_CACHE_SIZE)
int64_t configured(int name, int64_t otherwise) {
  const long size = sysconf(name);
  return size > 0 ? static_cast<int64_t>(size) : otherwise;
}

Caches from_library() {
  return {configured(_SC_LEVEL1_DCACHE_SIZE, 32 << 10),
          configured(_SC_LEVEL2_CACHE_SIZE, 512 << 10), configured(_SC_LEVEL3_CACHE_SIZE, 8 << 20)};
}
#else
Caches from_library() { return {32 << 10, 512 << 10, 8 << 20}; }
#endif

Caches of_this_machine() {
  Caches sizes = from_library();
  read_caches("/sys/devices/system/cpu/cpu0/cache", &sizes);
  return sizes;
}

}  // namespace

void read_caches(const char* folder, Caches* sizes) {
  char level[32];
  char type[32];
  char size[32];
  for (int index = 0; index < 8; ++index) {
    if (!read_entry(folder, index, "level", level) || !read_entry(folder, index, "type", type) ||
        !read_entry(folder, index, "size", size)) {
      continue;
    }
    const int64_t bytes = parse_size(size);
    if (bytes <= 0 || strcmp(type, "Instruction") == 0) continue;
    if (strcmp(level, "1") == 0) sizes->l1 = bytes;
    if (strcmp(level, "2") == 0) sizes->l2 = bytes;
    if (strcmp(level, "3") == 0) sizes->l3 = bytes;
  }
}

const Caches& caches() {
  static const Caches sizes = of_this_machine();
  return sizes;
}

}  // namespace conv4j
