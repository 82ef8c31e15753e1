/* fake_media.c - tracks, senders and receivers: what is published comes out at the other members. */
#include "fake_rtc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum { PLAYBACK = 1, MIXED, BEFORE_MIXING = 4, GET_POSITION };
enum { VOLUME = 22, STREAM_MESSAGE = 34, AUDIO_METADATA = 36 };
enum { AT_PLAYBACK = 1, AT_MIXED = 4, AT_BEFORE_MIXING = 8 };
enum { FRAME_US = 10000, TAIL_US = 30000 };

/* A sender publishes through the connection that published the track made from it. */
typedef struct {
    connection *publisher;
} sender;

typedef struct {
    sender *from;
    int enabled;
} track;

static void *make(const char *function, void *parent, const char *parent_kind, const char *kind, size_t size)
{
    if (!fake_is(function, parent, parent_kind) || fake_call(function, "", 0))
        return NULL;
    return fake_new(kind, size);
}

API void *agora_service_create_media_node_factory(void *service)
{
    return make("agora_service_create_media_node_factory", service, "service", "factory", 8);
}

API void agora_media_node_factory_destroy(void *factory)
{
    fake_call("agora_media_node_factory_destroy", "", 0);
    fake_free("agora_media_node_factory_destroy", factory, "factory");
}

#define SENDER(name)                                                                                         \
    API void *agora_media_node_factory_create_##name(void *factory)                                          \
    {                                                                                                        \
        return make("agora_media_node_factory_create_" #name, factory, "factory", #name, sizeof(sender));   \
    }                                                                                                        \
    API void agora_##name##_destroy(void *self)                                                              \
    {                                                                                                        \
        fake_call("agora_" #name "_destroy", "", 0);                                                         \
        fake_free("agora_" #name "_destroy", self, #name);                                                   \
    }

SENDER(audio_pcm_data_sender)
SENDER(audio_encoded_frame_sender)
SENDER(video_frame_sender)
SENDER(video_encoded_image_sender)

static void *track_of(const char *function, void *service, sender *from, const char *kind, const char *track_kind)
{
    if (!fake_is(function, from, kind))
        return NULL;
    track *made = make(function, service, "service", track_kind, sizeof *made);
    if (made)
        made->from = from;
    return made;
}

API void *agora_service_create_custom_audio_track_pcm(void *service, void *from)
{
    return track_of(__func__, service, from, "audio_pcm_data_sender", "audio_track");
}

API void *agora_service_create_direct_custom_audio_track_pcm(void *service, void *from)
{
    return track_of(__func__, service, from, "audio_pcm_data_sender", "audio_track");
}

API void *agora_service_create_custom_audio_track_encoded(void *service, void *from, int mix_mode)
{
    (void)mix_mode;
    return track_of(__func__, service, from, "audio_encoded_frame_sender", "audio_track");
}

API void *agora_service_create_custom_video_track_frame(void *service, void *from)
{
    return track_of(__func__, service, from, "video_frame_sender", "video_track");
}

API void *agora_service_create_custom_video_track_encoded(void *service, void *from, sender_options *options)
{
    bool injected;
    fake_trace(&injected, 0, "sender_options", "%d, %d, %d", options->cc_mode, options->codec_type,
               options->target_bitrate);
    return track_of(__func__, service, from, "video_encoded_image_sender", "video_track");
}

#define TRACK(kind)                                                        \
    API void agora_local_##kind##_set_enabled(void *self, int enabled)     \
    {                                                                      \
        bool injected;                                                     \
        fake_trace(&injected, 0, __func__, "%d", enabled);                 \
        if (fake_is(__func__, self, #kind))                                \
            ((track *)self)->enabled = enabled;                            \
    }                                                                      \
    API void *agora_local_##kind##_destroy(void *self)                     \
    {                                                                      \
        fake_call(__func__, "", 0);                                        \
        fake_free(__func__, self, #kind);                                  \
        return NULL;                                                       \
    }

TRACK(audio_track)
TRACK(video_track)

API long agora_local_audio_track_clear_sender_buffer(void *self)
{
    fake_is(__func__, self, "audio_track");
    return fake_call(__func__, "", 0);
}

API long agora_local_audio_track_set_total_extra_send_ms(void *self, uint64_t ms)
{
    bool injected;
    fake_is(__func__, self, "audio_track");
    return fake_trace(&injected, 0, __func__, "%d", (int)ms);
}

API long agora_local_video_track_set_video_encoder_config(void *self, encoder_config *config)
{
    bool injected;
    fake_is(__func__, self, "video_track");
    return fake_trace(&injected, 0, __func__,
                      "{\"codec\": %d, \"width\": %d, \"height\": %d, \"fps\": %d, \"bps\": %d, \"alpha\": %d}",
                      config->codec_type, config->width, config->height, config->frame_rate, config->bitrate,
                      config->encode_alpha);
}

API long agora_local_video_track_enable_simulcast_stream(void *self, int enabled, simulcast_config *config)
{
    bool injected;
    fake_is(__func__, self, "video_track");
    return fake_trace(&injected, 0, __func__, "%d, {\"width\": %d, \"height\": %d, \"fps\": %d, \"bps\": %d}",
                      enabled, config->width, config->height, config->framerate, config->bitrate);
}

#define PUBLISH(medium)                                                               \
    API long agora_local_user_publish_##medium(void *user, void *self)                \
    {                                                                                 \
        long code = fake_call(__func__, "", 0);                                       \
        connection *owner = connection_of(__func__, user);                            \
        if (!owner || !fake_is(__func__, self, #medium "_track") || code)             \
            return code ? code : -7;                                                  \
        ((track *)self)->from->publisher = owner;                                     \
        return code;                                                                  \
    }                                                                                 \
    API long agora_local_user_unpublish_##medium(void *user, void *self)              \
    {                                                                                 \
        connection_of(__func__, user);                                                \
        if (fake_is(__func__, self, #medium "_track"))                                \
            ((track *)self)->from->publisher = NULL;                                  \
        return fake_call(__func__, "", 0);                                            \
    }

PUBLISH(audio)
PUBLISH(video)

/* Put a record of the sender's connection into the channel; nobody hears an unpublished or audience sender. */
static void put(connection *self, fake_record *record, const void *data, size_t length, const void *extra, size_t more)
{
    if (!self || !self->joined || self->config.client_role_type != 1)
        return;
    record->sender = self->id;
    record->key = self->key;
    record->length = (uint32_t)length;
    record->extra = (uint32_t)more;
    snprintf(record->user, sizeof record->user, "%s", self->user);
    fake_channel_put(self->channel, record, data, extra);
}

API long agora_audio_pcm_data_sender_send(sender *self, void *data, uint32_t timestamp, int64_t pts_ms,
                                          uint32_t samples, uint32_t width, uint32_t channels, uint32_t rate)
{
    bool injected;
    long code = fake_trace(&injected, 0, __func__, "%u, %u, %u, %d", samples, channels, rate, (int)pts_ms);
    (void)timestamp;
    if (!fake_is(__func__, self, "audio_pcm_data_sender") || injected)
        return code;
    fake_record record = {.kind = FAKE_PCM, .number = {rate, channels, pts_ms}};
    put(self->publisher, &record, data, (size_t)samples * channels * width, NULL, 0);
    return code;
}

API long agora_audio_encoded_frame_sender_send(sender *self, void *data, uint32_t length, encoded_audio_info *info)
{
    bool injected;
    long code = fake_trace(&injected, 1, __func__, "%u, {\"codec\": %d, \"rate\": %d, \"samples\": %d, \"channels\": "
                           "%d}", length, info->codec, info->sample_rate_hz, info->samples_per_channel,
                           info->number_of_channels);
    if (!fake_is(__func__, self, "audio_encoded_frame_sender") || injected)
        return code;
    fake_record record = {.kind = FAKE_ENCODED_AUDIO, .number = {info->sample_rate_hz, info->number_of_channels, 0,
                                                                 info->samples_per_channel}};
    put(self->publisher, &record, data, length, NULL, 0);
    return code;
}

API long agora_video_encoded_image_sender_send(sender *self, const uint8_t *data, uint32_t length,
                                               encoded_video_info *info)
{
    bool injected;
    long code = fake_trace(&injected, 1, __func__, "%u, {\"codec\": %d, \"size\": [%d, %d], \"fps\": %d, \"type\": "
                           "%d, \"ms\": %d}", length, info->codec_type, info->width, info->height,
                           info->frames_per_second, info->frame_type, (int)info->capture_time_ms);
    if (!fake_is(__func__, self, "video_encoded_image_sender") || injected)
        return code;
    fake_record record = {.kind = FAKE_ENCODED_VIDEO, .number = {info->codec_type, info->width, info->height,
                                                                 info->frame_type, info->capture_time_ms}};
    put(self->publisher, &record, data, length, NULL, 0);
    return code;
}

static size_t picture_bytes(const external_video_frame *frame)
{
    size_t pixels = (size_t)frame->stride * (size_t)frame->height;
    return frame->format == 4 ? pixels * 4 : pixels * 3 / 2;
}

API long agora_video_frame_sender_send(sender *self, external_video_frame *frame)
{
    bool injected;
    long code = fake_trace(&injected, 0, __func__, "{\"format\": %d, \"stride\": %d, \"height\": %d, \"ms\": %d, "
                           "\"metadata\": %d, \"alpha\": %d, \"matrix\": %d, \"range\": %d}", frame->format,
                           frame->stride, frame->height, (int)frame->timestamp, frame->metadata_size,
                           frame->fill_alpha, frame->color.matrix, frame->color.range);
    if (!fake_is(__func__, self, "video_frame_sender") || injected)
        return code;
    fake_record record = {.kind = FAKE_RAW_VIDEO,
                          .number = {frame->format, frame->stride, frame->height, 0, frame->timestamp}};
    put(self->publisher, &record, frame->buffer, picture_bytes(frame), frame->metadata, (size_t)frame->metadata_size);
    return code;
}

API long agora_rtc_conn_send_stream_message(connection *self, int stream, const char *data, uint32_t length)
{
    bool injected;
    long code = fake_trace(&injected, 0, __func__, "%d, %u", stream, length);
    fake_record record = {.kind = FAKE_DATA, .number = {stream}};
    if (fake_is(__func__, self, "connection") && !injected)
        put(self, &record, data, length, NULL, 0);
    return code;
}

API long agora_local_user_send_audio_meta_data(void *user, const char *data, size_t length)
{
    bool injected;
    long code = fake_trace(&injected, 0, __func__, "%d", (int)length);
    fake_record record = {.kind = FAKE_METADATA};
    if (!injected)
        put(connection_of(__func__, user), &record, data, length, NULL, 0);
    return code;
}

API long agora_local_user_send_intra_request(void *user, const char *target)
{
    bool injected;
    long code = fake_trace(&injected, 0, __func__, "\"%s\"", target);
    connection *self = connection_of(__func__, user);
    fake_record record = {.kind = FAKE_INTRA};
    if (!self || injected)
        return code;
    record.sender = self->id;
    snprintf(record.user, sizeof record.user, "%s", self->user);
    snprintf(record.target, sizeof record.target, "%s", target);
    fake_channel_put(self->channel, &record, "", "");
    return code;
}

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

static void deliver(connection *self, listener *from, int16_t *samples)
{
    audio_frame frame = {.samples_per_channel = self->rate / 100, .bytes_per_sample = 2, .channels = self->channels,
                         .samples_per_sec = self->rate, .buffer = samples, .presentation_ms = from->next_ms,
                         .render_time_ms = fake_now_us() / 1000};
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

/* Deliver whole 10 ms frames, and the tail too when `all`, filled with silence. */
static void deliver_frames(connection *self, listener *from, bool all)
{
    size_t size = (size_t)(self->rate / 100 * self->channels), done = 0;
    for (; from->count - done >= size; done += size)
        deliver(self, from, from->samples + done);
    if (all && from->count > done) {
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
                                   .capture_time_ms = record->number[4], .presentation_ms = record->number[4]};
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
        if (at->count && now - at->heard_us > TAIL_US)
            deliver_frames(self, at, true);
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
