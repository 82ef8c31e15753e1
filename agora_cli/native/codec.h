/* codec.h - which video codec travels, and what must be done to get there. */
#ifndef AGORA_CODEC_H
#define AGORA_CODEC_H

enum agora_codec {
    AGORA_CODEC_NONE = 0, /* as an input: raw pictures */
    AGORA_CODEC_H264 = 1,
    AGORA_CODEC_H265 = 2,
    AGORA_CODEC_VP8 = 3,
    AGORA_CODEC_VP9 = 4,
    AGORA_CODEC_AV1 = 5,
    AGORA_CODEC_OTHER = 6 /* anything that no channel carries: MPEG-4 part 2, MJPEG, ProRes... */
};

enum agora_direction { AGORA_SEND = 0, AGORA_RECEIVE = 1 };

enum agora_action {
    AGORA_PASS = 0,      /* the input's own bytes travel */
    AGORA_ENCODE = 1,    /* raw pictures are encoded */
    AGORA_TRANSCODE = 2, /* the input is decoded and encoded again */
    AGORA_REFUSE = 3     /* nothing can be done; the codec is AGORA_CODEC_NONE */
};

/* A set of codecs is the sum of 1 << agora_codec. */
typedef struct {
    int requested;     /* agora_codec that is wanted in the channel, or that was announced to us */
    int direction;     /* agora_direction */
    int input;         /* sending: agora_codec of what we have; ignored when receiving */
    uint32_t width;    /* pixels of the picture as it is encoded; 0: not known */
    uint32_t height;
    uint32_t carried;  /* set: what the engine's channel carries */
    uint32_t encoders; /* set: what this machine can encode */
} agora_codec_query;

typedef struct {
    int codec;          /* agora_codec in the channel */
    int action;         /* agora_action */
    const char *reason; /* one line of English without a full stop; static, never NULL */
} agora_codec_answer;

/* Decide. Returns AGORA_OK, or AGORA_E_ARGUMENT for a codec or direction that is none. O(rows of the table). */
int agora_codec_choose(const agora_codec_query *query, agora_codec_answer *answer);

#endif
