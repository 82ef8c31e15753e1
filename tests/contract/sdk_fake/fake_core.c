/* fake_core.c - libaosl.so of the fake: trace, injected errors, live objects, channels in files. */
#define _GNU_SOURCE
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int callback_depth;

/* What the package itself calls inside its own callbacks: not ours to answer for. */
static const char *const allowed[] = {"agora_audio_track_set_filter_property", NULL};

int64_t fake_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint64_t fake_unique(void)
{
    static uint32_t count;
    return ((uint64_t)getpid() << 32) | __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
}

static void write_line(const char *line)
{
    const char *path = getenv("AGORA_FAKE_TRACE");
    if (!path)
        return;
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line, strlen(line)) < 0)
        abort();
    close(file);
}

void fake_violation(const char *function, const char *what)
{
    char line[512];
    snprintf(line, sizeof line, "{\"violation\": \"%s\", \"fn\": \"%s\"}\n", what, function);
    write_line(line);
}

/* Find "name=value" or "value:name" in a comma-separated environment variable; return what follows, or NULL. */
static bool injected_code(const char *function, long *code)
{
    const char *at = getenv("AGORA_FAKE_ERRORS");
    size_t length = strlen(function);
    for (; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, function, length) && at[length] == '=') {
            *code = strtol(at + length + 1, NULL, 0);
            return true;
        }
    return false;
}

static void crash_if_asked(const char *function)
{
    const char *crash = getenv("AGORA_FAKE_CRASH");
    const char *colon = crash ? strchr(crash, ':') : NULL;
    if (!colon || strcmp(colon + 1, function))
        return;
    if (!strncmp(crash, "segv", 4))
        raise(SIGSEGV);
    abort();
}

static void trace(const char *function, const char *arguments)
{
    char line[4096];
    snprintf(line, sizeof line, "{\"fn\": \"%s\", \"args\": [%s], \"cb\": %d, \"pid\": %d}\n", function, arguments,
             callback_depth, (int)getpid());
    write_line(line);
    for (const char *const *name = allowed; callback_depth && *name; name++)
        if (!strcmp(*name, function))
            return;
    if (callback_depth)
        fake_violation(function, "SDK call inside a callback");
}

long fake_call(const char *function, const char *arguments, long value)
{
    trace(function, arguments);
    crash_if_asked(function);
    long code;
    return injected_code(function, &code) ? code : value;
}

long fake_trace(bool *injected, long value, const char *function, const char *format, ...)
{
    char arguments[3000];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    long code;
    *injected = injected_code(function, &code);
    return fake_call(function, arguments, value);
}

void fake_enter_callback(void)
{
    callback_depth++;
}

void fake_leave_callback(void)
{
    callback_depth--;
}

/* Live objects. A dead one keeps its memory, so that a use after release is seen and not undefined. */
typedef struct object {
    struct object *next;
    const char *kind;
    bool live;
    _Alignas(16) char body[]; /* it may hold a mutex */
} object;

static object *objects;

void *fake_new(const char *kind, size_t size)
{
    object *made = calloc(1, sizeof *made + size);
    made->kind = kind;
    made->live = true;
    pthread_mutex_lock(&lock);
    made->next = objects;
    objects = made;
    pthread_mutex_unlock(&lock);
    return made->body;
}

static object *find(const void *handle)
{
    pthread_mutex_lock(&lock);
    object *at = objects;
    while (at && (const void *)at->body != handle)
        at = at->next;
    pthread_mutex_unlock(&lock);
    return at;
}

bool fake_is(const char *function, const void *handle, const char *kind)
{
    char what[128];
    object *found = find(handle);
    if (found && found->live && !strcmp(found->kind, kind))
        return true;
    snprintf(what, sizeof what, "%s %s handle", !handle ? "NULL" : found ? "dead" : "unknown", kind);
    fake_violation(function, what);
    return false;
}

void fake_free(const char *function, void *handle, const char *kind)
{
    if (fake_is(function, handle, kind))
        find(handle)->live = false;
}

__attribute__((destructor)) static void report_live_objects(void)
{
    char line[4096] = "{\"live\": {";
    size_t length = strlen(line);
    for (object *at = objects; at && length < sizeof line - 200; at = at->next) {
        int count = 0;
        bool first = true;
        for (object *other = objects; other != at; other = other->next)
            first = first && !(other->live && !strcmp(other->kind, at->kind));
        for (object *other = at; other; other = other->next)
            count += other->live && !strcmp(other->kind, at->kind);
        if (at->live && first)
            length += (size_t)snprintf(line + length, sizeof line - length, "%s\"%s\": %d",
                                       line[length - 1] == '{' ? "" : ", ", at->kind, count);
    }
    snprintf(line + length, sizeof line - length, "}, \"pid\": %d}\n", (int)getpid());
    if (objects)
        write_line(line);
}

struct fake_channel {
    int file;
    off_t offset;
};

fake_channel *fake_channel_open(const char *name)
{
    char path[1024];
    const char *directory = getenv("AGORA_FAKE_DIR");
    snprintf(path, sizeof path, "%s/", directory ? directory : "/tmp");
    size_t length = strlen(path);
    for (; *name && length < sizeof path - 4; name++, length += 2)
        snprintf(path + length, 3, "%02x", (unsigned char)*name);
    fake_channel *channel = calloc(1, sizeof *channel);
    channel->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (channel->file < 0)
        abort();
    return channel;
}

void fake_channel_close(fake_channel *channel)
{
    close(channel->file);
    free(channel);
}

void fake_channel_put(fake_channel *channel, const fake_record *record, const void *data, const void *extra)
{
    fake_record whole = *record;
    whole.size = (uint32_t)(sizeof whole + whole.length + whole.extra);
    char *bytes = malloc(whole.size);
    memcpy(bytes, &whole, sizeof whole);
    memcpy(bytes + sizeof whole, data, whole.length);
    if (whole.extra)
        memcpy(bytes + sizeof whole + whole.length, extra, whole.extra);
    flock(channel->file, LOCK_EX);
    for (size_t done = 0; done < whole.size;) {
        ssize_t count = write(channel->file, bytes + done, whole.size - done);
        if (count < 0 && errno != EINTR)
            abort();
        done += count > 0 ? (size_t)count : 0;
    }
    flock(channel->file, LOCK_UN);
    free(bytes);
}

fake_record *fake_channel_next(fake_channel *channel)
{
    struct stat status;
    uint32_t size;
    if (fstat(channel->file, &status) || status.st_size < channel->offset + (off_t)sizeof(fake_record) ||
        pread(channel->file, &size, sizeof size, channel->offset) != sizeof size ||
        status.st_size < channel->offset + (off_t)size)
        return NULL;
    fake_record *record = malloc(size + 1);
    if (pread(channel->file, record, size, channel->offset) != (ssize_t)size)
        abort();
    channel->offset += size;
    return record;
}
