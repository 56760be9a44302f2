#include "threading/pool.h"

#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <atomic>

namespace conv4j {
namespace {

// How long a worker that has run out of work looks for more before it sleeps, and a caller for its
// last workers: from one operation of a network to the next. Whoever sleeps is woken 20 us later,
// and now and then on the caller's own CPU, where it waits until the caller has done all the work:
// with 20 us here, some convolutions of 0.2 ms took twice as long for dozens of calls (two CPUs of
// a Zen 5, Linux 6.18), with 100 us hardly any.
constexpr int64_t kSpinNanoseconds = 200000;

int64_t now_nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Tasks that a thread takes one by one, in a cache line of its own.
struct alignas(64) Range {
  std::atomic<int64_t> next{0};
  int64_t end = 0;

  bool is_empty() const { return next.load(std::memory_order_relaxed) >= end; }
};

// More threads than that share the ranges.
constexpr int64_t kMostRanges = 32;

// One call of run_tasks; lives on the caller's stack.
struct Job {
  void (*task)(void*, int64_t, int64_t);
  void* context;
  Range ranges[kMostRanges];
  int64_t range_count;
  int64_t slots;  // the most threads; under the pool's mutex from here on
  int64_t next_slot = 1;
  int64_t helpers = 0;           // workers inside
  Job* newer = nullptr;          // list of the calls that take helpers
  std::atomic<bool> idle{true};  // helpers == 0
};

bool has_tasks(const Job& job) {
  for (int64_t i = 0; i < job.range_count; ++i) {
    if (!job.ranges[i].is_empty()) return true;
  }
  return false;
}

// First the slot's own range, then what is left of the others'. So calls with the same number of
// tasks find in a thread's caches what it wrote there before.
void work_on(Job* job, int64_t slot) {
  for (int64_t i = 0; i < job->range_count; ++i) {
    Range& range = job->ranges[(slot + i) % job->range_count];
    while (!range.is_empty()) {
      const int64_t index = range.next.fetch_add(1, std::memory_order_relaxed);
      if (index >= range.end) break;
      job->task(job->context, index, slot);
    }
  }
}

class Pool {
 public:
  void set_limit(int64_t limit) {
    pthread_mutex_lock(&mutex_);
    limit_.store(limit, std::memory_order_relaxed);
    pthread_mutex_unlock(&mutex_);
  }

  int64_t limit() const { return limit_.load(std::memory_order_relaxed); }

  void run(Job* job) {
    pthread_mutex_lock(&mutex_);
    start_workers();
    job->newer = oldest_;
    oldest_ = job;
    published_.fetch_add(1, std::memory_order_release);
    if (sleeping_ > 0) {
      if (job->slots == 2) {
        pthread_cond_signal(&work_);
      } else {
        pthread_cond_broadcast(&work_);
      }
    }
    pthread_mutex_unlock(&mutex_);

    work_on(job, 0);

    pthread_mutex_lock(&mutex_);
    withdraw(job);
    const bool alone = job->helpers == 0;
    pthread_mutex_unlock(&mutex_);
    if (alone) return;
    const int64_t deadline = now_nanoseconds() + kSpinNanoseconds;
    while (!job->idle.load(std::memory_order_acquire) && now_nanoseconds() < deadline) {
      pause_briefly();
    }
    // The worker's last touch of the job is under the mutex, so it is taken in any case.
    pthread_mutex_lock(&mutex_);
    while (job->helpers > 0) pthread_cond_wait(&done_, &mutex_);
    pthread_mutex_unlock(&mutex_);
  }

 private:
  static void* worker(void* pool) {
    fesetenv(FE_DFL_ENV);  // not what the thread that happened to start it had set
    static_cast<Pool*>(pool)->serve();
    return nullptr;
  }

  // Starts what is missing; a thread that cannot be had is done without.
  void start_workers() {
    while (workers_ < limit() - 1) {
      sigset_t all, before;
      sigfillset(&all);
      pthread_sigmask(SIG_SETMASK, &all,
                      &before);  // inherited: signals go to the program's threads
      pthread_t thread;
      const bool started = pthread_create(&thread, nullptr, worker, this) == 0;
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      if (!started) return;
      pthread_detach(thread);
      ++workers_;
    }
  }

  // A call that takes one more helper, or null; the helper's slot in *slot.
  Job* join(int64_t* slot) {
    if (busy_ >= limit() - 1) return nullptr;
    for (Job* job = oldest_; job != nullptr; job = job->newer) {
      if (job->next_slot < job->slots && has_tasks(*job)) {
        *slot = job->next_slot++;
        ++job->helpers;
        job->idle.store(false, std::memory_order_relaxed);
        ++busy_;
        return job;
      }
    }
    return nullptr;
  }

  void withdraw(Job* job) {
    for (Job** link = &oldest_; *link != nullptr; link = &(*link)->newer) {
      if (*link == job) {
        *link = job->newer;
        return;
      }
    }
  }

  void serve() {
    pthread_mutex_lock(&mutex_);
    for (;;) {
      int64_t slot = 0;
      if (Job* job = join(&slot)) {
        pthread_mutex_unlock(&mutex_);
        work_on(job, slot);
        pthread_mutex_lock(&mutex_);
        --busy_;
        if (--job->helpers == 0) {
          job->idle.store(true, std::memory_order_release);
          pthread_cond_broadcast(&done_);
        }
        continue;
      }
      // Look for a while without the mutex, then sleep.
      const int64_t seen = published_.load(std::memory_order_relaxed);
      pthread_mutex_unlock(&mutex_);
      const int64_t deadline = now_nanoseconds() + kSpinNanoseconds;
      while (published_.load(std::memory_order_acquire) == seen && now_nanoseconds() < deadline) {
        pause_briefly();
      }
      pthread_mutex_lock(&mutex_);
      if (published_.load(std::memory_order_relaxed) == seen) {
        ++sleeping_;
        pthread_cond_wait(&work_, &mutex_);
        --sleeping_;
      }
    }
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t work_ = PTHREAD_COND_INITIALIZER;
  pthread_cond_t done_ = PTHREAD_COND_INITIALIZER;
  std::atomic<int64_t> limit_{1};
  std::atomic<int64_t> published_{0};
  Job* oldest_ = nullptr;
  int64_t workers_ = 0;
  int64_t busy_ = 0;
  int64_t sleeping_ = 0;
};

// Never destroyed: workers may outlive every static object.
Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

// The first task of range i of so many, without overflow.
int64_t first_of(int64_t count, int64_t i, int64_t ranges) {
  return count / ranges * i + count % ranges * i / ranges;
}

}  // namespace

void set_thread_limit(int64_t limit) { pool().set_limit(limit); }
int64_t thread_limit() { return pool().limit(); }

void run_tasks(int64_t count, int64_t threads, void (*task)(void*, int64_t, int64_t),
               void* context) {
  if (count <= 1 || threads <= 1 || thread_limit() <= 1) {
    for (int64_t index = 0; index < count; ++index) task(context, index, 0);
    return;
  }
  Job job;
  job.task = task;
  job.context = context;
  job.slots = threads < count ? threads : count;
  job.range_count = job.slots < kMostRanges ? job.slots : kMostRanges;
  for (int64_t i = 0; i < job.range_count; ++i) {
    job.ranges[i].next.store(first_of(count, i, job.range_count), std::memory_order_relaxed);
    job.ranges[i].end = first_of(count, i + 1, job.range_count);
  }
  pool().run(&job);
}

}  // namespace conv4j
