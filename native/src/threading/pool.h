// One pool of worker threads for the process.
//
// A call deals its tasks out to itself and to whatever workers are idle at that moment. At most
// limit - 1 workers run, however many callers there are; a caller always works on its own call and
// waits only for workers that have taken a task of it.
#ifndef CONV4J_THREADING_POOL_H
#define CONV4J_THREADING_POOL_H

#include <cstdint>

namespace conv4j {

constexpr int64_t kMostThreads = 1024;

// Threads that one call may use, its caller included.
void set_thread_limit(int64_t limit);
int64_t thread_limit();

// Runs task(context, index, slot) once for each index in [0, count), on at most `threads` threads.
// slot in [0, threads) is held by one thread at a time; 0 is the caller. The order is not defined.
void run_tasks(int64_t count, int64_t threads, void (*task)(void*, int64_t, int64_t),
               void* context);

// The same for anything callable as f(index, slot).
template <typename Callable>
void parallel_for(int64_t count, int64_t threads, const Callable& f) {
  run_tasks(
      count, threads,
      [](void* context, int64_t index, int64_t slot) {
        (*static_cast<const Callable*>(context))(index, slot);
      },
      const_cast<Callable*>(&f));
}

}  // namespace conv4j

#endif
