/* codec.c: every question has an answer or a refusal, and the border at 360 lines is where it should be. */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core.h"

static agora_codec_answer ask(int requested, int direction, int input, uint32_t width, uint32_t height,
                              uint32_t carried, uint32_t encoders)
{
    agora_codec_query query = {requested, direction, input, width, height, carried, encoders};
    agora_codec_answer answer;
    assert(agora_codec_choose(&query, &answer) == AGORA_OK);
    assert(answer.reason && strlen(answer.reason) > 10);
    assert((answer.action == AGORA_REFUSE) == (answer.codec == AGORA_CODEC_NONE));
    return answer;
}

int main(void)
{
    const uint32_t all = 0x3e;
    assert(ask(AGORA_CODEC_AV1, AGORA_SEND, 0, 640, 360, all, all).codec == AGORA_CODEC_H264);
    assert(ask(AGORA_CODEC_AV1, AGORA_SEND, 0, 640, 361, all, all).codec == AGORA_CODEC_AV1);
    assert(ask(AGORA_CODEC_AV1, AGORA_SEND, 0, 361, UINT32_MAX, all, all).codec == AGORA_CODEC_AV1);
    assert(ask(AGORA_CODEC_AV1, AGORA_SEND, 0, 0, 0, all, all).codec == AGORA_CODEC_H264);
    assert(ask(AGORA_CODEC_H265, AGORA_SEND, AGORA_CODEC_H265, 1, 1, all, all).action == AGORA_TRANSCODE);
    assert(ask(AGORA_CODEC_H265, AGORA_RECEIVE, 0, 1, 1, all, 0).action == AGORA_PASS);

    /* Every combination of everything, around each border: no read outside the table, no empty answer. */
    const uint32_t sides[] = {0, 1, 359, 360, 361, 362, UINT32_MAX};
    for (int requested = AGORA_CODEC_H264; requested <= AGORA_CODEC_OTHER; requested++)
        for (int direction = AGORA_SEND; direction <= AGORA_RECEIVE; direction++)
            for (int input = AGORA_CODEC_NONE; input <= AGORA_CODEC_OTHER; input++)
                for (uint32_t set = 0; set < 128; set++)
                    for (int w = 0; w < 7; w++)
                        for (int h = 0; h < 7; h++)
                            ask(requested, direction, input, sides[w], sides[h], set, 127 - set);

    agora_codec_answer answer;
    const int wrong[] = {INT_MIN, -1, 0, 7, 64, INT_MAX};
    for (int i = 0; i < 6; i++) {
        agora_codec_query query = {wrong[i], AGORA_SEND, 0, 1, 1, all, all};
        assert(agora_codec_choose(&query, &answer) == AGORA_E_ARGUMENT);
        if (wrong[i] != 0) {
            agora_codec_query input = {AGORA_CODEC_H264, AGORA_SEND, wrong[i], 1, 1, all, all};
            assert(agora_codec_choose(&input, &answer) == AGORA_E_ARGUMENT);
            agora_codec_query direction = {AGORA_CODEC_H264, wrong[i] == 1 ? 2 : wrong[i], 0, 1, 1, all, all};
            assert(agora_codec_choose(&direction, &answer) == AGORA_E_ARGUMENT);
        }
    }
    puts("test_codec: ok");
    return 0;
}
