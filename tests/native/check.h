// What the C++ tests check with. A failed check prints where it stands, both values and how to
// replay the case, and the test goes on; finish() turns the count into main's exit code.
#ifndef CONV4J_TESTS_CHECK_H
#define CONV4J_TESTS_CHECK_H

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>

namespace conv4j_tests {

inline constexpr int kSkipped = 77;  // ctest's SKIP_RETURN_CODE
inline constexpr long kMostPrinted = 20;
inline std::atomic<long> checks{0};
inline std::atomic<long> failures{0};
inline char replay_text[1024] = "";
inline struct sigaction earlier_action = {};

// Says how to replay what follows: the seed, the geometry. Printed with each failure, and when a
// guard page is touched.
__attribute__((format(printf, 1, 2))) inline void replay(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(replay_text, sizeof replay_text, format, arguments);
  va_end(arguments);
}

inline bool report(bool good, const char* file, int line, const std::string& what) {
  checks.fetch_add(1, std::memory_order_relaxed);
  if (good) return true;
  if (failures.fetch_add(1) < kMostPrinted) {
    printf("%s:%d: %s\n    in: %s\n", file, line, what.c_str(), replay_text);
    fflush(stdout);
  }
  return false;
}

inline bool same(const char* a, const char* b) {
  return a == b || (a != nullptr && b != nullptr && std::strcmp(a, b) == 0);
}
template <typename A, typename B>
bool same(const A& a, const B& b) {
  return a == b;
}
inline void print(std::ostream& out, const char* text) { out << (text != nullptr ? text : "null"); }
template <typename T>
void print(std::ostream& out, const T& value) {
  out << value;
}

template <typename A, typename B>
bool check_equal(const A& expected, const B& found, const char* file, int line, const char* text) {
  if (same(expected, found)) return report(true, file, line, "");
  std::ostringstream what;
  what << text << ": expected ";
  print(what, expected);
  what << ", found ";
  print(what, found);
  return report(false, file, line, what.str());
}

inline void say_where_it_crashed(int signal) {
  const char* const parts[] = {"crashed in: ", replay_text, "\n"};
  for (const char* part : parts) {
    if (write(STDOUT_FILENO, part, std::strlen(part)) < 0) break;
  }
  sigaction(signal, &earlier_action, nullptr);  // and the same fault again
}

// Makes a touched guard page name its case before the process ends. Called first in main.
inline void begin() {
  struct sigaction action = {};
  action.sa_handler = say_where_it_crashed;
  sigaction(SIGSEGV, &action, &earlier_action);
}

// main's exit code. A test that checked nothing has failed.
inline int finish() {
  printf("%ld checks, %ld failures\n", checks.load(), failures.load());
  return failures.load() == 0 && checks.load() > 0 ? 0 : 1;
}

}  // namespace conv4j_tests

#define CHECK(condition) conv4j_tests::report((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(expected, found) \
  conv4j_tests::check_equal((expected), (found), __FILE__, __LINE__, #found)

#endif
