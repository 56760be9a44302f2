// Checks that a call of conv4j.h was refused, and in which words.
#ifndef CONV4J_TESTS_REFUSED_H
#define CONV4J_TESTS_REFUSED_H

#include "check.h"
#include "conv4j.h"

namespace conv4j_tests {

inline void refused(conv4j_status expected, const char* words, conv4j_status status, int line) {
  replay("line %d, expecting '%s', the sentence is '%s'", line, words, conv4j_error());
  CHECK_EQ(expected, status);
  CHECK(std::strstr(conv4j_error(), words) != nullptr);
}

}  // namespace conv4j_tests

#define REFUSED(words, call) \
  conv4j_tests::refused(CONV4J_INVALID_ARGUMENT, (words), (call), __LINE__)
#define UNSUPPORTED(words, call) \
  conv4j_tests::refused(CONV4J_UNSUPPORTED, (words), (call), __LINE__)

#endif
