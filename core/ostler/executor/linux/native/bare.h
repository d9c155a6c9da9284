/* System calls without libc, and where a program without one begins: all that differs between architectures. */

#ifndef OSTLER_BARE_H
#define OSTLER_BARE_H

#include <sys/syscall.h>

/* Give what the kernel gives: a result, or an error number below zero. */
static inline long system_call(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    long result;
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = e;
    register long sixth __asm__("x5") = f;
    register long called __asm__("x8") = number;
    __asm__ volatile("svc #0"
                     : "+r"(first)
                     : "r"(called), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return first;
#else
#error "the system calls of this architecture are not known here"
#endif
}

/* Begin with begin(stack), where stack[0] counts the arguments and the rest are they. */
#if defined(__x86_64__)
#define BEGIN_WITH(begin)           \
    __asm__(".globl _start\n"       \
            "_start:\n"             \
            "    xor %ebp, %ebp\n"  \
            "    mov %rsp, %rdi\n"  \
            "    and $-16, %rsp\n"  \
            "    call " #begin "\n")
#elif defined(__aarch64__)
#define BEGIN_WITH(begin)        \
    __asm__(".globl _start\n"    \
            "_start:\n"          \
            "    mov x29, #0\n"  \
            "    mov x30, #0\n"  \
            "    mov x0, sp\n"   \
            "    bl " #begin "\n")
#endif

#endif
