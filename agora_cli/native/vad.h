/* vad.h - the voice activity state machine of Agora's server SDK, in three rule sets. */
#ifndef AGORA_VAD_H
#define AGORA_VAD_H

/* longest queue of a configuration: one minute of frames */
#define AGORA_VAD_MAX_COUNT 6000

enum agora_vad_rules {
    AGORA_VAD_DOCUMENTED = 0, /* as the SDK's README tells it */
    AGORA_VAD_2_1 = 1,        /* as SDK 2.1.1 to 2.3.4 do it */
    AGORA_VAD_2_4 = 2         /* as SDK 2.4.0 to 2.4.10 do it */
};

enum agora_vad_state {
    AGORA_VAD_SILENT = 0,   /* nothing is emitted */
    AGORA_VAD_START = 1,    /* the queue is emitted, pre-roll first */
    AGORA_VAD_SPEAKING = 2, /* the frame itself is emitted */
    AGORA_VAD_STOP = 3      /* the frame itself is emitted, the last of its segment */
};

/* The parameters of AudioVadConfigV2, in its order, then the two that only rule set 2.4 reads. */
typedef struct {
    int32_t pre_start_recognize_count; /* 0..AGORA_VAD_MAX_COUNT frames */
    int32_t start_recognize_count;     /* 1..AGORA_VAD_MAX_COUNT frames */
    int32_t stop_recognize_count;      /* 1..AGORA_VAD_MAX_COUNT frames */
    double active_percent;             /* above 0, at most 1 */
    double inactive_percent;           /* above 0, at most 1 */
    int32_t start_voice_prob;          /* 0..100 */
    int32_t stop_voice_prob;           /* 0..100 */
    int32_t start_rms_threshold;       /* -100..0 dB */
    int32_t stop_rms_threshold;        /* -100..0 dB */
    int32_t adaptive_rms_threshold;    /* 0 or 1 */
    double adaptive_rms_factor;        /* above 0, at most 10 */
} agora_vad_config;

/* What the SDK tells about 10 ms of sound. */
typedef struct {
    int32_t far_field;  /* 1: speech of the near speaker */
    int32_t voice_prob; /* 0..100; 0 or 1 from SDK 2.4 on */
    int32_t rms;        /* 0..127: 127 + dBov */
    int32_t pitch;      /* Hz, 0: none */
    int32_t music_prob;
} agora_vad_frame;

/* What the machine made of a frame, and what it knew when it decided. */
typedef struct {
    int32_t state;         /* agora_vad_state */
    int32_t active;        /* 1: the frame was judged to be speech */
    int32_t emit_frames;   /* how many of the newest input frames are emitted, this one included */
    int32_t counted;       /* active frames while silent, inactive ones while speaking, ... */
    int32_t window;        /* ... among so many newest frames */
    int32_t queued;        /* frames in the queue, this one included, before a transition empties it */
    int32_t queue_size;    /* its capacity */
    int32_t rms_threshold; /* what the frame's rms was compared with */
} agora_vad_step;

typedef struct {
    agora_vad_config config;
    int32_t rules;
    int32_t speaking;
    int32_t queued;
    int32_t hits;          /* in the newest window frames */
    int32_t run;           /* consecutive hits up to now */
    int32_t head;          /* the oldest frame of the window in history */
    int64_t run_rms;       /* sum of rms over the run, while silent */
    int64_t reference_rms; /* rule set 2.4: mean rms of the run that fired the last start, 0: none yet */
    uint8_t history[AGORA_VAD_MAX_COUNT];
} agora_vad;

/* Make ready for the first frame of a stream. AGORA_E_ARGUMENT: a parameter or `rules` is out of range. */
int agora_vad_init(agora_vad *vad, int rules, const agora_vad_config *config);

/* Judge one frame. O(1). */
void agora_vad_process(agora_vad *vad, const agora_vad_frame *frame, agora_vad_step *step);

/* Judge `count` frames; `steps` has room for as many. O(count). */
void agora_vad_run(agora_vad *vad, const agora_vad_frame *frames, size_t count, agora_vad_step *steps);

#endif
