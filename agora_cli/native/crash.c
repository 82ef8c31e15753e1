/* crash.c - last words of a process whose native code dies.
 *
 * A closed library that aborts takes the process with it, past every `finally`: what can still be done is to
 * say what died and to choose the exit code. A signal handler has nothing but what was prepared before, so the
 * texts are kept here: the one state of the core that is no caller's. 4 texts of 2 KiB; the handler calls
 * write() and _exit() only, both async-signal-safe (POSIX.1-2017, System Interfaces 2.4.3).
 */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "core.h"

#ifdef _WIN32

int agora_crash_arm(int status, const char *before, size_t before_length, const char *after, size_t after_length,
                    const char *document_before, size_t document_before_length, const char *document_after,
                    size_t document_after_length)
{
    (void)status, (void)before, (void)before_length, (void)after, (void)after_length;
    (void)document_before, (void)document_before_length, (void)document_after, (void)document_after_length;
    return AGORA_E_UNSUPPORTED;
}

void agora_crash_disarm(void)
{
}

#else

#include <signal.h>
#include <unistd.h>

typedef struct {
    char bytes[AGORA_CRASH_TEXT_MAX];
    size_t length;
} text;

static const struct {
    int number;
    char name[8];
} SIGNALS[] = {
    {SIGABRT, "SIGABRT"}, {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"},
};
enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof *SIGNALS };

static struct {
    int armed;
    int status;
    text before, after, document_before, document_after;
    struct sigaction previous[SIGNAL_COUNT];
} guard;

static void say(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written <= 0)
            return; /* nobody listens: there is nothing left to do about it */
        bytes += written;
        length -= (size_t)written;
    }
}

static void last_words(int number)
{
    const char *name = "a signal";
    for (int at = 0; at < SIGNAL_COUNT; at++)
        if (SIGNALS[at].number == number)
            name = SIGNALS[at].name;
    if (guard.document_before.length > 0) {
        say(STDOUT_FILENO, guard.document_before.bytes, guard.document_before.length);
        say(STDOUT_FILENO, name, strlen(name));
        say(STDOUT_FILENO, guard.document_after.bytes, guard.document_after.length);
    }
    say(STDERR_FILENO, guard.before.bytes, guard.before.length);
    say(STDERR_FILENO, name, strlen(name));
    say(STDERR_FILENO, guard.after.bytes, guard.after.length);
    _exit(guard.status);
}

static void keep(text *where, const char *bytes, size_t length)
{
    if (length > 0)
        memcpy(where->bytes, bytes, length);
    where->length = length;
}

int agora_crash_arm(int status, const char *before, size_t before_length, const char *after, size_t after_length,
                    const char *document_before, size_t document_before_length, const char *document_after,
                    size_t document_after_length)
{
    if (before_length > AGORA_CRASH_TEXT_MAX || after_length > AGORA_CRASH_TEXT_MAX ||
        document_before_length > AGORA_CRASH_TEXT_MAX || document_after_length > AGORA_CRASH_TEXT_MAX)
        return AGORA_E_CAPACITY;
    guard.status = status;
    keep(&guard.before, before, before_length);
    keep(&guard.after, after, after_length);
    keep(&guard.document_before, document_before, document_before_length);
    keep(&guard.document_after, document_after, document_after_length);
    if (guard.armed)
        return AGORA_OK;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = last_words;
    action.sa_flags = (int)SA_RESETHAND; /* a fault in the handler itself ends the process at once */
    sigfillset(&action.sa_mask);
    for (int at = 0; at < SIGNAL_COUNT; at++)
        sigaction(SIGNALS[at].number, &action, &guard.previous[at]);
    guard.armed = 1;
    return AGORA_OK;
}

void agora_crash_disarm(void)
{
    for (int at = 0; guard.armed && at < SIGNAL_COUNT; at++)
        sigaction(SIGNALS[at].number, &guard.previous[at], NULL);
    guard.armed = 0;
}

#endif
