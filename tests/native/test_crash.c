/* crash.c - in children that die: what they say, and how they end; and that disarming undoes it. */
#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core.h"

static int arm(const char *before, const char *after, const char *document_before, const char *document_after)
{
    return agora_crash_arm(8, before, strlen(before), after, strlen(after), document_before, strlen(document_before),
                           document_after, strlen(document_after));
}

/* Raise `number` in a child that armed the guard; return its status and what it wrote to each stream. */
static int die(int number, int disarm, char *out, char *error, size_t size)
{
    int pipes[2][2];
    assert(!pipe(pipes[0]) && !pipe(pipes[1]));
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        dup2(pipes[0][1], STDOUT_FILENO);
        dup2(pipes[1][1], STDERR_FILENO);
        signal(number, SIG_DFL); /* the sanitizers have handlers of their own */
        assert(arm("error: died (", ")\n", "{\"signal\": \"", "\"}\n") == AGORA_OK);
        assert(arm("error: dead (", ")\n", disarm ? "" : "{\"signal\": \"", "\"}\n") == AGORA_OK);
        if (disarm)
            agora_crash_disarm();
        raise(number);
        _exit(0);
    }
    char *where[] = {out, error};
    for (int stream = 0; stream < 2; stream++) {
        close(pipes[stream][1]);
        size_t length = 0;
        for (ssize_t count; (count = read(pipes[stream][0], where[stream] + length, size - 1 - length)) > 0;)
            length += (size_t)count;
        where[stream][length] = 0;
        close(pipes[stream][0]);
    }
    int status;
    assert(waitpid(child, &status, 0) == child);
    return status;
}

int main(void)
{
    static const struct {
        int number;
        const char *name;
    } signals[] = {{SIGABRT, "SIGABRT"}, {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGILL, "SIGILL"}, {SIGFPE, "SIGFPE"}};
    char out[256], error[256], expected[256];
    for (size_t at = 0; at < sizeof signals / sizeof *signals; at++) {
        int status = die(signals[at].number, 0, out, error, sizeof out);
        assert(WIFEXITED(status) && WEXITSTATUS(status) == 8);
        snprintf(expected, sizeof expected, "error: dead (%s)\n", signals[at].name);
        assert(!strcmp(error, expected));
        snprintf(expected, sizeof expected, "{\"signal\": \"%s\"}\n", signals[at].name);
        assert(!strcmp(out, expected));

        status = die(signals[at].number, 1, out, error, sizeof out);
        assert(WIFSIGNALED(status) && WTERMSIG(status) == signals[at].number);
        assert(!*out && !*error);
    }

    static char large[AGORA_CRASH_TEXT_MAX + 1];
    assert(agora_crash_arm(8, large, sizeof large, "", 0, "", 0, "", 0) == AGORA_E_CAPACITY);
    assert(agora_crash_arm(8, "", 0, "", 0, "", 0, large, sizeof large) == AGORA_E_CAPACITY);
    agora_crash_disarm(); /* not armed: nothing happens */
    puts("test_crash: ok");
    return 0;
}
