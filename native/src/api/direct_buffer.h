// The two JNI functions that JavaCPP cannot bind by itself: it would give every buffer a capacity
// of one element.
#ifndef CONV4J_API_DIRECT_BUFFER_H
#define CONV4J_API_DIRECT_BUFFER_H

#include <jni.h>

// long long, not jlong: JavaCPP's code and jni_md.h differ in what jlong is.

// A direct ByteBuffer over bytes of memory that the caller keeps alive.
jobject conv4j_direct_buffer(JNIEnv* env, jclass, long long memory, long long bytes);

// The address of element 0 of a direct buffer, 0 for any other.
long long conv4j_buffer_address(JNIEnv* env, jclass, jobject buffer);

#endif
