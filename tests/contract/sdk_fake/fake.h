/* fake.h - what the fake native libraries share: a trace of calls, injected errors, and a channel in a file.
 *
 * Environment:
 *   AGORA_FAKE_TRACE   file that gets one JSON line a native call: {"fn","args","cb"}, or {"violation","fn"},
 *                      or at exit {"live":{kind: count}}
 *   AGORA_FAKE_ERRORS  "function=code,..." makes these functions return that code without doing anything
 *   AGORA_FAKE_CRASH   "abort:function" or "segv:function": die in that call
 *   AGORA_FAKE_ABORT_AFTER  die after that many frames of sound were handed to a receiver
 *   AGORA_FAKE_DIR     directory of the channels; connections of any process that share it hear each other
 *   AGORA_FAKE_CONNECT "failure:REASON", "error:CODE", "silence": what connect() leads to, instead of joining
 *   AGORA_FAKE_SCRIPT  "ms:event:number[:user],..." events some time after joining (fake_rtc.c lists them)
 *   AGORA_FAKE_CLOCK   "JITTER_MS:BURST_MS": sound reaches a receiver by a clock of 10 ms of the library's own, each
 *                      frame up to JITTER_MS late, the first BURST_MS of a user at once; unset: as soon as it was sent
 *   AGORA_FAKE_PLAIN   the senders are plain clients: all that arrives has the presentation time 0
 *
 * Violations are what the real library would punish in less readable ways: a NULL or dead handle, an SDK call
 * inside a callback, a second service.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Trace one call with its arguments as the text of a JSON list's inside; return the injected code, or `value`. */
long fake_call(const char *function, const char *arguments, long value);
/* As fake_call, with printf's format; `injected` tells whether the code was injected. */
long fake_trace(bool *injected, long value, const char *function, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void fake_violation(const char *function, const char *what);

/* Between these two calls on a thread every fake_call is a violation, but for `allowed` ones of the package. */
void fake_enter_callback(void);
void fake_leave_callback(void);

/* A live object. Handles that are no live object of the expected kind are violations. */
void *fake_new(const char *kind, size_t size);
bool fake_is(const char *function, const void *handle, const char *kind);
void fake_free(const char *function, void *handle, const char *kind);

/* A channel: an append-only file of records that every member reads to the end, in one order. */
enum fake_kind {
    FAKE_JOIN = 1,
    FAKE_LEAVE,
    FAKE_PCM,
    FAKE_ENCODED_AUDIO,
    FAKE_ENCODED_VIDEO,
    FAKE_RAW_VIDEO,
    FAKE_DATA,
    FAKE_METADATA,
    FAKE_INTRA,
    FAKE_SILENT, /* a listener came or went */
    FAKE_OTHER = 100 /* RTM's own kinds begin here */
};

typedef struct {
    uint32_t size;   /* of all: header, data, extra */
    uint32_t kind;
    uint64_t sender; /* one number a connection */
    uint64_t key;    /* hash of the encryption key, 0 for none */
    char user[256];
    char target[256]; /* for whom, "" for everybody */
    int64_t number[8];
    uint32_t length; /* of the data, which follows the header */
    uint32_t extra;  /* of the metadata, which follows the data */
} fake_record;

typedef struct fake_channel fake_channel;

fake_channel *fake_channel_open(const char *name);
void fake_channel_close(fake_channel *channel);
void fake_channel_put(fake_channel *channel, const fake_record *record, const void *data, const void *extra);
/* Return the next record (data and extra behind it, to be freed) and move on, or NULL at the end. */
fake_record *fake_channel_next(fake_channel *channel);
uint64_t fake_unique(void); /* never 0, unlike any other of any process */
int64_t fake_now_us(void);  /* monotonic */

#endif
