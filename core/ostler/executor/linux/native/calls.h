/* The calls of a program, as linux/pack.py writes them, and what makes them: no libc, only system calls. */

#ifndef OSTLER_CALLS_H
#define OSTLER_CALLS_H

#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "bare.h"

/* Raised here and in linux/launch.py when what the extension takes changes. */
enum { CALL_FORMAT = 4 };
enum { MOST_ARGUMENTS = 6, MOST_TOLERATED = 4, ANY_ERROR = 0, MOST_ERROR = 4095 };
enum kind { NUMBER, ADDRESS, REGISTER, WORDS, INDIRECT };

struct call {
    int32_t number;
    int16_t step;
    int16_t into; /* the register of the result, or -1 */
    uint8_t kinds[MOST_ARGUMENTS];
    uint8_t tolerated_count;
    uint8_t spare;
    struct {
        int16_t error;
        int16_t skipped; /* how many of the calls that follow are passed over too */
    } tolerated[MOST_TOLERATED];
    int64_t arguments[MOST_ARGUMENTS];
};

_Static_assert(sizeof(struct call) == 80, "linux/pack.py writes calls of this size");

struct program {
    const struct call *calls;
    int count;
    char *memory;
    long *registers;
};

/* clone3, or clone, with a stack: the child calls run(argument), which may not return, and finds no frame of its
 * caller.  Libc's own would set an errno that is another thread's. */
static inline long cloned(long number, long a, long b, long c, int (*run)(void *), void *argument)
{
#if defined(__x86_64__)
    long result;
    register long fourth __asm__("r10") = 0;
    register long fifth __asm__("r8") = 0;
    register void *called __asm__("r12") = (void *)run;
    register void *given __asm__("r13") = argument;
    __asm__ volatile("syscall\n"
                     "    test %%rax, %%rax\n"
                     "    jnz 1f\n"
                     "    xor %%ebp, %%ebp\n"
                     "    mov %%r13, %%rdi\n"
                     "    call *%%r12\n"
                     "    hlt\n"
                     "1:\n"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(called), "r"(given)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = 0;
    register long fifth __asm__("x4") = 0;
    register long call __asm__("x8") = number;
    register void *called __asm__("x19") = (void *)run;
    register void *given __asm__("x20") = argument;
    __asm__ volatile("svc #0\n"
                     "    cbnz x0, 1f\n"
                     "    mov x29, #0\n"
                     "    mov x30, #0\n"
                     "    mov x0, x20\n"
                     "    blr x19\n"
                     "    brk #0\n"
                     "1:\n"
                     : "+r"(first)
                     : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(call), "r"(called), "r"(given)
                     : "memory");
    return first;
#endif
}

/* Words of memory of which some come from registers: where they are, how many, and for each 1 + a register. */
static inline long filled(const struct program *program, int64_t at)
{
    const int64_t *form = (const int64_t *)(void *)(program->memory + at);
    int64_t *words = (int64_t *)(void *)(program->memory + form[0]);
    for (int64_t index = 0; index < form[1]; index++)
        if (form[2 + index] > 0)
            words[index] = program->registers[form[2 + index] - 1];
    return (long)words;
}

static inline long value(const struct program *program, const struct call *call, int index)
{
    int64_t argument = call->arguments[index];
    switch (call->kinds[index]) {
    case ADDRESS:
        return (long)(program->memory + argument);
    case REGISTER:
        return program->registers[argument];
    case WORDS:
        return filled(program, argument);
    case INDIRECT:
        return *(const long *)(const void *)(program->memory + argument);
    default:
        return (long)argument;
    }
}

/* Tell how many calls are passed over after a failure, or -1 when it is not tolerated. */
static inline int skipped(const struct call *call, long error)
{
    int any = -1;
    for (int index = 0; index < call->tolerated_count; index++) {
        if (call->tolerated[index].error == error)
            return call->tolerated[index].skipped;
        if (call->tolerated[index].error == ANY_ERROR)
            any = call->tolerated[index].skipped;
    }
    return any;
}

/* Make the calls; gives 0, or the error number below zero of the one that failed, and its step. */
static inline long carry_out(const struct program *program, int *step)
{
    for (int index = 0; index < program->count; index++) {
        const struct call *call = &program->calls[index];
        long a[MOST_ARGUMENTS];
        for (int each = 0; each < MOST_ARGUMENTS; each++)
            a[each] = value(program, call, each);
        long result = system_call(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (result < 0 && result >= -MOST_ERROR) {
            int passed = skipped(call, -result);
            if (passed < 0) {
                *step = call->step;
                return result;
            }
            index += passed;
        } else if (call->into >= 0)
            program->registers[call->into] = result;
    }
    return 0;
}

/* Copy a program into memory of its own: calls, then what they point to, then the registers, all -1. */
static inline char *load(const char *calls, size_t calls_bytes, const char *memory, size_t memory_bytes,
                         const char *addresses, size_t addresses_bytes, size_t registers)
{
    char *own = malloc(calls_bytes + memory_bytes + (registers + 1) * sizeof(long));
    if (own == NULL)
        return NULL;
    char *own_memory = own + calls_bytes;
    memcpy(own, calls, calls_bytes);
    memcpy(own_memory, memory, memory_bytes);
    memset(own_memory + memory_bytes, -1, (registers + 1) * sizeof(long));
    const uint32_t *places = (const uint32_t *)(const void *)addresses;
    for (size_t index = 0; index < addresses_bytes / sizeof *places; index++) {
        uint64_t *word = (uint64_t *)(void *)(own_memory + places[index]);
        *word += (uint64_t)(uintptr_t)own_memory;
    }
    return own;
}

/* Point at the phases of a program that was loaded. */
static inline void split(char *own, size_t calls_bytes, size_t memory_bytes, const int *counts,
                         struct program **phases, int phase_count)
{
    const struct call *next = (const struct call *)(void *)own;
    for (int index = 0; index < phase_count; index++) {
        phases[index]->calls = next;
        phases[index]->count = counts[index];
        phases[index]->memory = own + calls_bytes;
        phases[index]->registers = (long *)(void *)(own + calls_bytes + memory_bytes);
        next += counts[index];
    }
}

static inline long getpid_now(void)
{
    return system_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

/* Write a number in front of `end`. */
static inline char *write_number(char *end, long number)
{
    *--end = 0;
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

/* Give when this process began, in clock ticks: the 20th word after its name, which is in parentheses. */
static inline uint64_t start_time(void)
{
    char line[512];
    uint64_t ticks = 0;
    long file = system_call(SYS_openat, AT_FDCWD, (long)"/proc/self/stat", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    if (file < 0)
        return 0;
    long length = system_call(SYS_read, file, (long)line, sizeof line, 0, 0, 0);
    system_call(SYS_close, file, 0, 0, 0, 0, 0);
    long at = length > 0 ? length - 1 : 0;
    while (at > 0 && line[at] != ')')
        at--;
    for (int words = 0; at < length && words < 20; at++)
        words += line[at] == ' ';
    for (; at < length && line[at] >= '0' && line[at] <= '9'; at++)
        ticks = 10 * ticks + (uint64_t)(line[at] - '0');
    return ticks;
}

#endif
