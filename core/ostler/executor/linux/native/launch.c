/*
 * The launcher in C, as a module of Python: `ostler.executor.linux._launch`.
 *
 * It clones a process A that shares its memory, and goes on.  A writes down which process it is, makes the
 * calls of `build`, clones B in the same way, and becomes the init.  B makes the calls of `enter` meanwhile, and
 * becomes the command once the init has said that it stands: before, /proc would show the supervisor's words
 * as the init's.  Only where A has to wait for B, the command is there first.  What fails is left in the shared memory.
 *
 * A and B share the memory, and the thread's own of libc, with the caller, which runs meanwhile: all that they
 * may do is make system calls and write to `struct launch`.  Signals are blocked, so that no handler of
 * Python's runs in them.  A pipe is at its end once neither of them shares the memory any more: the kernel
 * closes what is closed on exec, or at an exit, after it has let go of the memory.
 */

#define _GNU_SOURCE
#include <Python.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "slot.h"

enum { SHOWS_FAILURE = 127 };
enum { SLOT = 3, STANDS = 4, FIRST_PIPE = 5, MOST_PIPES = 8, HIGH = 32 };
enum { LONGEST_END_MS = 20 };
enum { NO_PID_NAMESPACE = 1 };
enum { STACK_BYTES = 64 * 1024, GUARD_BYTES = 64 * 1024 };
enum { NO_GROUP = -1 };
enum phase { DONE, CLONE, BUILD, ENTER, EXEC, INIT };

static const char NAME[] = "launch", FINISHED[] = "launch that is over";

struct launch {
    struct program build, late, enter, exec;
    unsigned long namespaces;
    int old_clone; /* for a machine where clone3 is denied */
    int waits;     /* A waits for B, as the calls of `enter` would else reach all that share the memory */
    int gate[2];   /* A waits at it until what `late` needs is prepared */
    int stands[2]; /* B waits at it until the init stands */
    int slot, init, pipe, held[MOST_PIPES], held_count, group;
    char *title;
    char *stacks;
    char *own;           /* what the programs point into */
    PyObject *arguments; /* what the title points into */
    volatile struct handle handle;
    volatile int pid, pidfd, main, phase, step, error;
};

static int failed(struct launch *launch, enum phase phase, int step, long error)
{
    launch->phase = phase;
    launch->step = step;
    launch->error = (int)-error;
    return 0;
}

static int carried_out(struct launch *launch, enum phase phase, struct program *program)
{
    int step;
    long result = carry_out(program, &step);
    return result < 0 ? failed(launch, phase, step, result) : 1;
}

static _Noreturn void leave(void)
{
    for (;;)
        system_call(SYS_exit_group, SHOWS_FAILURE, 0, 0, 0, 0, 0);
}

/* Clone a process that shares the memory and runs on a stack of its own; gives what the kernel gives. */
static long clone_sharing(struct launch *launch, struct clone_args *wanted, int (*run)(void *), char *stack)
{
    wanted->flags |= CLONE_VM;
    wanted->exit_signal = SIGCHLD;
    if (!launch->old_clone) {
        wanted->stack = (uint64_t)(uintptr_t)stack;
        wanted->stack_size = STACK_BYTES;
        return cloned(SYS_clone3, (long)wanted, sizeof *wanted, 0, run, launch);
    }
    long flags = (long)(wanted->flags & ~(uint64_t)(CLONE_PIDFD | CLONE_INTO_CGROUP)) | SIGCHLD;
    return cloned(SYS_clone, flags, (long)stack + STACK_BYTES, (long)wanted->parent_tid, run, launch);
}

/* Close all but the streams, the pipe, which has to be open as long as the memory is shared, and the slot.  What
 * is only marked to be closed is there until the kernel has found the program, which may be named by way of it. */
static void close_the_rest(struct launch *launch)
{
    int low = launch->slot < launch->pipe ? launch->slot : launch->pipe;
    int high = launch->slot < launch->pipe ? launch->pipe : launch->slot;
    system_call(SYS_close_range, SLOT, low - 1, 0, 0, 0, 0);
    system_call(SYS_close_range, low + 1, high - 1, 0, 0, 0, 0);
    system_call(SYS_close_range, high + 1, ~0U, 0, 0, 0, 0);
}

/* Say whether the command may have run. */
static int mark(struct launch *launch, int flags)
{
    launch->handle.flags = flags;
    return (int)system_call(SYS_pwrite64, launch->slot, (long)&launch->handle, sizeof launch->handle, 0, 0, 0);
}

/* Wait until there is an init, which nobody can look into; false when there will be none. */
static int init_stands(struct launch *launch)
{
    char word;
    if (launch->waits)
        return 1;
    system_call(SYS_close, launch->stands[1], 0, 0, 0, 0, 0);
    return system_call(SYS_read, launch->stands[0], (long)&word, 1, 0, 0, 0) == 1 ||
           failed(launch, INIT, -1, -ECANCELED);
}

/* The command to be; the last of the calls is exec. */
static int enter(void *argument)
{
    struct launch *launch = argument;
    struct program last = launch->exec;
    last.calls += --launch->exec.count;
    last.count = 1;
    if (carried_out(launch, ENTER, &launch->enter) && carried_out(launch, EXEC, &launch->exec) &&
        init_stands(launch)) {
        close_the_rest(launch);
        carried_out(launch, EXEC, &last);
    }
    mark(launch, 0);
    leave();
}

/* Say which process this is, before anything can be started by it. */
static int identify(struct launch *launch)
{
    struct handle *handle = (struct handle *)&launch->handle;
    struct statx about;
    long self = system_call(SYS_pidfd_open, getpid_now(), 0, 0, 0, 0, 0);
    handle->magic = HANDLE_MAGIC;
    handle->pid = launch->pid;
    handle->start_time = start_time();
    if (self >= 0) {
        if (system_call(SYS_statx, self, (long)"", AT_EMPTY_PATH, STATX_INO, (long)&about, 0) == 0)
            handle->inode = about.stx_ino;
        system_call(SYS_close, self, 0, 0, 0, 0, 0);
    }
    return (int)system_call(SYS_pwrite64, launch->slot, (long)handle, sizeof *handle, 0, 0, 0);
}

static void place(long from, long to)
{
    system_call(SYS_dup3, from, to, 0, 0, 0, 0);
}

/* Give the init its descriptors; all are moved up first, or one would be put in another's place.  Gives 0, or an
 * error number below zero: an init that has another file as its slot would write the end there. */
static long place_descriptors(struct launch *launch)
{
    long slot = system_call(SYS_fcntl, launch->slot, F_DUPFD_CLOEXEC, HIGH, 0, 0, 0);
    long stands = launch->waits ? -1 : system_call(SYS_fcntl, launch->stands[1], F_DUPFD_CLOEXEC, HIGH, 0, 0, 0);
    long pipes[MOST_PIPES];
    long next = FIRST_PIPE;
    int count = 0;
    if (slot < 0 || (stands < 0 && !launch->waits))
        return slot < 0 ? slot : stands;
    for (int index = 0; index < launch->held_count; index++) {
        long pipe = launch->build.registers[launch->held[index]];
        if (pipe < 0)
            continue;
        pipes[count] = system_call(SYS_fcntl, pipe, F_DUPFD_CLOEXEC, HIGH, 0, 0, 0);
        if (pipes[count++] < 0)
            return pipes[count - 1];
    }
    place(slot, SLOT);
    if (launch->waits)
        system_call(SYS_close, STANDS, 0, 0, 0, 0, 0);
    else
        place(stands, STANDS);
    for (int index = 0; index < count; index++)
        place(pipes[index], next++);
    return system_call(SYS_close_range, next, ~0U, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
}

static long become_init(struct launch *launch, long main)
{
    char flags[2] = {launch->namespaces & CLONE_NEWPID ? '0' : '0' + NO_PID_NAMESPACE, 0};
    char number[24];
    char *words[] = {launch->title, flags, write_number(number + sizeof number, main), "0", NULL};
    char *none[] = {NULL};
    return system_call(SYS_execveat, launch->init, (long)"", (long)words, (long)none, AT_EMPTY_PATH, 0);
}

static long clone_main(struct launch *launch)
{
    struct clone_args wanted = {.flags = CLONE_PARENT_SETTID, .parent_tid = (uint64_t)(uintptr_t)&launch->main};
    long result = launch->waits ? 0 : system_call(SYS_pipe2, (long)launch->stands, O_CLOEXEC, 0, 0, 0, 0);
    if (result < 0)
        return result;
    if (launch->waits)
        wanted.flags |= CLONE_VFORK;
    if (launch->group != NO_GROUP && !launch->old_clone) {
        wanted.flags |= CLONE_INTO_CGROUP;
        wanted.cgroup = (uint64_t)launch->build.registers[launch->group];
    }
    return clone_sharing(launch, &wanted, enter, launch->stacks + GUARD_BYTES);
}

static void give_up(long main)
{
    system_call(SYS_kill, main, SIGKILL, 0, 0, 0, 0);
    system_call(SYS_wait4, main, 0, 0, 0, 0, 0);
}

/* Wait until the caller lets go on; false when it does not, or is dead. */
static int is_let_on(struct launch *launch)
{
    char word;
    system_call(SYS_close, launch->gate[1], 0, 0, 0, 0, 0);
    long length = system_call(SYS_read, launch->gate[0], (long)&word, 1, 0, 0, 0);
    system_call(SYS_close, launch->gate[0], 0, 0, 0, 0, 0);
    return length == 1 || failed(launch, BUILD, -1, -ECANCELED);
}

/* The init to be. */
static int build(void *argument)
{
    struct launch *launch = argument;
    long main, result;
    if ((result = identify(launch)) < 0)
        failed(launch, BUILD, -1, result);
    else if (carried_out(launch, BUILD, &launch->build) && is_let_on(launch) &&
             carried_out(launch, BUILD, &launch->late)) {
        if (!(launch->namespaces & CLONE_NEWPID))
            system_call(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0, 0);
        if ((result = mark(launch, BEGUN)) < 0)
            failed(launch, BUILD, -1, result);
        else if ((main = clone_main(launch)) < 0) {
            failed(launch, ENTER, -1, main);
            mark(launch, 0);
        } else {
            if ((result = place_descriptors(launch)) == 0)
                result = become_init(launch, main);
            failed(launch, INIT, -1, result);
            give_up(main);
            if (!launch->waits)
                mark(launch, 0); /* it waited for the init to the last */
        }
    }
    leave();
}

/* Clone A with every signal blocked; gives an error number below zero when there is none. */
static long run(struct launch *launch)
{
    sigset_t all, before;
    int pidfd = -1;
    struct clone_args wanted = {.flags = launch->namespaces | CLONE_PIDFD | CLONE_PARENT_SETTID};
    wanted.pidfd = (uint64_t)(uintptr_t)&pidfd;
    wanted.parent_tid = (uint64_t)(uintptr_t)&launch->pid;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    long result = clone_sharing(launch, &wanted, build, launch->stacks + 2 * GUARD_BYTES + STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result >= 0)
        launch->pidfd = pidfd >= 0 ? pidfd : (int)syscall(SYS_pidfd_open, launch->pid, 0);
    return result;
}

/* The stacks of a launch that is over, for the next one. */
static char *spare_stacks;

/* Two stacks, each above pages that nobody may touch. */
static char *map_stacks(void)
{
    char *spare = spare_stacks;
    spare_stacks = NULL;
    if (spare != NULL)
        return spare;
    size_t one = GUARD_BYTES + STACK_BYTES;
    char *mapped = mmap(NULL, 2 * one, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (mapped == MAP_FAILED)
        return NULL;
    if (mprotect(mapped, GUARD_BYTES, PROT_NONE) || mprotect(mapped + one, GUARD_BYTES, PROT_NONE)) {
        munmap(mapped, 2 * one);
        return NULL;
    }
    return mapped;
}

static void let_go(struct launch *launch)
{
    if (spare_stacks == NULL)
        spare_stacks = launch->stacks;
    else if (launch->stacks != NULL)
        munmap(launch->stacks, 2 * (GUARD_BYTES + STACK_BYTES));
    Py_XDECREF(launch->arguments);
    free(launch->own);
    free(launch);
}

/* Make the pipe that ends when A does not share the memory any more; its writing end lies above all that A
 * puts in another's place. */
static int make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    int high = fcntl(ends[1], F_DUPFD_CLOEXEC, HIGH);
    close(ends[1]);
    ends[1] = high;
    if (high >= 0)
        return 0;
    close(ends[0]);
    return -1;
}

/* Give the launch that is under way, and the end of the pipe to read. */
static PyObject *under_way(struct launch *launch)
{
    int ends[2];
    if ((launch->stacks = map_stacks()) == NULL || make_pipe(ends) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    launch->pipe = ends[1];
    if (pipe2(launch->gate, O_CLOEXEC) < 0) {
        close(ends[0]);
        close(ends[1]);
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    long result = run(launch);
    close(ends[1]);
    close(launch->gate[0]);
    if (result >= 0)
        return Py_BuildValue("(Ni)", PyCapsule_New(launch, NAME, NULL), ends[0]);
    close(ends[0]);
    close(launch->gate[1]);
    errno = (int)-result;
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* Bytes of Python's, which stay where they are as long as the arguments do. */
struct bytes {
    char *start;
    Py_ssize_t length;
};

static int taken(PyObject *object, struct bytes *bytes)
{
    return PyBytes_AsStringAndSize(object, &bytes->start, &bytes->length) == 0;
}

static struct launch *read_arguments(PyObject *arguments)
{
    struct launch *launch = calloc(1, sizeof *launch);
    struct bytes calls, memory, addresses, held;
    PyObject *objects[4];
    int counts[4], registers;
    if (launch == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    /* No format that tells a length: what these mean differs between the versions of Python. */
    if (!PyArg_ParseTuple(arguments, "O(iiii)OOiOkiiiypp", &objects[0], &counts[0], &counts[1], &counts[2],
                          &counts[3], &objects[1], &objects[2], &registers, &objects[3], &launch->namespaces,
                          &launch->group, &launch->slot, &launch->init, &launch->title, &launch->old_clone,
                          &launch->waits) ||
        !taken(objects[0], &calls) || !taken(objects[1], &memory) || !taken(objects[2], &addresses) ||
        !taken(objects[3], &held)) {
        free(launch);
        return NULL;
    }
    if (held.length > MOST_PIPES) {
        PyErr_SetString(PyExc_ValueError, "too many pipes to hold");
        free(launch);
        return NULL;
    }
    for (Py_ssize_t index = 0; index < held.length; index++)
        launch->held[launch->held_count++] = (unsigned char)held.start[index];
    launch->own = load(calls.start, (size_t)calls.length, memory.start, (size_t)memory.length,
                       addresses.start, (size_t)addresses.length, (size_t)registers);
    if (launch->own == NULL) {
        PyErr_NoMemory();
        free(launch);
        return NULL;
    }
    struct program *programs[] = {&launch->build, &launch->late, &launch->enter, &launch->exec};
    split(launch->own, (size_t)calls.length, (size_t)memory.length, counts, programs, 4);
    launch->arguments = Py_NewRef(arguments);
    return launch;
}

PyDoc_STRVAR(begin_doc,
             "begin(calls, counts, memory, addresses, registers, held, namespaces, group, slot, init, title,\n"
             "      old_clone, waits) -> (launch, descriptor)\n\n"
             "Start a task, and go on; the descriptor of a pipe is at its end once `finish` may be called.\n"
             "linux/pack.py gives what comes first.  Raises OSError when there is no process.");

static PyObject *begin(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    struct launch *launch = read_arguments(arguments);
    if (launch == NULL)
        return NULL;
    PyObject *result = under_way(launch);
    if (result == NULL)
        let_go(launch);
    return result;
}

PyDoc_STRVAR(let_on_doc, "let_on(launch, ready)\n\n"
                         "Say, once, whether what the plan prepares is there; if it is not, the launch fails.");

static PyObject *let_on(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *capsule;
    int ready;
    if (!PyArg_ParseTuple(arguments, "Op", &capsule, &ready))
        return NULL;
    struct launch *launch = PyCapsule_GetPointer(capsule, NAME);
    if (launch == NULL)
        return NULL;
    /* Who is dead does not read it; Python ignores SIGPIPE. */
    ssize_t written = ready ? write(launch->gate[1], "", 1) : 0;
    (void)written;
    close(launch->gate[1]);
    Py_RETURN_NONE;
}

/* Reap A, which is about to be gone; an init that was there already may find a log to hold, which nobody reads. */
static void await_end(struct launch *launch)
{
    struct pollfd end = {.fd = launch->pidfd, .events = POLLIN};
    if (poll(&end, 1, LONGEST_END_MS) != 1)
        kill(launch->pid, SIGKILL);
    waitpid(launch->pid, NULL, 0);
}

PyDoc_STRVAR(finish_doc,
             "finish(launch) -> (pid, pidfd, main pid in its namespace, inode, start time)\n"
             "                 or (phase, step, error number)\n\n"
             "Say how a launch went, once, after the pipe is at its end.");

static PyObject *finish(PyObject *Py_UNUSED(module), PyObject *capsule)
{
    struct launch *launch = PyCapsule_GetPointer(capsule, NAME);
    if (launch == NULL || PyCapsule_SetName(capsule, FINISHED) < 0)
        return NULL;
    if (launch->phase == DONE && launch->main == 0)
        failed(launch, BUILD, -1, -EIO); /* it was killed */
    PyObject *result;
    if (launch->phase == DONE)
        result = Py_BuildValue("(iiiKK)", launch->pid, launch->pidfd, launch->main, launch->handle.inode,
                               launch->handle.start_time);
    else {
        await_end(launch);
        close(launch->pidfd);
        result = Py_BuildValue("(iii)", launch->phase, launch->step, launch->error);
    }
    let_go(launch);
    return result;
}

static PyMethodDef methods[] = {
    {"begin", begin, METH_VARARGS, begin_doc},
    {"let_on", let_on, METH_VARARGS, let_on_doc},
    {"finish", finish, METH_O, finish_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_launch",
    .m_doc = "The launcher in C.",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__launch(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddIntConstant(made, "FORMAT", CALL_FORMAT) < 0) {
        Py_DECREF(made);
        return NULL;
    }
    return made;
}
