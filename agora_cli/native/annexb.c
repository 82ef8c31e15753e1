/* annexb.c - one packet of a container to one Annex-B access unit, and back.
 *
 * Two walks over a packet: the first reads lengths and NAL headers only, so that a packet is refused before a byte of
 * it is changed; the second writes. In place the second touches four bytes a NAL unit, whatever the unit's size.
 * Why sets go before every keyframe and not only before IDR: an open-GOP or intra-refresh file has one IDR, and a
 * late joiner starts at a recovery point. Why not before every NAL unit: a decoder takes a SPS behind a slice for the
 * start of another picture (120 units of 8 slices decode as 148).
 * Sizes: agora_annexb is 73 KB of the caller's; no allocation.
 */
#include "bits.h"

#include <string.h>

#define START_CODE_BYTES 4

/* A walk over a packet of either format. */
typedef struct {
    const uint8_t *data;
    size_t size, at;
    int codec, length_size;
} walk;

/* What the first walk learns. Positions are numbers of NAL units: "in front of the n-th". */
typedef struct {
    uint32_t nals, behind_delimiter, behind_sps;
    int has_sets, has_picture, keyframe;
} survey;

/* The next NAL unit: 1, 0 at the end, or a failure at walk->at. */
static int next_unit(walk *in, agora_nal *out)
{
    if (in->length_size == 0)
        return agora_nal_next(in->codec, in->data, in->size, &in->at, out);
    size_t left = in->size - in->at, field = (size_t)in->length_size, length = 0;
    if (left == 0)
        return 0;
    if (left < field)
        return AGORA_E_TRUNCATED;
    for (size_t i = 0; i < field; i++)
        length = length << 8 | in->data[in->at + i];
    if (length == 0)
        return AGORA_E_ZERO_NAL;
    if (length > left - field)
        return AGORA_E_BEYOND;
    *out = (agora_nal){in->at + field, length, agora_nal_type(in->codec, in->data[in->at + field])};
    in->at += field + length;
    return 1;
}

/* Annex-B data must begin with a start code, zeros before it apart. */
static int check_start(const uint8_t *data, size_t size)
{
    size_t i = 0;
    while (i < size && data[i] == 0)
        i++;
    return i >= 2 && i < size && data[i] == 1 ? AGORA_OK : AGORA_E_SYNTAX;
}

static int is_picture(int codec, int type)
{
    return codec == AGORA_NAL_H265 ? type < 32 : type >= 1 && type <= 5;
}

/* Note one NAL unit of the packet. */
static void note(survey *seen, int codec, const uint8_t *nal, const agora_nal *unit)
{
    int hevc = codec == AGORA_NAL_H265, type = unit->type;
    int rank = agora_sets_rank(codec, type);
    int32_t count;
    seen->nals++;
    seen->has_sets |= rank != AGORA_RANK_NONE;
    if (is_picture(codec, type)) {
        seen->has_picture = 1;
        seen->keyframe |= hevc ? type >= 16 && type <= 23 : type == 5; /* IRAP; IDR */
    } else if (seen->nals == 1 && type == (hevc ? 35 : 9)) {
        seen->behind_delimiter = seen->behind_sps = 1;
    } else if (rank != AGORA_RANK_NONE && rank != AGORA_RANK_PPS && !seen->has_picture) {
        seen->behind_sps = seen->nals;
    } else if (type == (hevc ? 39 : 6) && !seen->keyframe) {
        seen->keyframe = agora_nal_recovery_point(codec, nal, unit->length, &count);
    }
}

/* Walk, check, learn; the state is not changed. */
static int look(const agora_annexb *state, const uint8_t *packet, size_t size, survey *seen, size_t *where)
{
    walk in = {packet, size, 0, state->sets.codec, state->length_size};
    agora_nal unit;
    int more = state->length_size ? AGORA_OK : check_start(packet, size);
    if (more == AGORA_OK)
        while ((more = next_unit(&in, &unit)) > 0)
            note(seen, in.codec, packet + unit.offset, &unit);
    *where = in.at;
    return more;
}

/* Store the packet's own sets. A set whose id cannot be read stays in the packet and is nobody's business. */
static int learn(agora_annexb *state, const uint8_t *packet, size_t size, size_t *where)
{
    walk in = {packet, size, 0, state->sets.codec, state->length_size};
    agora_nal unit;
    while (next_unit(&in, &unit) > 0) {
        if (agora_sets_rank(in.codec, unit.type) == AGORA_RANK_NONE)
            continue;
        int status = agora_sets_put(&state->sets, packet + unit.offset, unit.length, state->packets);
        *where = unit.offset;
        if (status == AGORA_E_UNSUPPORTED)
            return status;
    }
    return AGORA_OK;
}

static int lacks(const agora_annexb *state, const agora_set *set)
{
    return set->seen != state->packets;
}

static size_t missing_bytes(const agora_annexb *state)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < state->sets.count; i++)
        if (lacks(state, &state->sets.set[i]))
            bytes += START_CODE_BYTES + state->sets.set[i].length;
    return bytes;
}

static uint8_t *write_unit(uint8_t *to, const uint8_t *nal, size_t size)
{
    static const uint8_t code[START_CODE_BYTES] = {0, 0, 0, 1};
    memcpy(to, code, sizeof code);
    memcpy(to + sizeof code, nal, size);
    return to + sizeof code + size;
}

/* Write the missing sets that are PPS, or those that are not. */
static uint8_t *write_missing(const agora_annexb *state, int pps, uint8_t *to)
{
    for (uint32_t i = 0; i < state->sets.count; i++) {
        const agora_set *set = &state->sets.set[i];
        if (lacks(state, set) && (set->rank == AGORA_RANK_PPS) == pps)
            to = write_unit(to, state->sets.bytes + set->offset, set->length);
    }
    return to;
}

/* The second walk, into another buffer of enough room. Annex-B units keep the start codes that they have. */
static void write_all(const agora_annexb *state, const survey *seen, int insert, walk in, uint8_t *to)
{
    agora_nal unit;
    size_t from = 0;
    for (uint32_t n = 0;; n++) {
        if (insert && n == seen->behind_delimiter)
            to = write_missing(state, 0, to);
        if (insert && n == seen->behind_sps)
            to = write_missing(state, 1, to);
        if (next_unit(&in, &unit) <= 0)
            break;
        if (in.length_size) {
            to = write_unit(to, in.data + unit.offset, unit.length);
        } else {
            size_t end = in.at; /* the zero_byte of the next start code goes with the next unit */
            if (end < in.size && in.data[end - 1] == 0)
                end--;
            memcpy(to, in.data + from, end - from);
            to += end - from;
            from = end;
        }
    }
    if (in.length_size == 0) /* an empty unit at the end: kept, as all else */
        memcpy(to, in.data + from, in.size - from);
}

static void write_in_place(uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];
        data[at] = data[at + 1] = data[at + 2] = 0;
        data[at + 3] = 1;
        at += START_CODE_BYTES + length;
    }
}

int agora_annexb_init(agora_annexb *state, int codec, const uint8_t *extradata, size_t size, size_t *where)
{
    agora_nal units[AGORA_SETS_MOST];
    if (codec != AGORA_NAL_H264 && codec != AGORA_NAL_H265)
        return AGORA_E_ARGUMENT;
    agora_sets_init(&state->sets, codec);
    state->packets = 0;
    int count = agora_extradata_list(codec, extradata, size, units, AGORA_SETS_MOST, &state->length_size, where);
    for (int i = 0; i < count; i++) {
        int status = agora_sets_put(&state->sets, extradata + units[i].offset, units[i].length, 0);
        if (status < 0 && status != AGORA_E_ARGUMENT) { /* that is SEI in hvcC, or another layer's set */
            *where = units[i].offset;
            return status;
        }
    }
    return count < 0 ? count : AGORA_OK;
}

int agora_annexb_convert(agora_annexb *state, const uint8_t *packet, size_t size, int keyframe, uint8_t *out,
                         size_t capacity, agora_annexb_result *result)
{
    survey seen = {.keyframe = keyframe != 0};
    *result = (agora_annexb_result){0};
    if (size == 0)
        return AGORA_OK; /* and nothing to write: `out` may be NULL */
    int status = look(state, packet, size, &seen, &result->offset);
    if (status < 0)
        return status;
    state->packets += state->packets == UINT32_MAX ? 2 : 1; /* 0 means: from the extradata */
    if (seen.has_sets && (status = learn(state, packet, size, &result->offset)) < 0)
        return status;
    result->nals = seen.nals;
    result->keyframe = seen.keyframe;
    result->inserted = seen.keyframe ? missing_bytes(state) : 0;
    size_t grow = state->length_size ? START_CODE_BYTES - (size_t)state->length_size : 0; /* per NAL unit */
    result->size = size + result->inserted + seen.nals * grow;
    int in_place = out == packet;
    if (capacity < result->size || (in_place && (result->inserted || state->length_size != START_CODE_BYTES)))
        return AGORA_E_CAPACITY;
    walk in = {packet, size, 0, state->sets.codec, state->length_size};
    if (in_place)
        write_in_place(out, size);
    else
        write_all(state, &seen, result->inserted > 0, in, out);
    return AGORA_OK;
}

int64_t agora_annexb_to_lengths(const uint8_t *data, size_t size, uint8_t *out, size_t capacity, size_t *where)
{
    agora_nal unit;
    size_t need = 0, at = 0;
    *where = 0;
    if (size == 0)
        return 0;
    if (check_start(data, size) < 0)
        return AGORA_E_SYNTAX;
    while (agora_nal_next(AGORA_NAL_H264, data, size, &at, &unit)) {
        *where = unit.offset;
        if (unit.length > UINT32_MAX)
            return AGORA_E_BEYOND;
        need += START_CODE_BYTES + unit.length;
    }
    if (need > capacity)
        return (int64_t)need;
    for (at = 0; agora_nal_next(AGORA_NAL_H264, data, size, &at, &unit);) {
        for (int shift = 24; shift >= 0; shift -= 8)
            *out++ = (uint8_t)(unit.length >> shift);
        memcpy(out, data + unit.offset, unit.length);
        out += unit.length;
    }
    return (int64_t)need;
}
