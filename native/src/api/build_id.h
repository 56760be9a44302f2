#ifndef CONV4J_API_BUILD_ID_H
#define CONV4J_API_BUILD_ID_H

namespace conv4j {

// SHA-256 over sources and flags; the definition is written by cmake/BuildId.cmake.
extern const char* const kBuildId;

}  // namespace conv4j

#endif
