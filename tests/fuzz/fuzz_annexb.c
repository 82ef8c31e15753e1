/* The converter. Input: a byte of choices, u16 length and extradata, then packets, each behind its u16 length.
 *
 * Converted into a buffer of exactly the size asked for, and in place where that works, the bytes must be the same;
 * a refused packet must be unchanged; the way to lengths and back must end at the same NAL units.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MUST(truth) ((truth) ? (void)0 : abort())

typedef struct {
    const uint8_t *data;
    size_t size;
} piece;

static piece take(piece *from)
{
    piece out = {from->data, 0};
    if (from->size >= 2) {
        size_t length = (size_t)from->data[0] << 8 | from->data[1];
        out.size = length < from->size - 2 ? length : from->size - 2;
        out.data = from->data + 2;
        from->data += 2 + out.size;
        from->size -= 2 + out.size;
    } else {
        from->size = 0;
    }
    return out;
}

static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, data, size);
    return copy;
}

/* Lengths and back: the same bytes, as each NAL unit then has a start code of four. */
static void check_way_back(const uint8_t *unit, size_t size)
{
    size_t where;
    int64_t need = agora_annexb_to_lengths(unit, size, NULL, 0, &where);
    MUST(need >= 0);
    uint8_t *prefixed = malloc((size_t)need + 1);
    MUST(agora_annexb_to_lengths(unit, size, prefixed, (size_t)need, &where) == need);
    for (int64_t at = 0; at < need;) {
        int64_t length = (int64_t)prefixed[at] << 24 | prefixed[at + 1] << 16 | prefixed[at + 2] << 8 | prefixed[at + 3];
        MUST(length > 0 && length <= need - at - 4);
        at += 4 + length;
    }
    free(prefixed);
}

static void check_extradata(const agora_sets *sets)
{
    static uint8_t out[AGORA_SETS_BYTES + 2048];
    static agora_nal units[AGORA_SETS_MOST];
    int size = agora_extradata_build(sets, out, sizeof out), count = 0;
    MUST(size != AGORA_E_CAPACITY);
    if (size < 0)
        return;
    size_t where;
    int32_t length_size;
    count = agora_extradata_list(sets->codec, out, (size_t)size, units, AGORA_SETS_MOST, &length_size, &where);
    MUST(count >= 2 && length_size == 4 && where == (size_t)size);
}

static void check_packet(agora_annexb *state, piece packet, int keyframe)
{
    agora_annexb_result result, again;
    uint8_t *in_place = copy_of(packet.data, packet.size);
    int status = agora_annexb_convert(state, packet.data, packet.size, keyframe, NULL, 0, &result);
    if (status == AGORA_E_CAPACITY || status == AGORA_OK) {
        uint8_t *out = malloc(result.size + 1);
        MUST(agora_annexb_convert(state, packet.data, packet.size, keyframe, out, result.size, &again) == AGORA_OK);
        MUST(again.size == result.size && again.inserted == result.inserted);
        int same = agora_annexb_convert(state, in_place, packet.size, keyframe, in_place, packet.size, &again);
        MUST((same == AGORA_OK) == (packet.size == 0 || (state->length_size == 4 && result.inserted == 0)));
        MUST(memcmp(in_place, same == AGORA_OK ? out : packet.data, packet.size) == 0);
        if (result.nals)
            check_way_back(out, result.size);
        free(out);
    } else {
        MUST(status < 0 && result.offset <= packet.size);
        MUST(agora_annexb_convert(state, in_place, packet.size, keyframe, in_place, packet.size, &again) == status);
        MUST(memcmp(in_place, packet.data, packet.size) == 0);
    }
    free(in_place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static agora_annexb state;
    if (size < 3)
        return 0;
    piece left = {data + 1, size - 1}, extradata = take(&left);
    size_t where = 0;
    if (agora_annexb_init(&state, data[0] & 1, extradata.data, extradata.size, &where) < 0) {
        MUST(where <= extradata.size);
        return 0;
    }
    while (left.size > 0)
        check_packet(&state, take(&left), data[0] & 2);
    check_extradata(&state.sets);
    return 0;
}
