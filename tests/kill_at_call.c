/* Preloaded into a run: kills it before a chosen call that changes files under one folder.

   kmi_kill_at(folder, number) begins to count; number 0 only counts. kmi_calls() is the count so far. The name of the
   call at which the process died is written to the file named by KMI_DIED_AT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
static atomic_long calls;
static long kill_before;
static char folder[4096];
static atomic_char ours[MOST_FILES];

void kmi_kill_at(const char *under, long number) {
    strncpy(folder, under, sizeof folder - 1);
    kill_before = number;
    atomic_store(&calls, 0);
}

long kmi_calls(void) { return atomic_load(&calls); }

static int is_ours(const char *path) { return folder[0] && path && strncmp(path, folder, strlen(folder)) == 0; }

static int is_our_file(int file) { return folder[0] && file >= 0 && file < MOST_FILES && atomic_load(&ours[file]); }

static void count(const char *name) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (number != kill_before) return;
    const char *note = getenv("KMI_DIED_AT");
    if (note) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, note, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (file >= 0) {
            syscall(SYS_write, file, name, strlen(name));
            syscall(SYS_close, file);
        }
    }
    syscall(SYS_kill, getpid(), SIGKILL);
}

#define REAL(type, name) static type (*real)() = 0; if (!real) real = (type (*)())dlsym(RTLD_NEXT, name)

static int opened(int file, const char *path) {
    if (file >= 0 && file < MOST_FILES) atomic_store(&ours[file], (char)is_ours(path));
    return file;
}

#define OPEN(symbol)                                                                  \
    int symbol(const char *path, int flags, ...) {                                    \
        REAL(int, #symbol);                                                           \
        va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
        if (is_ours(path) && (flags & (O_CREAT | O_TRUNC))) count("open");            \
        return opened(real(path, flags, mode), path);                                 \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(symbol)                                                                \
    int symbol(int at, const char *path, int flags, ...) {                            \
        REAL(int, #symbol);                                                           \
        va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
        if (is_ours(path) && (flags & (O_CREAT | O_TRUNC))) count("open");            \
        return opened(real(at, path, flags, mode), path);                             \
    }
OPENAT(openat)
OPENAT(openat64)

#define ON_FILE(symbol, type, parameters, arguments, file)                            \
    type symbol parameters { REAL(type, #symbol); if (is_our_file(file)) count(#symbol); return real arguments; }
ON_FILE(write, ssize_t, (int f, const void *b, size_t n), (f, b, n), f)
ON_FILE(pwrite, ssize_t, (int f, const void *b, size_t n, off_t o), (f, b, n, o), f)
ON_FILE(pwrite64, ssize_t, (int f, const void *b, size_t n, off64_t o), (f, b, n, o), f)
ON_FILE(writev, ssize_t, (int f, const struct iovec *v, int n), (f, v, n), f)
ON_FILE(fsync, int, (int f), (f), f)
ON_FILE(fdatasync, int, (int f), (f), f)
ON_FILE(ftruncate, int, (int f, off_t n), (f, n), f)
ON_FILE(ftruncate64, int, (int f, off64_t n), (f, n), f)

#define ON_PATH(symbol, parameters, arguments, path)                                  \
    int symbol parameters { REAL(int, #symbol); if (is_ours(path)) count(#symbol); return real arguments; }
ON_PATH(rename, (const char *a, const char *b), (a, b), b)
ON_PATH(renameat, (int x, const char *a, int y, const char *b), (x, a, y, b), b)
ON_PATH(renameat2, (int x, const char *a, int y, const char *b, unsigned f), (x, a, y, b, f), b)
ON_PATH(link, (const char *a, const char *b), (a, b), b)
ON_PATH(linkat, (int x, const char *a, int y, const char *b, int f), (x, a, y, b, f), b)
ON_PATH(unlink, (const char *a), (a), a)
ON_PATH(unlinkat, (int x, const char *a, int f), (x, a, f), a)
ON_PATH(rmdir, (const char *a), (a), a)
ON_PATH(mkdir, (const char *a, mode_t m), (a, m), a)
ON_PATH(mkdirat, (int x, const char *a, mode_t m), (x, a, m), a)
