/* Preloaded into Postgres: lets it read its sandbox's clock in place of the machine's.

   NEON_SANDBOX_CLOCK names a file of two 64-bit integers. Postgres' time in microseconds is the
   machine's time multiplied by the first, which is 1 for a clock that runs and 0 for one that
   stands still, plus the second. Without that file, the time is the machine's. */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *reading;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("NEON_SANDBOX_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(0, 2 * sizeof *reading, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (found != MAP_FAILED) reading = found;
}

static int64_t in_sandbox(int64_t microseconds) {
    return reading ? reading[0] * microseconds + reading[1] : microseconds;
}

#ifdef __APPLE__
#define NAME(function) sandbox_##function
#define REPLACE(function) \
    __attribute__((used, section("__DATA,__interpose"))) static const void *const \
        replace_##function[2] = {(const void *)sandbox_##function, (const void *)function};
/* dyld does not replace the calls of this library itself. */
#define machine_clock clock_gettime
#else
#define NAME(function) function
#define REPLACE(function)
static int machine_clock(clockid_t id, struct timespec *now) {
    static int (*original)(clockid_t, struct timespec *);
    if (!original) *(void **)&original = dlsym(RTLD_NEXT, "clock_gettime");
    return original(id, now);
}
#endif

int NAME(gettimeofday)(struct timeval *now, void *zone) {
    struct timespec machine;
    (void)zone;
    if (machine_clock(CLOCK_REALTIME, &machine)) return -1;
    int64_t microseconds = in_sandbox(machine.tv_sec * INT64_C(1000000) + machine.tv_nsec / 1000);
    now->tv_sec = microseconds / 1000000;
    now->tv_usec = microseconds % 1000000;
    return 0;
}
REPLACE(gettimeofday)

/* uuidv7() reads this one. */
int NAME(clock_gettime)(clockid_t id, struct timespec *now) {
    if (machine_clock(id, now)) return -1;
    if (id == CLOCK_REALTIME) {
        int64_t microseconds = in_sandbox(now->tv_sec * INT64_C(1000000) + now->tv_nsec / 1000);
        now->tv_sec = microseconds / 1000000;
        now->tv_nsec = microseconds % 1000000 * 1000 + now->tv_nsec % 1000;
    }
    return 0;
}
REPLACE(clock_gettime)
