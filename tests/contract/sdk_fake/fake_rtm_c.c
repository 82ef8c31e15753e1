/* fake_rtm_c.c - libagora_rtm_sdk_c.so of the fake: log in, subscribe and publish over channels in files.
 *
 * Each client has a thread that answers requests and hands on messages, as the real library does. A channel
 * is the file "rtm-c-<name>", a user's own the file "rtm-u-<name>"; who is logged in is in "rtm-users".
 * AGORA_FAKE_RTM_EXPIRE tells the client after its login that its token is about to expire.
 * AGORA_FAKE_RTM_LINK "state:reason" makes the first message that arrives be followed by that link event.
 */
#define _GNU_SOURCE
#include "fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RTM_MESSAGE = FAKE_OTHER, RTM_LOGIN, RTM_LOGOUT };
enum { CHANNELS = 64, ANSWERS = 4096, OFFLINE = -11033 };

/* The callbacks that are used, by their place in the table (RtmEventHandlerInner). */
enum { ON_MESSAGE = 0, ON_WILL_EXPIRE = 11, ON_SUBSCRIBE = 12, ON_UNSUBSCRIBE = 13, ON_PUBLISH = 14, ON_LOGIN = 15, ON_LINK = 38,
       ON_LOGOUT = 40, ON_RENEW };

typedef struct {
    const char *app_id, *user_id;
    int area, protocol;
    uint32_t presence_timeout, heartbeat;
    void *context;
    bool string_user, multipath, isp;
    void (**handler)(void);
} config;

typedef struct {
    int channel_type, message_type;
    const char *custom_type;
    bool store;
} publish_options;

typedef struct {
    int channel_type, message_type;
    const char *channel, *topic, *message;
    size_t length;
    const char *publisher, *custom_type;
} message_event;

typedef struct {
    int state, previous, service, operation, reason_code;
    const char *reason;
    const char **affected;
    size_t affected_count;
    const char **unrestored;
    size_t unrestored_count;
    bool resumed;
    uint64_t timestamp;
} link_event;

typedef struct {
    int callback, code;
    uint64_t request;
    char name[128];
} answer;

typedef struct {
    void (**handler)(void);
    char user[128];
    uint64_t sender;
    pthread_t thread;
    pthread_mutex_t lock;
    bool stop;
    uint64_t requests;
    struct {
        char name[128];
        int type; /* 0: free */
        fake_channel *channel;
    } channels[CHANNELS];
    answer answers[ANSWERS];
    unsigned asked, answered;
} client;

typedef void (*on_result)(void *, uint64_t, int);
typedef void (*on_renew)(void *, uint64_t, int, const char *, int);
typedef void (*on_text)(void *, const char *);
typedef void (*on_named_result)(void *, uint64_t, const char *, int);
typedef void (*on_message)(void *, message_event *);
typedef void (*on_link)(void *, link_event *);

int fake_rtm_loaded(void);

static fake_channel *open_rtm(const char *kind, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "rtm-%s-%s", kind, name);
    return fake_channel_open(path);
}

static void put(const client *self, fake_channel *channel, int kind, int type, const void *data, size_t length)
{
    fake_record record = {.kind = (uint32_t)kind, .sender = self->sender, .length = (uint32_t)length};
    snprintf(record.user, sizeof record.user, "%s", self->user);
    record.number[0] = type;
    fake_channel_put(channel, &record, data, NULL);
}

static void put_presence(const client *self, int kind)
{
    fake_channel *users = fake_channel_open("rtm-users");
    put(self, users, kind, 0, "", 0);
    fake_channel_close(users);
}

static bool is_online(const char *user)
{
    fake_channel *users = fake_channel_open("rtm-users");
    int logins = 0;
    for (fake_record *record; (record = fake_channel_next(users)); free(record))
        if (!strcmp(record->user, user))
            logins += record->kind == RTM_LOGIN ? 1 : -1;
    fake_channel_close(users);
    return logins > 0;
}

static void deliver_answers(client *self)
{
    for (;;) {
        pthread_mutex_lock(&self->lock);
        bool any = self->answered != self->asked;
        answer next = any ? self->answers[self->answered++ % ANSWERS] : (answer){0};
        pthread_mutex_unlock(&self->lock);
        if (!any)
            return;
        fake_enter_callback();
        if (next.callback == ON_RENEW)
            ((on_renew)self->handler[ON_RENEW])(self->handler, next.request, 1, "", next.code);
        else if (next.callback == ON_SUBSCRIBE || next.callback == ON_UNSUBSCRIBE)
            ((on_named_result)self->handler[next.callback])(self->handler, next.request, next.name, next.code);
        else
            ((on_result)self->handler[next.callback])(self->handler, next.request, next.code);
        if (next.callback == ON_LOGIN && !next.code && getenv("AGORA_FAKE_RTM_EXPIRE"))
            ((on_text)self->handler[ON_WILL_EXPIRE])(self->handler, "");
        fake_leave_callback();
    }
}

static void deliver_link(client *self)
{
    static bool done;
    const char *link = getenv("AGORA_FAKE_RTM_LINK");
    if (!link || done)
        return;
    done = true;
    link_event event = {.state = atoi(link), .reason_code = atoi(strchr(link, ':') + 1), .reason = "told by the test"};
    fake_enter_callback();
    ((on_link)self->handler[ON_LINK])(self->handler, &event);
    fake_leave_callback();
}

static void deliver_messages(client *self)
{
    for (int i = 0; i < CHANNELS; i++) {
        for (;;) {
            pthread_mutex_lock(&self->lock);
            fake_record *record = self->channels[i].type ? fake_channel_next(self->channels[i].channel) : NULL;
            message_event event = {.channel_type = self->channels[i].type, .channel = self->channels[i].name};
            pthread_mutex_unlock(&self->lock);
            if (!record)
                break;
            if (record->sender != self->sender) {
                event.message_type = (int)record->number[0];
                event.message = (const char *)(record + 1);
                event.length = record->length;
                event.publisher = record->user;
                fake_enter_callback();
                ((on_message)self->handler[ON_MESSAGE])(self->handler, &event);
                fake_leave_callback();
                deliver_link(self);
            }
            free(record);
        }
    }
}

static void *run(void *of)
{
    client *self = of;
    while (!self->stop) {
        deliver_answers(self);
        deliver_messages(self);
        usleep(1000);
    }
    deliver_answers(self);
    return NULL;
}

static int ask(client *self, int callback, int code, const char *name, uint64_t *request)
{
    pthread_mutex_lock(&self->lock);
    *request = ++self->requests;
    answer *made = &self->answers[self->asked++ % ANSWERS];
    *made = (answer){.callback = callback, .code = code, .request = *request};
    snprintf(made->name, sizeof made->name, "%s", name);
    pthread_mutex_unlock(&self->lock);
    return 0;
}

/* Listen to a channel from its end on. */
static void listen_to(client *self, const char *kind, const char *name, int type)
{
    fake_channel *channel = open_rtm(kind, name);
    for (fake_record *old; (old = fake_channel_next(channel));)
        free(old);
    pthread_mutex_lock(&self->lock);
    for (int i = 0; i < CHANNELS; i++)
        if (!self->channels[i].type) {
            snprintf(self->channels[i].name, sizeof self->channels[i].name, "%s", name);
            self->channels[i].channel = channel;
            self->channels[i].type = type;
            break;
        }
    pthread_mutex_unlock(&self->lock);
}

/* An injected code is the request's answer, not the call's: that is how the real library refuses. */
static int injected(const char *function, const char *arguments)
{
    return (int)fake_call(function, arguments, 0);
}

void *agora_rtm_client_create(const config *made, int *code)
{
    char arguments[400];
    snprintf(arguments, sizeof arguments, "\"%s\", \"%s\"", made->app_id, made->user_id);
    *code = (int)fake_call("agora_rtm_client_create", arguments, 0);
    if (*code || !fake_rtm_loaded())
        return NULL;
    client *self = fake_new("rtm_client", sizeof *self);
    self->handler = made->handler;
    snprintf(self->user, sizeof self->user, "%s", made->user_id);
    self->sender = fake_unique();
    pthread_mutex_init(&self->lock, NULL);
    pthread_create(&self->thread, NULL, run, self);
    return self;
}

int agora_rtm_client_release(client *self)
{
    int code = (int)fake_call("agora_rtm_client_release", "", 0);
    if (!fake_is("agora_rtm_client_release", self, "rtm_client"))
        return -10018;
    self->stop = true;
    pthread_join(self->thread, NULL);
    fake_free("agora_rtm_client_release", self, "rtm_client");
    return code;
}

int agora_rtm_client_login(client *self, const char *token, uint64_t *request)
{
    char arguments[3000];
    snprintf(arguments, sizeof arguments, "\"%s\"", token);
    int code = injected("agora_rtm_client_login", arguments);
    if (!code) {
        listen_to(self, "u", self->user, 3);
        put_presence(self, RTM_LOGIN);
    }
    return ask(self, ON_LOGIN, code, "", request);
}

int agora_rtm_client_renew_token(client *self, const char *token, uint64_t *request)
{
    char arguments[3000];
    fake_is("agora_rtm_client_renew_token", self, "rtm_client");
    snprintf(arguments, sizeof arguments, "\"%s\"", token);
    return ask(self, ON_RENEW, injected("agora_rtm_client_renew_token", arguments), "", request);
}

int agora_rtm_client_logout(client *self, uint64_t *request)
{
    int code = injected("agora_rtm_client_logout", "");
    put_presence(self, RTM_LOGOUT);
    return ask(self, ON_LOGOUT, code, "", request);
}

int agora_rtm_client_subscribe(client *self, const char *channel, const void *options, uint64_t *request)
{
    char arguments[300];
    const bool *wanted = options;
    snprintf(arguments, sizeof arguments, "\"%s\", %d, %d", channel, wanted[0], wanted[2]);
    int code = injected("agora_rtm_client_subscribe", arguments);
    if (!code)
        listen_to(self, "c", channel, 1);
    return ask(self, ON_SUBSCRIBE, code, channel, request);
}

int agora_rtm_client_unsubscribe(client *self, const char *channel, uint64_t *request)
{
    int code = injected("agora_rtm_client_unsubscribe", "");
    pthread_mutex_lock(&self->lock);
    for (int i = 0; i < CHANNELS; i++)
        if (self->channels[i].type == 1 && !strcmp(self->channels[i].name, channel)) {
            self->channels[i].type = 0;
            fake_channel_close(self->channels[i].channel);
        }
    pthread_mutex_unlock(&self->lock);
    return ask(self, ON_UNSUBSCRIBE, code, channel, request);
}

int agora_rtm_client_publish(client *self, const char *name, const char *message, size_t length,
                             const publish_options *options, uint64_t *request)
{
    char arguments[300];
    snprintf(arguments, sizeof arguments, "\"%s\", %zu, %d, %d, %d", name, length, options->channel_type,
             options->message_type, options->store);
    int code = injected("agora_rtm_client_publish", arguments);
    if (!code && options->channel_type == 3 && !is_online(name))
        code = OFFLINE;
    if (!code) {
        fake_channel *channel = open_rtm(options->channel_type == 3 ? "u" : "c", name);
        put(self, channel, RTM_MESSAGE, options->message_type, message, length);
        fake_channel_close(channel);
    }
    return ask(self, ON_PUBLISH, code, "", request);
}

const char *agora_rtm_client_get_error_reason(int code)
{
    return code ? "the fake says so" : "";
}
