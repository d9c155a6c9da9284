/* The layout of a task's slot, which ostler/executor/supervisor/slot.py owns. */

#ifndef OSTLER_SLOT_H
#define OSTLER_SLOT_H

#include <stdint.h>

enum {
    END_OFFSET = 64,
    END_MAGIC = 0x4554534f, /* "OSTE" */
    HOLDING = 1,            /* all processes of the task are gone, and the init only keeps its log */
};

enum {
    HANDLE_MAGIC = 0x4854534f, /* "OSTH" */
    BEGUN = 1,                 /* the command may have run */
};

struct handle {
    uint32_t magic;
    int32_t flags;
    int32_t pid;
    int32_t main;
    uint64_t inode;
    uint64_t start_time;
    uint8_t boot_id[16];
    uint64_t spare[2];
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

_Static_assert(sizeof(struct handle) == END_OFFSET, "a handle fills one half of a slot");
_Static_assert(sizeof(struct end) == END_OFFSET, "an end fills one half of a slot");

#endif
