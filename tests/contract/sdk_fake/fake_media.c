/* fake_media.c - senders and tracks: what is published goes into the channel. */
#include "fake_rtc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

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
                           "%d, \"ms\": %lld}", length, info->codec, info->sample_rate_hz, info->samples_per_channel,
                           info->number_of_channels, (long long)info->capture_time_ms);
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
                           "%d, \"ms\": %lld}", length, info->codec_type, info->width, info->height,
                           info->frames_per_second, info->frame_type, (long long)info->capture_time_ms);
    if (!fake_is(__func__, self, "video_encoded_image_sender") || injected)
        return code;
    fake_record record = {.kind = FAKE_ENCODED_VIDEO, .number = {info->codec_type, info->width, info->height,
                                                                 info->frame_type, info->capture_time_ms,
                                                                 info->presentation_ms}};
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
    long code = fake_trace(&injected, 0, __func__, "{\"format\": %d, \"stride\": %d, \"height\": %d, \"ms\": %lld, "
                           "\"metadata\": %d, \"alpha\": %d, \"matrix\": %d, \"range\": %d}", frame->format,
                           frame->stride, frame->height, frame->timestamp, frame->metadata_size,
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
