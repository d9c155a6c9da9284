/*
 * The floor of a launch: what a kernel takes for it when nobody decides anything, written down call by call.
 *
 *     floor INIT HOSTNAME UID FILTER FOLDER...
 *
 * For every line of stdin it runs /bin/true once and prints the seconds from the first call to the removal of the
 * cgroups.  FILTER is a file with a program for seccomp, or empty: then what hides and hardens is left out too (the
 * filter, the capabilities, the keyring, what is masked in /proc, the terminals and the shared memory).
 * Without a second hierarchy of cgroups it needs those of version 1.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEED(call) ((call) < 0 ? fail(#call) : (void)0)
#define COUNT(list) (sizeof(list) / sizeof *(list))

enum { STACK_BYTES = 65536, MOST_CAPABILITIES = 41, SLOT = 3, STANDS = 4, HIGH = 32, MOST_INSTRUCTIONS = 4096 };

static const char *const CONTROLLERS[] = {"cpu", "cpuacct", "memory", "pids"};
static const char *const LIMITS[][2] = {{"memory/%s/memory.swappiness", "0"},
                                        {"memory/%s/memory.limit_in_bytes", "268435456"},
                                        {"memory/%s/memory.memsw.limit_in_bytes", "268435456"},
                                        {"cpu/%s/cpu.shares", "512"},
                                        {"pids/%s/pids.max", "100"}};
static const char *const DEVICES[] = {"null", "zero", "full", "random", "urandom", "tty"};
static const char *const LINKS[][2] = {{"/proc/self/fd", "dev/fd"},
                                       {"/proc/self/fd/0", "dev/stdin"},
                                       {"/proc/self/fd/1", "dev/stdout"},
                                       {"/proc/self/fd/2", "dev/stderr"},
                                       {"pts/ptmx", "dev/ptmx"}};
static const char *const READ_ONLY[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
static const char *const HIDDEN[] = {"interrupts", "kcore",      "keys",       "kmsg",
                                     "kpagecount", "kpageflags", "timer_list", "kpagecgroup"};

static char **folders;
static const char *hostname, *group = "ostler-floor", *root = "/tmp/ostler-floor";
static int init, slot, user, gate[2], stands[2], members[COUNT(CONTROLLERS)];
static struct sock_fprog filter;
static char first_stack[STACK_BYTES], second_stack[STACK_BYTES];

static void fail(const char *what)
{
    dprintf(2, "floor: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void group_path(char *path, size_t size, const char *controller, const char *file)
{
    snprintf(path, size, "/sys/fs/cgroup/%s/%s%s", controller, group, file);
}

static void make_groups(void)
{
    char path[128], name[64];
    for (size_t each = 0; each < COUNT(CONTROLLERS); each++) {
        group_path(path, sizeof path, CONTROLLERS[each], "");
        NEED(mkdir(path, 0755));
    }
    for (size_t each = 0; each < COUNT(LIMITS); each++) {
        snprintf(name, sizeof name, LIMITS[each][0], group);
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s", name);
        int file = open(path, O_WRONLY | O_CLOEXEC);
        if (write(file, LIMITS[each][1], strlen(LIMITS[each][1])) < 0 && each != 2)
            fail(path);
        close(file);
    }
}

static void remove_groups(void)
{
    char path[128];
    for (size_t each = 0; each < COUNT(CONTROLLERS); each++) {
        group_path(path, sizeof path, CONTROLLERS[each], "");
        NEED(rmdir(path));
    }
}

static int bind(int from_folder, const char *from, const char *to, unsigned long flags)
{
    struct mount_attr restricted = {.attr_set = flags};
    int tree = (int)syscall(SYS_open_tree, from_folder, from, OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE);
    if (tree < 0)
        return -1;
    if (flags)
        NEED(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &restricted, sizeof restricted));
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH);
}

static void bind_folder(const char *folder)
{
    char target[256];
    struct stat about;
    snprintf(target, sizeof target, ".%s", folder);
    NEED(lstat(folder, &about));
    if (S_ISLNK(about.st_mode)) {
        char text[256] = {0};
        NEED(readlink(folder, text, sizeof text - 1));
        NEED(symlink(text, target));
        return;
    }
    NEED(mkdir(target, 0755));
    NEED(bind(AT_FDCWD, folder, target, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
}

/* Put the root together in the current folder. */
static void make_root(void)
{
    char path[64];
    NEED(mkdir("proc", 0755));
    NEED(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    NEED(mkdir("dev", 0755));
    for (size_t each = 0; each < COUNT(DEVICES); each++) {
        snprintf(path, sizeof path, "/dev/%s", DEVICES[each]);
        NEED(mknod(path + 1, S_IFREG | 0644, 0));
        NEED(bind(AT_FDCWD, path, path + 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
    }
    for (size_t each = 0; each < COUNT(LINKS); each++)
        NEED(symlink(LINKS[each][0], LINKS[each][1]));
    NEED(mkdir("tmp", 0755));
    NEED(mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
    for (char **each = folders; *each; each++)
        bind_folder(*each);
    if (filter.len == 0)
        return;
    NEED(mkdir("dev/pts", 0755));
    NEED(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
    NEED(mkdir("dev/shm", 0755));
    NEED(mount("tmpfs", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m"));
    for (size_t each = 0; each < COUNT(READ_ONLY); each++) {
        snprintf(path, sizeof path, "proc/%s", READ_ONLY[each]);
        bind(AT_FDCWD, path, path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    }
    for (size_t each = 0; each < COUNT(HIDDEN); each++) {
        snprintf(path, sizeof path, "proc/%s", HIDDEN[each]);
        bind(AT_FDCWD, "/dev/null", path, 0);
    }
}

static int become_command(void *unused)
{
    char *words[] = {"/bin/true", NULL}, *variables[] = {"PATH=/usr/bin:/bin", NULL}, word;
    gid_t own = (gid_t)user;
    (void)unused;
    NEED(setsid());
    for (size_t each = 0; each < COUNT(CONTROLLERS); each++)
        NEED(write(members[each], "0", 1));
    if (filter.len > 0) {
        syscall(SYS_keyctl, 1, 0);
        for (int each = 0; each < MOST_CAPABILITIES; each++)
            prctl(PR_CAPBSET_DROP, each, 0, 0, 0);
    }
    NEED(syscall(SYS_setgroups, 1, &own));
    NEED(syscall(SYS_setresgid, user, user, user));
    NEED(syscall(SYS_setresuid, user, user, user));
    NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (filter.len > 0)
        NEED(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0));
    close(stands[1]);
    NEED(read(stands[0], &word, 1));
    syscall(SYS_close_range, SLOT, ~0U, 0);
    execve(words[0], words, variables);
    fail("exec");
    return 1;
}

static int become_init(void *unused)
{
    struct mount_attr restricted = {.attr_set = MOUNT_ATTR_RDONLY};
    char path[128], number[16], word;
    char *words[] = {"floor", "0", number, "0", NULL}, *none[] = {NULL};
    (void)unused;
    NEED(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    NEED(mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m"));
    NEED(chdir(root));
    make_root();
    close(gate[1]);
    NEED(read(gate[0], &word, 1));
    for (size_t each = 0; each < COUNT(CONTROLLERS); each++) {
        group_path(path, sizeof path, CONTROLLERS[each], "/tasks");
        NEED(members[each] = open(path, O_WRONLY | O_CLOEXEC));
    }
    NEED(syscall(SYS_mount_setattr, AT_FDCWD, ".", 0, &restricted, sizeof restricted));
    NEED(syscall(SYS_pivot_root, ".", "."));
    NEED(umount2(".", MNT_DETACH));
    NEED(chdir("/"));
    NEED(sethostname(hostname, strlen(hostname)));
    NEED(pipe2(stands, O_CLOEXEC));
    int main = clone(become_command, second_stack + STACK_BYTES, CLONE_VM | SIGCHLD, NULL);
    NEED(main);
    snprintf(number, sizeof number, "%d", main);
    int high = fcntl(stands[1], F_DUPFD_CLOEXEC, HIGH), record = fcntl(slot, F_DUPFD_CLOEXEC, HIGH);
    NEED(dup3(record, SLOT, 0));
    NEED(dup3(high, STANDS, 0));
    syscall(SYS_close_range, STANDS + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    syscall(SYS_execveat, init, "", words, none, AT_EMPTY_PATH);
    fail("exec of the init");
    return 1;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double launch(void)
{
    int status;
    double begin = now();
    NEED(pipe2(gate, O_CLOEXEC));
    int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_VM | SIGCHLD;
    pid_t child = clone(become_init, first_stack + STACK_BYTES, flags, NULL);
    NEED(child);
    close(gate[0]);
    make_groups();
    NEED(write(gate[1], "", 1));
    close(gate[1]);
    NEED(waitpid(child, &status, 0));
    remove_groups();
    if (status != 0)
        fail("the command");
    return now() - begin;
}

int main(int count, char **words)
{
    char line[16];
    static struct sock_filter instructions[MOST_INSTRUCTIONS];
    if (count < 6)
        return 2;
    NEED(init = fcntl(open(words[1], O_RDONLY), F_DUPFD_CLOEXEC, HIGH)); /* above what it puts in place */
    NEED(slot = memfd_create("slot", MFD_CLOEXEC));
    hostname = words[2];
    user = atoi(words[3]);
    folders = words + 5;
    if (*words[4]) {
        int file = open(words[4], O_RDONLY | O_CLOEXEC);
        ssize_t length = read(file, instructions, sizeof instructions);
        filter = (struct sock_fprog){(unsigned short)(length / (ssize_t)sizeof *instructions), instructions};
        close(file);
    }
    mkdir(root, 0700);
    while (fgets(line, sizeof line, stdin)) {
        printf("%.9f\n", launch());
        fflush(stdout);
    }
    rmdir(root);
    return 0;
}
