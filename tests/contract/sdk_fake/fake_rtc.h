/* fake_rtc.h - the fake's RTC objects, and the structures of the real library's C interface. */
#ifndef FAKE_RTC_H
#define FAKE_RTC_H

#include <pthread.h>

#include "fake.h"

typedef void (*fake_slot)(void);

typedef struct {
    int enable_audio_processor, enable_audio_device, enable_video;
    void *context;
    const char *app_id;
    unsigned area_code;
    int channel_profile, audio_scenario, use_string_uid, domain_limit, log_level;
    const char *log_file_path;
    uint32_t log_file_size_kb;
    const char *data_dir, *config_dir;
} service_config;

typedef struct {
    int packet_only, pcm_data_only;
    uint32_t bytes_per_sample, number_of_channels, sample_rate_hz;
} audio_subscription;

typedef struct {
    int auto_subscribe_audio, auto_subscribe_video, enable_audio_recording_or_playout, max_send_bitrate;
    int min_port, max_port;
    audio_subscription audio_subs_options;
    int client_role_type, channel_profile, audio_recv_media_packet, audio_recv_encoded_frame;
    int video_recv_media_packet;
} connection_config;

typedef struct {
    uint64_t id;
    const char *channel_id;
    int state;
    const char *local_user_id;
    unsigned internal_uid;
} connection_info;

typedef struct {
    int cc_mode, codec_type, target_bitrate;
} sender_options;

typedef struct {
    int codec_type, width, height, frame_rate, bitrate, min_bitrate;
    int orientation_mode, degradation_preference, mirror_mode, encode_alpha;
} encoder_config;

typedef struct {
    int width, height, bitrate, framerate;
} simulcast_config;

typedef struct {
    int mode;
    const char *key;
    uint8_t salt[32];
    bool datastream;
} encryption_config;

typedef struct {
    int type;
    bool encoded_only;
} video_subscription;

typedef struct {
    int codec_type, width, height, frames_per_second, frame_type, rotation, track_id;
    int64_t capture_time_ms, decode_time_ms;
    unsigned uid;
    int stream_type;
    int64_t presentation_ms;
} encoded_video_info;

typedef struct {
    int speech, codec, sample_rate_hz, samples_per_channel, send_even_if_empty, number_of_channels;
    int64_t capture_time_ms;
} encoded_audio_info;

typedef struct {
    int type, samples_per_channel, bytes_per_sample, channels, samples_per_sec;
    void *buffer;
    int64_t render_time_ms;
    int avsync_type;
    int64_t presentation_ms;
    int audio_track_number;
    uint32_t rtp_timestamp;
    int far_field_flag, rms, voice_prob, music_prob, pitch;
} audio_frame;

typedef struct {
    int primaries, transfer, matrix, range;
} color_space;

typedef struct {
    int type, format;
    void *buffer;
    int stride, height, crop_left, crop_top, crop_right, crop_bottom, rotation;
    long long timestamp;
    void *egl_context;
    int egl_type, texture_id;
    float matrix[16];
    uint8_t *metadata;
    int metadata_size;
    void *alpha;
    uint8_t fill_alpha;
    int alpha_mode;
    color_space color;
} external_video_frame;

typedef struct {
    int type, width, height, y_stride, u_stride, v_stride;
    uint8_t *y, *u, *v;
    int rotation;
    int64_t render_time_ms;
    int avsync_type;
    uint8_t *metadata;
    int metadata_size;
    void *shared_context;
    int texture_id;
    float matrix[16];
    uint8_t *alpha;
    int alpha_mode;
} video_frame;

typedef struct {
    const char *user_id;
    unsigned volume, vad;
    double pitch;
} volume_info;

typedef struct {
    unsigned connection_id, duration, tx_bytes, rx_bytes, tx_audio, tx_video, rx_audio, rx_video;
    unsigned short tx_kbit, rx_kbit, rx_audio_kbit, tx_audio_kbit, rx_video_kbit, tx_video_kbit, lastmile_delay;
    unsigned user_count;
    double cpu_app, cpu_total;
    int gateway_rtt;
    double memory_app, memory_total;
    int memory_kb, connect_ms, rest[9], tx_loss, rx_loss;
} rtc_stats;

/* What was heard of one user and not yet delivered as 10 ms frames. */
typedef struct listener {
    struct listener *next;
    char user[256];
    int16_t *samples; /* interleaved, in the rate and channels that the receiver asked for */
    size_t count;     /* values, not sample frames */
    int64_t next_ms;  /* presentation time of the first of them */
    int64_t heard_us;
    int64_t due_us;   /* nominal moment of the next frame by the clock of AGORA_FAKE_CLOCK, 0 before the first */
    int64_t late_us;  /* how much later than that it comes */
    unsigned level;   /* 0..255: peak since the last volume indication */
} listener;

typedef struct {
    fake_channel *channel;
    connection_config config;
    char name[128], user[256];
    uint64_t id, key;
    int parameter; /* its address is the handle of the parameters */
    void *local_user;
    fake_slot *observer, *user_observer, *audio_observer; /* arrays in Python's memory */
    void *encoded_observer, *frame_observer;              /* objects whose first word is the slot array */
    void *capabilities;
    bool all_audio, all_video, encoded_only, intruder_told, joined, stop, running;
    char audio_users[512], video_users[512]; /* ",7,8," */
    int delivered, rate, channels, mixed_rate, mixed_channels, volume_ms;
    int64_t joined_us, volume_us;
    listener *listeners;
    pthread_t thread;
} connection;

extern bool labels_enabled; /* by the parameter che.audio.label.enable */

/* fake_receive.c */
void media_receive(connection *self, const fake_record *record);
void media_idle(connection *self);
void media_forget(connection *self);
connection *connection_of(const char *function, void *local_user);
connection_info info_of(connection *self, int state);

#define CALLBACK(slots, index, type, ...)                    \
    do {                                                     \
        if ((slots) && (slots)[index]) {                     \
            fake_enter_callback();                           \
            ((type)(slots)[index])(__VA_ARGS__);             \
            fake_leave_callback();                           \
        }                                                    \
    } while (0)

#endif
