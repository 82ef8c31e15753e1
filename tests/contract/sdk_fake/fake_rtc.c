/* fake_rtc.c - service, connections, observers: who is there, and what happens when. */
#include "fake_rtc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The functions whose handle is not used are stubs; these are called through ctypes only. */
#define API __attribute__((visibility("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum { CONNECTED, DISCONNECTED, CONNECTING, RECONNECTING, RECONNECTED, LOST, WILL_EXPIRE = 8, DID_EXPIRE, FAILURE = 11,
       USER_JOINED, USER_LEFT, TRANSPORT_STATS, ERROR = 22, WARNING, ACCOUNT_UPDATED = 26, ENCRYPTION_ERROR = 28 };
enum { INTRA_REQUEST = 32 };
enum { FIRST_SALTED = 7, BROADCASTER = 1 };
enum { JOIN_SUCCESS = 1, LEAVE_CHANNEL = 5, SAME_UID = 19 };

typedef void (*info_reason)(void *, connection_info *, int);
typedef void (*number_text)(void *, int, const char *);
typedef void (*text_only)(void *, const char *);
typedef void (*text_number)(void *, const char *, int);

static int services;
bool labels_enabled;

API void *agora_service_create(void)
{
    if (services++)
        fake_violation("agora_service_create", "second service");
    return fake_call("agora_service_create", "", 0) ? NULL : fake_new("service", 8);
}

API long agora_service_initialize(void *service, service_config *config)
{
    bool injected;
    if (!fake_is("agora_service_initialize", service, "service"))
        return -7;
    return fake_trace(&injected, 0, "agora_service_initialize",
                      "\"%s\", {\"enable_video\": %d, \"area\": %u, \"scenario\": %d, \"string_uid\": %d, "
                      "\"domain_limit\": %d, \"log_level\": %d, \"channel_profile\": %d, \"log_kb\": %u, "
                      "\"data_dir\": \"%s\", \"config_dir\": \"%s\"}",
                      config->app_id, config->enable_video, config->area_code, config->audio_scenario,
                      config->use_string_uid, config->domain_limit, config->log_level, config->channel_profile,
                      config->log_file_size_kb, config->data_dir, config->config_dir);
}

API long agora_service_release(void *service)
{
    fake_call("agora_service_release", "", 0);
    fake_free("agora_service_release", service, "service");
    return 0;
}

API void *agora_service_get_agora_parameter(void *service)
{
    bool refused = fake_call("agora_service_get_agora_parameter", "", 0) != 0;
    return !refused && fake_is("agora_service_get_agora_parameter", service, "service") ? service : NULL;
}

API long agora_parameter_set_parameters(void *parameter, const char *json)
{
    bool injected;
    char quoted[1024];
    labels_enabled = labels_enabled || !strcmp(json, "{\"che.audio.label.enable\": true}");
    size_t length = 0;
    for (; *json && length < sizeof quoted - 2; json++) {
        if (*json == '"')
            quoted[length++] = '\\';
        quoted[length++] = *json;
    }
    quoted[length] = 0;
    if (!parameter)
        fake_violation("agora_parameter_set_parameters", "NULL parameter handle");
    return fake_trace(&injected, 0, "agora_parameter_set_parameters", "\"%s\"", quoted);
}

API void *agora_rtc_conn_create(void *service, connection_config *config)
{
    bool injected;
    fake_trace(&injected, 0, "agora_rtc_conn_create",
               "{\"auto_audio\": %d, \"auto_video\": %d, \"role\": %d, \"channel_profile\": %d, \"ports\": [%d, %d]}",
               config->auto_subscribe_audio, config->auto_subscribe_video, config->client_role_type,
               config->channel_profile, config->min_port, config->max_port);
    if (!fake_is("agora_rtc_conn_create", service, "service") || injected)
        return NULL;
    connection *self = fake_new("connection", sizeof *self);
    self->config = *config;
    self->all_audio = config->auto_subscribe_audio;
    self->all_video = config->auto_subscribe_video;
    self->id = fake_unique();
    self->rate = 16000;
    self->channels = 1;
    return self;
}

API void *agora_rtc_conn_get_local_user(connection *self)
{
    fake_call("agora_rtc_conn_get_local_user", "", 0);
    if (!fake_is("agora_rtc_conn_get_local_user", self, "connection"))
        return NULL;
    if (!self->local_user) {
        self->local_user = fake_new("local_user", sizeof(connection *));
        *(connection **)self->local_user = self;
    }
    return self->local_user;
}

connection *connection_of(const char *function, void *local_user)
{
    return fake_is(function, local_user, "local_user") ? *(connection **)local_user : NULL;
}

API void *agora_rtc_conn_get_agora_parameter(connection *self)
{
    fake_call("agora_rtc_conn_get_agora_parameter", "", 0);
    return fake_is("agora_rtc_conn_get_agora_parameter", self, "connection") ? &self->parameter : NULL;
}

API long agora_rtc_conn_create_data_stream(connection *self, int *stream, int reliable, int ordered)
{
    bool injected;
    long code = fake_trace(&injected, 0, "agora_rtc_conn_create_data_stream", "%d, %d", reliable, ordered);
    *stream = 1;
    return fake_is("agora_rtc_conn_create_data_stream", self, "connection") ? code : -7;
}

API long agora_rtc_conn_register_observer(connection *self, fake_slot *observer)
{
    if (!fake_is("agora_rtc_conn_register_observer", self, "connection"))
        return -7;
    self->observer = observer;
    return fake_call("agora_rtc_conn_register_observer", "", 0);
}

API long agora_rtc_conn_unregister_observer(connection *self)
{
    if (fake_is("agora_rtc_conn_unregister_observer", self, "connection"))
        self->observer = NULL;
    return fake_call("agora_rtc_conn_unregister_observer", "", 0);
}

API long agora_rtc_conn_enable_encryption(connection *self, int enabled, encryption_config *config)
{
    bool injected;
    long code = fake_trace(&injected, 0, "agora_rtc_conn_enable_encryption", "%d, {\"mode\": %d, \"salt0\": %d, "
                           "\"datastream\": %d}", enabled, config->mode, config->salt[0], config->datastream);
    if (!fake_is("agora_rtc_conn_enable_encryption", self, "connection") || injected)
        return code;
    /* Two sides understand each other only with one key, one mode and, where the mode has one, one salt. */
    self->key = 1469598103934665603u ^ (uint64_t)config->mode;
    for (const char *at = config->key; *at; at++)
        self->key = (self->key ^ (uint8_t)*at) * 1099511628211u;
    for (size_t at = 0; at < sizeof config->salt && config->mode >= FIRST_SALTED; at++)
        self->key = (self->key ^ config->salt[at]) * 1099511628211u;
    return code;
}

API long agora_rtc_conn_renew_token(connection *self, const char *token)
{
    bool injected;
    fake_is("agora_rtc_conn_renew_token", self, "connection");
    return fake_trace(&injected, 0, "agora_rtc_conn_renew_token", "\"%s\"", token);
}

connection_info info_of(connection *self, int state)
{
    return (connection_info){self->id, self->name, state, self->user, (unsigned)strtoul(self->user, NULL, 10)};
}

static void tell(connection *self, int slot, int state, int reason)
{
    connection_info info = info_of(self, state);
    CALLBACK(self->observer, slot, info_reason, self, &info, reason);
}

/* One event of AGORA_FAKE_SCRIPT. */
static void happen(connection *self, const char *event, int number)
{
    rtc_stats stats = {.gateway_rtt = number, .rx_loss = 3};
    if (!strcmp(event, "reconnecting"))
        tell(self, RECONNECTING, 4, number);
    else if (!strcmp(event, "reconnected"))
        tell(self, RECONNECTED, 3, number);
    else if (!strcmp(event, "lost"))
        tell(self, LOST, 4, number);
    else if (!strcmp(event, "failure"))
        tell(self, FAILURE, 5, number);
    else if (!strcmp(event, "disconnected"))
        tell(self, DISCONNECTED, 1, number);
    else if (!strcmp(event, "error"))
        CALLBACK(self->observer, ERROR, number_text, self, number, "scripted");
    else if (!strcmp(event, "warning"))
        CALLBACK(self->observer, WARNING, number_text, self, number, "scripted");
    else if (!strcmp(event, "will_expire"))
        CALLBACK(self->observer, WILL_EXPIRE, text_only, self, "old-token");
    else if (!strcmp(event, "did_expire"))
        CALLBACK(self->observer, DID_EXPIRE, void (*)(void *), self);
    else if (!strcmp(event, "encryption"))
        CALLBACK(self->observer, ENCRYPTION_ERROR, void (*)(void *, int), self, number);
    else if (!strcmp(event, "stats"))
        CALLBACK(self->observer, TRANSPORT_STATS, void (*)(void *, rtc_stats *), self, &stats);
    else if (!strcmp(event, "account"))
        CALLBACK(self->observer, ACCOUNT_UPDATED, void (*)(void *, unsigned, const char *), self, (unsigned)number,
                 "alice");
    else if (!strcmp(event, "capability"))
        CALLBACK((fake_slot *)self->capabilities, 0, void (*)(void *, void *, int), self, NULL, 0);
    else if (!strcmp(event, "intra"))
        CALLBACK(self->user_observer, INTRA_REQUEST, void (*)(void *), self->local_user);
    else if (!strcmp(event, "abort"))
        abort();
}

/* Let what is due of the script happen; `from` and `until` are microseconds after joining. */
static void play_script(connection *self, int64_t from, int64_t until)
{
    for (const char *at = getenv("AGORA_FAKE_SCRIPT"); at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        long ms;
        char event[32], user[256] = "";
        int number;
        if (sscanf(at, "%ld:%31[a-z_]:%d:%255[^,]", &ms, event, &number, user) < 3)
            abort();
        if (from <= ms * 1000 && ms * 1000 < until && (!*user || !strcmp(user, self->user)))
            happen(self, event, number);
    }
}

static void receive(connection *self, const fake_record *record)
{
    if (record->sender == self->id)
        return;
    if (record->kind == FAKE_JOIN && !strcmp(record->user, self->user))
        tell(self, FAILURE, 5, SAME_UID);
    else if (record->kind == FAKE_JOIN)
        CALLBACK(self->observer, USER_JOINED, text_only, self, record->user);
    else if (record->kind == FAKE_LEAVE)
        CALLBACK(self->observer, USER_LEFT, text_number, self, record->user, (int)record->number[0]);
    else if (record->kind == FAKE_INTRA) {
        if (!strcmp(record->target, self->user))
            CALLBACK(self->user_observer, INTRA_REQUEST, void (*)(void *), self->local_user);
    } else if (record->key == self->key)
        media_receive(self, record);
    else if (!self->intruder_told) {
        self->intruder_told = true;
        CALLBACK(self->observer, ENCRYPTION_ERROR, void (*)(void *, int), self, 1);
    }
}

/* Tell the others. Who only listens is nobody that anybody is told of. */
static void announce(connection *self, uint32_t kind)
{
    if (self->config.client_role_type != BROADCASTER)
        kind = FAKE_SILENT;
    fake_record record = {.kind = kind, .sender = self->id};
    snprintf(record.user, sizeof record.user, "%s", self->user);
    fake_channel_put(self->channel, &record, "", "");
}

/* Tell who was there before us: every join without its leave. */
static void read_the_past(connection *self)
{
    enum { MEMBERS = 256 };
    struct { uint64_t sender; char user[256]; } *present = calloc(MEMBERS, sizeof *present);
    for (fake_record *record; (record = fake_channel_next(self->channel)); free(record)) {
        if ((record->kind == FAKE_JOIN || record->kind == FAKE_SILENT) && record->sender == self->id) {
            free(record);
            break;
        }
        for (int at = 0; at < MEMBERS && (record->kind == FAKE_JOIN || record->kind == FAKE_LEAVE); at++)
            if (present[at].sender == (record->kind == FAKE_JOIN ? 0 : record->sender)) {
                present[at].sender = record->kind == FAKE_JOIN ? record->sender : 0;
                snprintf(present[at].user, sizeof present[at].user, "%s", record->user);
                break;
            }
    }
    for (int at = 0; at < MEMBERS; at++)
        if (present[at].sender)
            CALLBACK(self->observer, USER_JOINED, text_only, self, present[at].user);
    free(present);
}

static bool refused(connection *self)
{
    const char *outcome = getenv("AGORA_FAKE_CONNECT");
    if (!outcome)
        return false;
    usleep(5000);
    int number = strchr(outcome, ':') ? atoi(strchr(outcome, ':') + 1) : 0;
    if (!strncmp(outcome, "failure", 7))
        tell(self, FAILURE, 5, number);
    else if (!strncmp(outcome, "disconnected", 12))
        tell(self, DISCONNECTED, 1, number);
    else if (!strncmp(outcome, "error", 5))
        CALLBACK(self->observer, ERROR, number_text, self, number, "scripted");
    return true;
}

static void *run(void *argument)
{
    connection *self = argument;
    if (!refused(self)) {
        tell(self, CONNECTING, 2, 0);
        announce(self, FAKE_JOIN);
        self->joined = true;
        tell(self, CONNECTED, 3, JOIN_SUCCESS);
        read_the_past(self);
        int64_t played = 0;
        self->joined_us = fake_now_us();
        while (!self->stop) {
            int64_t now = fake_now_us() - self->joined_us + 1;
            play_script(self, played, now);
            played = now;
            fake_record *record = fake_channel_next(self->channel);
            if (record)
                receive(self, record);
            else {
                media_idle(self);
                usleep(1000);
            }
            free(record);
        }
    }
    while (!self->stop)
        usleep(1000);
    if (self->joined) {
        announce(self, FAKE_LEAVE);
        self->joined = false;
    }
    tell(self, DISCONNECTED, 1, LEAVE_CHANNEL);
    return NULL;
}

static void stop(connection *self)
{
    if (!self->running)
        return;
    self->stop = true;
    pthread_join(self->thread, NULL);
    self->running = false;
    fake_channel_close(self->channel);
    media_forget(self);
}

API long agora_rtc_conn_connect(connection *self, const char *token, const char *channel, const char *user)
{
    bool injected;
    long code = fake_trace(&injected, 0, "agora_rtc_conn_connect", "\"%s\", \"%s\", \"%s\"", token, channel, user);
    if (!fake_is("agora_rtc_conn_connect", self, "connection") || injected)
        return code;
    if (self->running && !self->stop)
        fake_violation("agora_rtc_conn_connect", "connected already");
    stop(self); /* the thread of an earlier connect, of a connection that is used again */
    snprintf(self->name, sizeof self->name, "%s", channel);
    if (!strcmp(user, "0"))
        snprintf(self->user, sizeof self->user, "%u", (unsigned)(fake_unique() % 1000000 + 1000000));
    else
        snprintf(self->user, sizeof self->user, "%s", user);
    self->channel = fake_channel_open(channel);
    self->stop = false;
    self->running = !pthread_create(&self->thread, NULL, run, self);
    return code;
}

API long agora_rtc_conn_disconnect(connection *self)
{
    long code = fake_call("agora_rtc_conn_disconnect", "", 0);
    if (fake_is("agora_rtc_conn_disconnect", self, "connection"))
        self->stop = true; /* on_disconnected comes from the connection's own thread, later */
    return code;
}

API void agora_rtc_conn_destroy(connection *self)
{
    fake_call("agora_rtc_conn_destroy", "", 0);
    if (!fake_is("agora_rtc_conn_destroy", self, "connection"))
        return;
    stop(self);
    if (self->local_user)
        fake_free("agora_rtc_conn_destroy", self->local_user, "local_user");
    fake_free("agora_rtc_conn_destroy", self, "connection");
}

API long fake_sizeof(const char *name)
{
    static const struct { const char *name; size_t size; } sizes[] = {
        {"AgoraServiceConfigInner", sizeof(service_config)},
        {"RTCConnConfigInner", sizeof(connection_config)},
        {"RTCConnInfoInner", sizeof(connection_info)},
        {"SenderOptionsInner", sizeof(sender_options)},
        {"VideoEncoderConfigurationInner", sizeof(encoder_config)},
        {"SimulcastStreamConfigInner", sizeof(simulcast_config)},
        {"EncryptionConfigInner", sizeof(encryption_config)},
        {"VideoSubscriptionOptionsInner", sizeof(video_subscription)},
        {"EncodedVideoFrameInfoInner", sizeof(encoded_video_info)},
        {"EncodedAudioFrameInfoInner", sizeof(encoded_audio_info)},
        {"AudioFrameInner", sizeof(audio_frame)},
        {"ExternalVideoFrameInner", sizeof(external_video_frame)},
        {"VideoFrameInner", sizeof(video_frame)},
        {"AudioVolumeInfoInner", sizeof(volume_info)},
        {"RTCStatsInner", sizeof(rtc_stats)},
    };
    for (size_t at = 0; at < sizeof sizes / sizeof *sizes; at++)
        if (!strcmp(sizes[at].name, name))
            return (long)sizes[at].size;
    return -1;
}
