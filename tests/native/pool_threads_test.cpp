// threading/pool.h: every index once, slots held by one thread, never more workers than allowed,
// many callers at once, nested calls, changes of the limit, sleep, and signals.
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include <memory>
#include <thread>
#include <vector>

#include "check.h"
#include "threading/pool.h"

using namespace conv4j_tests;
using conv4j::parallel_for;
using conv4j::set_thread_limit;

namespace {

// Set in the threads that call parallel_for; the pool's workers have it unset.
thread_local bool is_caller = false;

std::atomic<int64_t> working{0};  // workers inside a task
std::atomic<int64_t> most_working{0};

class WorkerCount {
 public:
  WorkerCount() {
    if (is_caller) return;
    const int64_t now = working.fetch_add(1) + 1;
    int64_t most = most_working.load();
    while (now > most && !most_working.compare_exchange_weak(most, now)) {
    }
  }
  ~WorkerCount() {
    if (!is_caller) working.fetch_sub(1);
  }
  WorkerCount(const WorkerCount&) = delete;
  WorkerCount& operator=(const WorkerCount&) = delete;
};

void sleep_milliseconds(int64_t milliseconds) {
  timespec time = {};
  time.tv_nsec = milliseconds * 1000000;
  nanosleep(&time, nullptr);
}

double cpu_seconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// One call: every index exactly once, every slot in range and held by one thread at a time.
void check_call(int64_t count, int64_t threads, bool slow) {
  const auto runs = std::make_unique<std::atomic<int>[]>(static_cast<size_t>(count) + 1);
  const auto held = std::make_unique<std::atomic<int>[]>(static_cast<size_t>(threads));
  std::atomic<int> bad_slots{0};
  const std::thread::id caller = std::this_thread::get_id();
  parallel_for(count, threads, [&](int64_t index, int64_t slot) {
    const WorkerCount counted;
    if (slot < 0 || slot >= threads) {
      bad_slots.fetch_add(1);
      return;
    }
    if ((slot == 0) != (std::this_thread::get_id() == caller)) bad_slots.fetch_add(1);
    if (held[static_cast<size_t>(slot)].exchange(1) != 0) bad_slots.fetch_add(1);
    if (slow) sleep_milliseconds(1);
    runs[static_cast<size_t>(index)].fetch_add(1);
    held[static_cast<size_t>(slot)].store(0);
  });
  int64_t once = 0;
  for (int64_t i = 0; i < count; ++i) once += runs[static_cast<size_t>(i)].load() == 1 ? 1 : 0;
  CHECK_EQ(count, once);
  CHECK_EQ(0, bad_slots.load());
}

void check_single_caller() {
  for (const int64_t limit : {1, 2, 3, 5}) {
    set_thread_limit(limit);
    CHECK_EQ(limit, conv4j::thread_limit());
    for (const int64_t count : {0, 1, 2, 3, 7, 100, 1000}) {
      for (const int64_t threads : {1, 2, 3, 8}) {
        replay("one caller, limit %ld, count %ld, threads %ld", static_cast<long>(limit),
               static_cast<long>(count), static_cast<long>(threads));
        check_call(count, threads, false);
      }
    }
  }
}

void check_many_callers(int64_t limit) {
  replay("8 callers, limit %ld", static_cast<long>(limit));
  set_thread_limit(limit);
  most_working.store(0);
  std::vector<std::thread> callers;
  for (int64_t i = 0; i < 8; ++i) {
    callers.emplace_back([i] {
      is_caller = true;
      for (int64_t round = 0; round < 100; ++round) {
        check_call(1 + (round * 7 + i) % 40, 1 + (round + i) % 5, round % 20 == 0);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(most_working.load() <= limit - 1);
  CHECK_EQ(int64_t{0}, working.load());
  printf("8 callers, limit %ld: at most %ld workers at a time\n", static_cast<long>(limit),
         static_cast<long>(most_working.load()));
}

void check_workers_help() {
  replay("tasks that sleep");
  set_thread_limit(4);
  most_working.store(0);
  // Each task waits, so the workers have time to come however loaded the machine is.
  for (int attempt = 0; attempt < 100 && most_working.load() < 3; ++attempt)
    check_call(40, 4, true);
  CHECK_EQ(int64_t{3}, most_working.load());
  // No more than the call allows, though the limit would let more.
  most_working.store(0);
  for (int attempt = 0; attempt < 100 && most_working.load() < 1; ++attempt)
    check_call(40, 2, true);
  CHECK_EQ(int64_t{1}, most_working.load());
}

void check_nested() {
  replay("nested calls");
  set_thread_limit(4);
  std::atomic<int64_t> total{0};
  parallel_for(10, 4, [&](int64_t, int64_t) {
    parallel_for(20, 4, [&](int64_t, int64_t) {
      parallel_for(3, 4, [&](int64_t, int64_t) { total.fetch_add(1); });
    });
  });
  CHECK_EQ(int64_t{600}, total.load());
}

void check_limit_changes() {
  replay("the limit goes up and down under a running caller");
  std::atomic<bool> done{false};
  std::thread caller([&] {
    is_caller = true;
    for (int64_t round = 0; round < 300; ++round) check_call(30, 6, round % 30 == 0);
    done.store(true);
  });
  for (int64_t limit = 1; !done.load(); limit = limit % 6 + 1) {
    set_thread_limit(limit);
    sleep_milliseconds(1);
  }
  caller.join();
  set_thread_limit(1);
  most_working.store(0);
  check_call(50, 6, true);
  CHECK_EQ(int64_t{0}, most_working.load());
}

void check_sleep() {
  replay("idle workers sleep");
  set_thread_limit(4);
  check_call(50, 4, true);
  sleep_milliseconds(20);  // longer than any worker looks for more
  const double before = cpu_seconds();
  sleep_milliseconds(200);
  const double used = cpu_seconds() - before;
  printf("CPU time of idle workers in 200 ms: %.3f ms\n", used * 1e3);
  CHECK(used < 0.02);
}

void check_signals() {
  replay("workers block signals");
  set_thread_limit(3);
  std::atomic<int> workers{0}, open{0};
  for (int attempt = 0; attempt < 100 && workers.load() == 0; ++attempt) {
    parallel_for(20, 3, [&](int64_t, int64_t slot) {
      sleep_milliseconds(1);
      if (slot == 0) return;
      workers.fetch_add(1);
      sigset_t mask;
      sigemptyset(&mask);
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGPROF,
                               SIGCHLD, SIGPIPE, SIGSEGV, SIGRTMIN, SIGRTMAX}) {
        if (sigismember(&mask, signal) == 0) open.fetch_add(1);
      }
    });
  }
  CHECK(workers.load() > 0);
  CHECK_EQ(0, open.load());
  // The caller's own mask is as it was.
  sigset_t mask;
  sigemptyset(&mask);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK_EQ(0, sigismember(&mask, SIGINT));
}

}  // namespace

int main() {
  begin();
  is_caller = true;
  check_single_caller();
  for (const int64_t limit : {1, 2, 4}) check_many_callers(limit);
  check_workers_help();
  check_nested();
  check_limit_changes();
  check_sleep();
  check_signals();
  return finish();
}
