/*
 * A task's init: it passes signals on, reaps, records the end, kills the rest and holds the unread log.
 *
 * Arguments: a title, flags, the main process's number in this PID namespace, the offset of the task's slot.
 * Descriptor 3 is the file with the slot; 4, if open, a pipe at which the command waits until this init stands;
 * 5 and those that follow are the reading ends of the log's FIFOs.
 *
 * The launcher made it a subreaper where there is no PID namespace: what the main process leaves comes to it.
 *
 * There is one of it a task, so it has no libc and no writable page but its stack.  ../init.py does the same.
 */

#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "bare.h"
#include "slot.h"

enum { ARGUMENT_FLAGS = 2, ARGUMENT_MAIN, ARGUMENT_OFFSET }; /* from the stack, where argc comes first */
enum { NO_PID_NAMESPACE = 1 };
enum { SLOT = 3, STANDS = 4, FIRST_PIPE = 5 };
enum { NO_SUCH_CHILD = 127 };

#define NAME "ostler-init"
#define CHILDREN "/proc/thread-self/children"

#define KERNEL_SIGNALS 64
#define BIT(number) (1UL << ((number)-1))
#define FORWARDED                                                                                   \
    (BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGTERM) |        \
     BIT(SIGCONT) | BIT(SIGWINCH))

enum { SECOND_NS = 1000000000, MILLISECOND_NS = 1000000, MICROSECOND_NS = 1000 };
enum { SHORTEST_REST_NS = 500 * MICROSECOND_NS, LONGEST_REST_NS = 50 * MILLISECOND_NS };
enum { KILL_REST_NS = MILLISECOND_NS, KILL_ROUNDS = 10000 }; /* 10 s, for what the kernel lets nobody kill */

/* What rt_sigaction takes, with which a signal gets its default action back. */
struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    unsigned long mask;
};

static long attribute(int option, long value)
{
    return system_call(SYS_prctl, option, value, 0, 0, 0, 0);
}

static long reap(int *status, int options, struct rusage *usage)
{
    return system_call(SYS_wait4, -1, (long)status, options, (long)usage, 0, 0);
}

static void kill_hard(long pid)
{
    system_call(SYS_kill, pid, SIGKILL, 0, 0, 0, 0);
}

static void rest(long nanoseconds)
{
    struct timespec pause = {.tv_sec = 0, .tv_nsec = nanoseconds};
    system_call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
}

static long number(const char *text)
{
    long value = 0;
    while (*text >= '0' && *text <= '9')
        value = 10 * value + (*text++ - '0');
    return value;
}

/* Block everything, so that signals are waited for; an ignored SIGCHLD would take the ends away. */
static void settle(void)
{
    unsigned long all = ~0UL;
    struct kernel_action by_default = {SIG_DFL, 0, 0, 0};
    system_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, 0, sizeof all, 0, 0);
    system_call(SYS_rt_sigaction, SIGCHLD, (long)&by_default, 0, sizeof all, 0, 0);
    attribute(PR_SET_DUMPABLE, 0);
    attribute(PR_SET_NAME, (long)NAME);
}

static void let_command_begin(void)
{
    system_call(SYS_write, STANDS, (long)NAME, 1, 0, 0, 0);
    system_call(SYS_close, STANDS, 0, 0, 0, 0, 0);
}

static void forward(long main, long signal)
{
    if (signal > 0 && signal <= KERNEL_SIGNALS && (BIT(signal) & FORWARDED))
        system_call(SYS_kill, main, signal, 0, 0, 0, 0);
}

/* Wait for the main process; whoever else ends is reaped.  False when there is no such child. */
static int wait_for(long main, int *status, struct rusage *usage)
{
    unsigned long all = ~0UL;
    for (;;) {
        long pid;
        while ((pid = reap(status, WNOHANG, usage)) > 0)
            if (pid == main)
                return 1;
        if (pid == -ECHILD)
            return 0;
        forward(main, system_call(SYS_rt_sigtimedwait, (long)&all, 0, 0, sizeof all, 0, 0));
    }
}

static uint64_t microseconds(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

static void describe(struct end *end, long main, int status, const struct rusage *usage)
{
    struct timespec now;
    system_call(SYS_clock_gettime, CLOCK_REALTIME, (long)&now, 0, 0, 0, 0);
    end->magic = END_MAGIC;
    end->status = status;
    end->main = (uint32_t)main;
    end->flags = 0;
    end->time_ns = (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
    end->user_us = microseconds(&usage->ru_utime);
    end->system_us = microseconds(&usage->ru_stime);
    end->max_rss_kib = (uint64_t)usage->ru_maxrss;
    end->spare[0] = end->spare[1] = 0;
}

static void record(const struct end *end, long slot)
{
    system_call(SYS_pwrite64, SLOT, (long)end, sizeof *end, slot + END_OFFSET, 0, 0);
}

static void kill_namespace(void)
{
    kill_hard(-1);
    while (reap(0, 0, 0) > 0)
        ;
}

/* Kill the first children that the kernel lists; a number without its space may have been cut. */
static void kill_children(void)
{
    char list[512];
    long file = system_call(SYS_openat, AT_FDCWD, (long)CHILDREN, O_RDONLY | O_CLOEXEC, 0, 0, 0);
    long length = system_call(SYS_read, file, (long)list, sizeof list, 0, 0, 0);
    long begin = 0;
    for (long end = 0; end < length; end++)
        if (list[end] == ' ') {
            kill_hard(number(list + begin));
            begin = end + 1;
        }
    system_call(SYS_close, file, 0, 0, 0, 0, 0);
}

/* Kill children until none is left: a grandchild becomes a child when its parent is gone. */
static void kill_descendants(void)
{
    for (int round = 0; round < KILL_ROUNDS; round++) {
        long pid;
        kill_children();
        while ((pid = reap(0, WNOHANG, 0)) > 0)
            ;
        if (pid < 0)
            return;
        rest(KILL_REST_NS);
    }
}

/* Tell whether a pipe holds bytes that someone may still come for: a FIFO that was removed can't be opened. */
static int is_awaited(long pipe)
{
    int count = 0;
    struct statx about;
    if (system_call(SYS_ioctl, pipe, FIONREAD, (long)&count, 0, 0, 0) < 0 || count == 0)
        return 0;
    if (system_call(SYS_statx, pipe, (long)"", AT_EMPTY_PATH, STATX_NLINK, (long)&about, 0) < 0)
        return 1;
    return about.stx_nlink > 0;
}

static int any_is_awaited(void)
{
    for (long pipe = FIRST_PIPE; system_call(SYS_fcntl, pipe, F_GETFD, 0, 0, 0, 0) >= 0; pipe++)
        if (is_awaited(pipe))
            return 1;
    return 0;
}

/* The last one to close a pipe throws away what is in it: hold the log until it is read. */
static void hold_log(struct end *end, long slot)
{
    if (!any_is_awaited())
        return;
    end->flags |= HOLDING;
    record(end, slot);
    for (long pause = SHORTEST_REST_NS; any_is_awaited(); pause *= 2) {
        if (pause > LONGEST_REST_NS)
            pause = LONGEST_REST_NS;
        rest(pause);
    }
}

static _Noreturn void leave(int code)
{
    for (;;)
        system_call(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

__attribute__((used)) static _Noreturn void stand_for_task(long *stack)
{
    int flags = (int)number((const char *)stack[ARGUMENT_FLAGS]);
    long main = number((const char *)stack[ARGUMENT_MAIN]);
    long slot = number((const char *)stack[ARGUMENT_OFFSET]);
    int status;
    struct rusage usage;
    struct end end;

    settle();
    let_command_begin();
    if (!wait_for(main, &status, &usage))
        leave(NO_SUCH_CHILD);
    describe(&end, main, status, &usage);
    record(&end, slot);
    if (flags & NO_PID_NAMESPACE)
        kill_descendants();
    else
        kill_namespace();
    hold_log(&end, slot);
    leave(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

BEGIN_WITH(stand_for_task);
