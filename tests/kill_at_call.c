/* Preloaded into a run: kills it before a chosen call that changes files under one folder or sends something to a store.

   kmi_kill_at(folder, number) and kmi_kill_at_port(port, number) begin to count; number 0 only counts. kmi_calls() is
   the count so far. kmi_stage(name) names what the run does now. The stage and the name of the call before which the
   process died are written to the file named by KMI_DIED_AT. A call that sends an HTTP request to the port has the name of
   the request; those that only read are not counted. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
static atomic_long calls;
static long kill_before;
static char folder[4096];
static int our_port;
static char stage[32];
static atomic_char ours[MOST_FILES];

void kmi_kill_at(const char *under, long number) {
    strncpy(folder, under, sizeof folder - 1);
    kill_before = number;
    atomic_store(&calls, 0);
}

void kmi_kill_at_port(int port, long number) {
    our_port = port;
    kill_before = number;
    atomic_store(&calls, 0);
}

void kmi_stage(const char *name) { strncpy(stage, name, sizeof stage - 1); }

long kmi_calls(void) { return atomic_load(&calls); }

static int is_ours(const char *path) { return folder[0] && path && strncmp(path, folder, strlen(folder)) == 0; }

static int is_our_file(int file) { return file >= 0 && file < MOST_FILES && atomic_load(&ours[file]); }

static void mark(int file, int is_it) {
    if (file >= 0 && file < MOST_FILES) atomic_store(&ours[file], (char)is_it);
}

static void count(const char *name) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (number != kill_before) return;
    const char *note = getenv("KMI_DIED_AT");
    if (note) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, note, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (file >= 0) {
            syscall(SYS_write, file, stage, strlen(stage));
            syscall(SYS_write, file, " ", 1);
            syscall(SYS_write, file, name, strlen(name));
            syscall(SYS_close, file);
        }
    }
    syscall(SYS_kill, getpid(), SIGKILL);
}

#define REAL(type, name) static type (*real)() = 0; if (!real) real = (type (*)())dlsym(RTLD_NEXT, name)

static int opened(int file, const char *path) {
    mark(file, is_ours(path));
    return file;
}

static int begins(const void *bytes, size_t length, const char *word) {
    return length > strlen(word) && strncmp(bytes, word, strlen(word)) == 0;
}

/* Count a call that sends bytes: by the name of the HTTP request that begins with them, else by its own. */
static void count_sent(const char *name, const void *bytes, size_t length) {
    static const char *const changing[] = {"PUT", "POST", "DELETE"};
    if (our_port && (begins(bytes, length, "GET ") || begins(bytes, length, "HEAD "))) return;
    for (size_t at = 0; our_port && at < sizeof changing / sizeof *changing; at++)
        if (begins(bytes, length, changing[at])) name = changing[at];
    count(name);
}

int connect(int file, const struct sockaddr *address, socklen_t length) {
    REAL(int, "connect");
    int port = address->sa_family == AF_INET    ? ntohs(((const struct sockaddr_in *)address)->sin_port)
               : address->sa_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)address)->sin6_port)
                                                : 0;
    mark(file, our_port && port == our_port);
    return real(file, address, length);
}

int socket(int domain, int type, int protocol) {
    REAL(int, "socket");
    int file = real(domain, type, protocol);
    mark(file, 0);
    return file;
}

int close(int file) {
    REAL(int, "close");
    mark(file, 0);
    return real(file);
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
#define SENDING(symbol, type, parameters, arguments, bytes, length)                   \
    type symbol parameters {                                                          \
        REAL(type, #symbol);                                                          \
        if (is_our_file(f)) count_sent(#symbol, bytes, length);                         \
        return real arguments;                                                        \
    }
SENDING(write, ssize_t, (int f, const void *b, size_t n), (f, b, n), b, n)
SENDING(writev, ssize_t, (int f, const struct iovec *v, int n), (f, v, n), n ? v->iov_base : "", n ? v->iov_len : 0)
SENDING(send, ssize_t, (int f, const void *b, size_t n, int o), (f, b, n, o), b, n)
SENDING(sendto, ssize_t, (int f, const void *b, size_t n, int o, const struct sockaddr *a, socklen_t l),
        (f, b, n, o, a, l), b, n)
SENDING(sendmsg, ssize_t, (int f, const struct msghdr *m, int o), (f, m, o),
        m->msg_iovlen ? m->msg_iov->iov_base : "", m->msg_iovlen ? m->msg_iov->iov_len : 0)
ON_FILE(pwrite, ssize_t, (int f, const void *b, size_t n, off_t o), (f, b, n, o), f)
ON_FILE(pwrite64, ssize_t, (int f, const void *b, size_t n, off64_t o), (f, b, n, o), f)
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
