/* The layout of a task's slot, which ostler/executor/supervisor/slot.py owns. */

#ifndef OSTLER_SLOT_H
#define OSTLER_SLOT_H

#include <stdint.h>

enum {
    END_OFFSET = 64,
    END_MAGIC = 0x4554534f, /* "OSTE" */
    HOLDING = 1,            /* all processes of the task are gone, and the init only keeps its log */
};

struct end {
    uint32_t magic;
    int32_t status;
    uint32_t main;
    uint32_t flags;
    uint64_t time_ns;
    uint64_t user_us;
    uint64_t system_us;
    uint64_t max_rss_kib;
    uint64_t spare[2];
};

_Static_assert(sizeof(struct end) == END_OFFSET, "an end fills one half of a slot");

#endif
