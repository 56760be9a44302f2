#include "api/direct_buffer.h"

#include <cstdint>

jobject conv4j_direct_buffer(JNIEnv* env, jclass, long long memory, long long bytes) {
  return env->NewDirectByteBuffer(reinterpret_cast<void*>(static_cast<intptr_t>(memory)), bytes);
}

long long conv4j_buffer_address(JNIEnv* env, jclass, jobject buffer) {
  return static_cast<long long>(reinterpret_cast<intptr_t>(env->GetDirectBufferAddress(buffer)));
}
