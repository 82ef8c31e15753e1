/* fake_receive.c - what a receiver asked for, and how it gets it: observers, subscriptions, frames of 10 ms. */
#include "fake_rtc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum { PLAYBACK = 1, MIXED, BEFORE_MIXING = 4, GET_POSITION };
enum { VOLUME = 22, STREAM_MESSAGE = 34, AUDIO_METADATA = 36 };
enum { AT_PLAYBACK = 1, AT_MIXED = 4, AT_BEFORE_MIXING = 8 };
enum { TAIL_US = 30000, UNDERRUN_US = 200000 };

API long agora_local_user_set_playback_audio_frame_before_mixing_parameters(void *user, int channels, int rate)
{
    bool injected;
    connection *self = connection_of(__func__, user);
    if (self && self->audio_observer)
        fake_violation(__func__, "parameters set after the observer");
    if (self) {
        self->channels = channels;
        self->rate = rate;
    }
    return fake_trace(&injected, 0, __func__, "%d, %d", channels, rate);
}

API long agora_local_user_set_playback_audio_frame_parameters(void *user, int channels, int rate, int mode, int samples)
{
    bool injected;
    connection *self = connection_of(__func__, user);
    if (self) {
        self->channels = self->mixed_channels = channels;
        self->rate = self->mixed_rate = rate;
    }
    return fake_trace(&injected, 0, __func__, "%d, %d, %d, %d", channels, rate, mode, samples);
}

API long agora_local_user_register_audio_frame_observer(void *user, fake_slot *observer)
{
    connection *self = connection_of(__func__, user);
    if (self)
        self->audio_observer = observer;
    return fake_call(__func__, "", 0);
}

API long agora_local_user_unregister_audio_frame_observer(void *user)
{
    connection *self = connection_of(__func__, user);
    if (self)
        self->audio_observer = NULL;
    return fake_call(__func__, "", 0);
}

API long agora_local_user_register_observer(void *user, fake_slot *observer)
{
    connection *self = connection_of(__func__, user);
    if (self)
        self->user_observer = observer;
    return fake_call(__func__, "", 0);
}

API long agora_local_user_unregister_observer(void *user)
{
    connection *self = connection_of(__func__, user);
    if (self)
        self->user_observer = NULL;
    return fake_call(__func__, "", 0);
}

/* Observers that are objects of their own: the handle's first word is the array of callbacks. */
#define OBSERVER(create, destroy, add, drop, kind, field)     \
    API void *create(fake_slot *observer)                     \
    {                                                         \
        fake_call(#create, "", 0);                            \
        fake_slot **made = fake_new(kind, sizeof *made);      \
        *made = observer;                                     \
        return made;                                          \
    }                                                         \
    API long destroy(void *observer)                          \
    {                                                         \
        fake_call(#destroy, "", 0);                           \
        fake_free(#destroy, observer, kind);                  \
        return 0;                                             \
    }                                                         \
    API long add(void *user, void *observer)                  \
    {                                                         \
        connection *self = connection_of(#add, user);         \
        if (self && fake_is(#add, observer, kind))            \
            self->field = observer;                           \
        return fake_call(#add, "", 0);                        \
    }                                                         \
    API long drop(void *user, void *observer)                 \
    {                                                         \
        connection *self = connection_of(#drop, user);        \
        if (self && fake_is(#drop, observer, kind))           \
            self->field = NULL;                               \
        return fake_call(#drop, "", 0);                       \
    }

OBSERVER(agora_video_encoded_frame_observer_create, agora_video_encoded_frame_observer_destroy,
         agora_local_user_register_video_encoded_frame_observer,
         agora_local_user_unregister_video_encoded_frame_observer, "encoded_observer", encoded_observer)
OBSERVER(agora_video_frame_observer2_create, agora_video_frame_observer2_destroy,
         agora_local_user_register_video_frame_observer, agora_local_user_unregister_video_frame_observer,
         "frame_observer", frame_observer)

API void *agora_local_user_capabilities_observer_create(fake_slot *observer)
{
    fake_call(__func__, "", 0);
    fake_slot **made = fake_new("capabilities_observer", sizeof *made);
    *made = observer;
    return made;
}

API void agora_local_user_capabilities_observer_destory(void *observer)
{
    fake_call(__func__, "", 0);
    fake_free(__func__, observer, "capabilities_observer");
}

API long agora_local_user_register_capabilities_observer(void *user, void *observer)
{
    connection *self = connection_of(__func__, user);
    if (self && fake_is(__func__, observer, "capabilities_observer"))
        self->capabilities = *(void **)observer;
    return fake_call(__func__, "", 0);
}

API long agora_local_user_unregister_capabilities_observer(void *user, void *observer)
{
    connection *self = connection_of(__func__, user);
    if (self && fake_is(__func__, observer, "capabilities_observer"))
        self->capabilities = NULL;
    return fake_call(__func__, "", 0);
}

API long agora_local_user_subscribe_all_video(void *user, video_subscription *options)
{
    bool injected;
    connection *self = connection_of(__func__, user);
    if (self) {
        self->all_video = true;
        self->encoded_only = options->encoded_only;
    }
    return fake_trace(&injected, 0, __func__, "%d, %d", options->type, options->encoded_only);
}

static void add_user(char *list, size_t size, const char *user)
{
    size_t length = strlen(list);
    snprintf(list + length, size - length, "%s%s,", length ? "" : ",", user);
}

API long agora_local_user_subscribe_video(void *user, const char *target, video_subscription *options)
{
    bool injected;
    connection *self = connection_of(__func__, user);
    if (self) {
        add_user(self->video_users, sizeof self->video_users, target);
        self->encoded_only = options->encoded_only;
    }
    return fake_trace(&injected, 0, __func__, "\"%s\", %d", target, options->encoded_only);
}

API long agora_local_user_subscribe_audio(void *user, const char *target)
{
    bool injected;
    connection *self = connection_of(__func__, user);
    if (self)
        add_user(self->audio_users, sizeof self->audio_users, target);
    return fake_trace(&injected, 0, __func__, "\"%s\"", target);
}

API long agora_local_user_set_audio_volume_indication_parameters(void *user, int ms, int smooth, bool vad)
{
    bool injected;
    connection *self = connection_of(__func__, user);
    if (self)
        self->volume_ms = ms;
    return fake_trace(&injected, 0, __func__, "%d, %d, %d", ms, smooth, vad);
}

/* Receiving, on the connection's own thread. */

static bool wants(const char *list, bool all, const char *user)
{
    char item[260];
    snprintf(item, sizeof item, ",%s,", user);
    return all || strstr(list, item);
}

static listener *listener_of(connection *self, const char *user)
{
    listener *at = self->listeners;
    while (at && strcmp(at->user, user))
        at = at->next;
    if (!at) {
        at = calloc(1, sizeof *at);
        snprintf(at->user, sizeof at->user, "%s", user);
        at->next = self->listeners;
        self->listeners = at;
    }
    return at;
}

/* Labels as the header describes them, after che.audio.label.enable (a guess: speech is what is loud). */
static void label(audio_frame *frame)
{
    int64_t energy = 0, count = (int64_t)frame->samples_per_channel * frame->channels;
    if (!labels_enabled)
        return;
    for (int64_t at = 0; at < count; at++)
        energy += (int64_t)((int16_t *)frame->buffer)[at] * ((int16_t *)frame->buffer)[at];
    int level = energy ? (int)lround(127 + 10 * log10((double)energy / (double)count / (32768.0 * 32768.0))) : 0;
    frame->far_field_flag = 1;
    frame->rms = level < 0 ? 0 : level;
    frame->voice_prob = level > 87;
    frame->pitch = level > 87 ? 120 : 0;
}

static void deliver(connection *self, listener *from, int16_t *samples)
{
    audio_frame frame = {.samples_per_channel = self->rate / 100, .bytes_per_sample = 2, .channels = self->channels,
                         .samples_per_sec = self->rate, .buffer = samples, .presentation_ms = getenv("AGORA_FAKE_PLAIN") ? 0 : from->next_ms,
                         .render_time_ms = (from->due_us ? from->due_us : fake_now_us()) / 1000};
    label(&frame);
    int position = AT_BEFORE_MIXING;
    fake_slot *slots = self->audio_observer;
    if (slots && slots[GET_POSITION]) {
        fake_enter_callback();
        position = ((int (*)(void *))slots[GET_POSITION])(self->local_user);
        fake_leave_callback();
    }
    if (position & AT_BEFORE_MIXING)
        CALLBACK(slots, BEFORE_MIXING, int (*)(void *, const char *, const char *, audio_frame *), self->local_user,
                 self->name, from->user, &frame);
    if (position & AT_PLAYBACK)
        CALLBACK(slots, PLAYBACK, int (*)(void *, const char *, audio_frame *), self->local_user, self->name, &frame);
    if (position & AT_MIXED)
        CALLBACK(slots, MIXED, int (*)(void *, const char *, audio_frame *), self->local_user, self->name, &frame);
    from->next_ms += 10;
    const char *last = getenv("AGORA_FAKE_ABORT_AFTER");
    if (last && ++self->delivered >= atoi(last))
        abort();
}

/* The render time is the clock's, however late the frame is (a guess: the header says when it is to be played). */

/* Tell whether the library's own clock lets the next frame of a user out, and wind it on. */
static bool is_due(listener *from, size_t frames)
{
    const char *clock = getenv("AGORA_FAKE_CLOCK");
    int jitter_ms, burst_ms;
    if (!clock)
        return true;
    if (sscanf(clock, "%d:%d", &jitter_ms, &burst_ms) != 2)
        abort();
    int64_t now = fake_now_us();
    if (!from->due_us || now - from->due_us > UNDERRUN_US) { /* filling the jitter buffer */
        if ((int)frames * 10 < burst_ms && now - from->heard_us < TAIL_US)
            return false;
        from->due_us = now - burst_ms * 1000;
        from->late_us = 0;
    }
    if (now < from->due_us + from->late_us)
        return false;
    from->due_us += 10000;
    from->late_us = jitter_ms && from->due_us > now ? rand() % (jitter_ms * 1000) : 0;
    return true;
}

/* Deliver whole 10 ms frames that are due, and what is left of the last one too when `all`, filled with silence. */
static void deliver_frames(connection *self, listener *from, bool all)
{
    size_t size = (size_t)(self->rate / 100 * self->channels), done = 0;
    while (from->count - done >= size && is_due(from, (from->count - done) / size)) {
        deliver(self, from, from->samples + done);
        done += size;
    }
    if (all && from->count > done && from->count - done < size && is_due(from, 1)) {
        int16_t *tail = calloc(size, sizeof *tail);
        memcpy(tail, from->samples + done, (from->count - done) * sizeof *tail);
        deliver(self, from, tail);
        free(tail);
        done = from->count;
    }
    if (done)
        memmove(from->samples, from->samples + done, (from->count - done) * sizeof *from->samples);
    from->count -= done;
}

/* Change rate and channels without any filter: equal ones pass bit by bit. */
static void hear(connection *self, const fake_record *record, const int16_t *samples, size_t frames)
{
    size_t rate = (size_t)record->number[0], channels = (size_t)record->number[1];
    size_t wanted = frames * (size_t)self->rate / rate, width = (size_t)self->channels;
    listener *from = listener_of(self, record->user);
    if (!from->count)
        from->next_ms = record->number[2];
    from->samples = realloc(from->samples, (from->count + wanted * width) * sizeof *from->samples);
    for (size_t at = 0; at < wanted; at++)
        for (size_t channel = 0; channel < width; channel++) {
            int16_t value = samples ? samples[at * rate / (size_t)self->rate * channels + channel % channels] : 0;
            from->samples[from->count++] = value;
            unsigned level = (unsigned)(value < 0 ? -value : value) >> 7;
            from->level = level > 255 ? 255 : level > from->level ? level : from->level;
        }
    from->heard_us = fake_now_us();
    deliver_frames(self, from, false);
}

static void see(connection *self, const fake_record *record, const uint8_t *data)
{
    if (record->kind == FAKE_ENCODED_VIDEO && self->encoded_only && self->encoded_observer) {
        encoded_video_info info = {.codec_type = (int)record->number[0], .width = (int)record->number[1],
                                   .height = (int)record->number[2], .frame_type = (int)record->number[3],
                                   .capture_time_ms = record->number[4],
                                   .presentation_ms = getenv("AGORA_FAKE_PLAIN") ? 0 : record->number[5]};
        CALLBACK(*(fake_slot **)self->encoded_observer, 0,
                 int (*)(void *, unsigned, const uint8_t *, size_t, encoded_video_info *), self->encoded_observer,
                 (unsigned)strtoul(record->user, NULL, 10), data, record->length, &info);
    } else if (record->kind == FAKE_RAW_VIDEO && record->number[0] == 1 && self->frame_observer) {
        int width = (int)record->number[1], height = (int)record->number[2];
        uint8_t *planes = (uint8_t *)data;
        video_frame frame = {.type = 1, .width = width, .height = height, .y_stride = width, .u_stride = width / 2,
                             .v_stride = width / 2, .y = planes, .u = planes + width * height,
                             .v = planes + width * height * 5 / 4, .render_time_ms = record->number[4],
                             .metadata = record->extra ? planes + record->length : NULL,
                             .metadata_size = (int)record->extra};
        CALLBACK(*(fake_slot **)self->frame_observer, 0, void (*)(void *, const char *, const char *, video_frame *),
                 self->frame_observer, self->name, record->user, &frame);
    }
}

void media_receive(connection *self, const fake_record *record)
{
    const char *data = (const char *)(record + 1);
    bool audible = wants(self->audio_users, self->all_audio, record->user);
    bool visible = wants(self->video_users, self->all_video, record->user);
    if (record->kind == FAKE_DATA)
        CALLBACK(self->user_observer, STREAM_MESSAGE, void (*)(void *, const char *, int, const char *, size_t),
                 self->local_user, record->user, (int)record->number[0], data, record->length);
    else if (record->kind == FAKE_METADATA && audible)
        CALLBACK(self->user_observer, AUDIO_METADATA, void (*)(void *, const char *, const char *, size_t),
                 self->local_user, record->user, data, record->length);
    else if (record->kind == FAKE_PCM && audible)
        hear(self, record, (const int16_t *)data, record->length / 2 / (size_t)record->number[1]);
    else if (record->kind == FAKE_ENCODED_AUDIO && audible)
        hear(self, record, NULL, (size_t)record->number[3]);
    else if (visible)
        see(self, record, (const uint8_t *)data);
}

void media_idle(connection *self)
{
    int64_t now = fake_now_us();
    for (listener *at = self->listeners; at; at = at->next)
        if (at->count)
            deliver_frames(self, at, now - at->heard_us > TAIL_US);
    if (!self->volume_ms || now - self->volume_us < self->volume_ms * 1000)
        return;
    self->volume_us = now;
    for (listener *at = self->listeners; at; at = at->next) {
        volume_info info = {at->user, at->level, at->level > 20, 0};
        CALLBACK(self->user_observer, VOLUME, void (*)(void *, volume_info *, unsigned, int), self->local_user, &info,
                 1, (int)at->level);
        at->level = 0;
    }
}

void media_forget(connection *self)
{
    for (listener *at = self->listeners, *next; at; at = next) {
        next = at->next;
        free(at->samples);
        free(at);
    }
    self->listeners = NULL;
}
