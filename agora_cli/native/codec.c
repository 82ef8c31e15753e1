/* codec.c - the codec matrix as one table, and the few lines that read it.
 *
 * What a channel takes and gives: H264, VP8 and VP9 both ways; H265 is received only; AV1 both ways, but it
 * is sent only with more than 360 lines on the shorter side (so a portrait picture counts too), else H264
 * is sent instead. A picture of unknown size counts as small: H264 is understood by everybody.
 *
 * The first row that fits the question decides which codec travels. Then, when sending:
 *
 *   that codec is what we have already -> pass
 *   nothing here encodes it            -> refuse
 *   we have raw pictures               -> encode
 *   we have another codec              -> transcode
 *
 * Sizes: 14 rows of 32 bytes; no allocation, no state; linear in the rows.
 */
#include "core.h"

#define AV1_SENT_ABOVE 360u
#define ANY_SIZE 0u, UINT32_MAX
#define SMALL 0u, AV1_SENT_ABOVE
#define LARGE AV1_SENT_ABOVE + 1u, UINT32_MAX

typedef struct {
    int requested;
    int direction;
    uint32_t shorter_min; /* of the shorter side, both inclusive */
    uint32_t shorter_max;
    int codec;
    const char *reason;
} rule;

static const rule MATRIX[] = {
    {AGORA_CODEC_H264, AGORA_SEND, ANY_SIZE, AGORA_CODEC_H264, "H264 is sent at any size"},
    {AGORA_CODEC_H265, AGORA_SEND, ANY_SIZE, AGORA_CODEC_H264, "H265 can only be received: H264 is sent instead"},
    {AGORA_CODEC_VP8, AGORA_SEND, ANY_SIZE, AGORA_CODEC_VP8, "VP8 is sent at any size"},
    {AGORA_CODEC_VP9, AGORA_SEND, ANY_SIZE, AGORA_CODEC_VP9, "VP9 is sent at any size"},
    {AGORA_CODEC_AV1, AGORA_SEND, 0u, 0u, AGORA_CODEC_H264,
     "AV1 is sent only above 360 lines on the shorter side and the size is not known: H264 is sent instead"},
    {AGORA_CODEC_AV1, AGORA_SEND, SMALL, AGORA_CODEC_H264,
     "AV1 is sent only above 360 lines on the shorter side: H264 is sent instead"},
    {AGORA_CODEC_AV1, AGORA_SEND, LARGE, AGORA_CODEC_AV1, "AV1 is sent above 360 lines on the shorter side"},
    {AGORA_CODEC_OTHER, AGORA_SEND, ANY_SIZE, AGORA_CODEC_H264,
     "no channel carries this codec: H264 is sent instead"},

    {AGORA_CODEC_H264, AGORA_RECEIVE, ANY_SIZE, AGORA_CODEC_H264, "H264 is received at any size"},
    {AGORA_CODEC_H265, AGORA_RECEIVE, ANY_SIZE, AGORA_CODEC_H265, "H265 is received at any size, never sent"},
    {AGORA_CODEC_VP8, AGORA_RECEIVE, ANY_SIZE, AGORA_CODEC_VP8, "VP8 is received at any size"},
    {AGORA_CODEC_VP9, AGORA_RECEIVE, ANY_SIZE, AGORA_CODEC_VP9, "VP9 is received at any size"},
    {AGORA_CODEC_AV1, AGORA_RECEIVE, ANY_SIZE, AGORA_CODEC_AV1,
     "AV1 is received at any size; the limit of 360 lines is the sender's"},
    {AGORA_CODEC_OTHER, AGORA_RECEIVE, ANY_SIZE, AGORA_CODEC_NONE, "no channel carries this codec"},
};

static int has(uint32_t set, int codec)
{
    return (int)(set >> codec & 1u);
}

static int refuse(agora_codec_answer *answer, const char *reason)
{
    answer->codec = AGORA_CODEC_NONE;
    answer->action = AGORA_REFUSE;
    answer->reason = reason;
    return AGORA_OK;
}

/* `answer` holds the codec that travels: what has to be done to what we have? */
static int act(const agora_codec_query *query, agora_codec_answer *answer)
{
    if (query->direction == AGORA_RECEIVE || query->input == answer->codec)
        answer->action = AGORA_PASS;
    else if (!has(query->encoders, answer->codec))
        return refuse(answer, "this machine has no encoder for the codec that would be sent");
    else
        answer->action = query->input == AGORA_CODEC_NONE ? AGORA_ENCODE : AGORA_TRANSCODE;
    return AGORA_OK;
}

int agora_codec_choose(const agora_codec_query *query, agora_codec_answer *answer)
{
    uint32_t shorter = query->width < query->height ? query->width : query->height;
    if (query->input < AGORA_CODEC_NONE || query->input > AGORA_CODEC_OTHER)
        return AGORA_E_ARGUMENT;
    for (size_t i = 0; i < sizeof MATRIX / sizeof MATRIX[0]; i++) {
        const rule *row = &MATRIX[i];
        if (row->requested != query->requested || row->direction != query->direction ||
            shorter < row->shorter_min || shorter > row->shorter_max)
            continue;
        answer->codec = row->codec;
        answer->reason = row->reason;
        if (row->codec == AGORA_CODEC_NONE)
            return refuse(answer, row->reason);
        if (has(query->carried, row->codec))
            return act(query, answer);
        if (query->direction == AGORA_RECEIVE || !has(query->carried, AGORA_CODEC_H264))
            return refuse(answer, "the engine does not carry this codec");
        answer->codec = AGORA_CODEC_H264;
        answer->reason = "the engine does not carry this codec: H264 is sent instead";
        return act(query, answer);
    }
    return AGORA_E_ARGUMENT;
}
