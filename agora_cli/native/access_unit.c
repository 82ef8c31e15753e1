/* access_unit.c - an H.264 byte stream cut into access units (ITU-T H.264 7.4.1.2.3 and 7.4.1.2.4).
 *
 * Each NAL unit is judged once, by its first JUDGED_BYTES: does it open another access unit? So the end of a picture
 * is known when the next one begins to arrive, not when it is complete: a live picture waits for no whole frame. The
 * window is the same however the bytes come in pieces, and with it every answer. Only when a NAL unit is complete
 * are parameter sets stored and the slice's marking read.
 * Sizes: agora_splitter is 42 KB of the caller's; no allocation; each byte is scanned once.
 */
#include <string.h>

#include "bits.h"

/* Header and all that 7.4.1.2.4 compares: at most 35 bytes if every Exp-Golomb code is as long as it can be, and half
 * as many again for emulation prevention. */
#define JUDGED_BYTES 64

#define TYPE_SLICE 1
#define TYPE_PARTITION_A 2
#define TYPE_IDR 5
#define TYPE_SEI 6
#define TYPE_SPS 7
#define TYPE_PPS 8
#define TYPE_DELIMITER 9
#define TYPE_END_OF_SEQUENCE 10
#define TYPE_END_OF_STREAM 11
#define TYPE_PREFIX 14
#define TYPE_RESERVED_LAST 18 /* 15..18 open an access unit as a SPS does */

#define SLICE_TYPE_I 2
#define SLICE_TYPE_SI 4

static void begin_unit(agora_splitter *state, size_t start)
{
    state->unit = (agora_access_unit){.start = start, .recovery_frame_cnt = -1, .sps_id = -1, .intra = 1};
    state->closed = 0;
}

void agora_splitter_init(agora_splitter *state)
{
    memset(state, 0, sizeof *state);
    begin_unit(state, 0);
}

static size_t without_zeros(const uint8_t *nal, size_t size)
{
    while (size && nal[size - 1] == 0)
        size--;
    return size;
}

static int is_slice(int type)
{
    return type == TYPE_SLICE || type == TYPE_PARTITION_A || type == TYPE_IDR;
}

/* The NAL unit behind the start code at `code` is the one being read. */
static void begin_nal(agora_splitter *state, const uint8_t *data, size_t code)
{
    if (!state->held)
        state->boundary = code > 0 && data[code - 1] == 0 ? code - 1 : code;
    state->scanned = state->nal = code + 3;
    state->judged = 0;
}

/* Whether the slice just read begins another picture. One that cannot be read whole is judged by its macroblock. */
static int is_new_picture(const agora_splitter *state)
{
    if (state->slice_status == AGORA_E_ARGUMENT || (state->slice_status == AGORA_OK && state->first_status < 0))
        return state->slice.first_mb == 0 && state->slice.redundant_pic_cnt == 0;
    if (state->slice_status < 0 || state->slice.redundant_pic_cnt > 0)
        return 0;
    return agora_slice_differs(&state->first, &state->slice, state->active.sps[state->slice.sps_id].poc_type);
}

/* Whether the NAL unit whose first bytes are given opens an access unit. */
static int opens_unit(agora_splitter *state, const uint8_t *nal, size_t size)
{
    if (size == 0)
        return 0;
    int type = nal[0] & 0x1f, opens = 0;
    if (is_slice(type))
        state->slice_status = agora_slice_parse(&state->active, nal, size, &state->slice);
    if (state->unit.slices == 0)
        return 0;
    if (type == TYPE_PREFIX) {
        state->held++;
        return 0;
    }
    if (type != TYPE_END_OF_SEQUENCE && type != TYPE_END_OF_STREAM && state->closed)
        opens = 1;
    else if (is_slice(type))
        opens = is_new_picture(state);
    else
        opens = (type >= TYPE_SEI && type <= TYPE_DELIMITER) || (type > TYPE_PREFIX && type <= TYPE_RESERVED_LAST);
    if (!opens && state->held) {
        state->unit.nals += state->held;
        state->unit.types |= UINT32_C(1) << TYPE_PREFIX;
        state->held = 0;
    }
    return opens;
}

static void store_sps(agora_splitter *state, const uint8_t *nal, size_t size)
{
    agora_sps sps;
    size_t where;
    if (agora_sps_parse(AGORA_NAL_H264, nal, size, &sps, &where) < 0) {
        state->damaged++;
        return;
    }
    agora_active *active = &state->active;
    if (!active->sps_known[sps.id] || memcmp(&active->sps[sps.id], &sps, sizeof sps) != 0)
        state->sps_version++;
    active->sps_known[sps.id] = 1;
    active->sps[sps.id] = sps;
}

static void store_pps(agora_splitter *state, const uint8_t *nal, size_t size)
{
    agora_pps pps = {0};
    int id;
    if (agora_pps_parse(nal, size, &pps, &id) < 0)
        state->damaged++;
    else
        state->active.pps[id] = pps;
}

/* Add the slice that was judged to the access unit. */
static void add_slice(agora_splitter *state, const uint8_t *nal, size_t size)
{
    agora_access_unit *unit = &state->unit;
    agora_slice *slice = &state->slice, marking;
    state->damaged += state->slice_status < 0;
    if (slice->redundant_pic_cnt > 0)
        return;
    unit->intra &= slice->slice_type == SLICE_TYPE_I || slice->slice_type == SLICE_TYPE_SI;
    unit->idr |= slice->idr;
    unit->reference |= slice->ref_idc != 0;
    if (unit->slices++ > 0)
        return;
    if (state->slice_status == AGORA_OK && agora_slice_parse_marking(&state->active, nal, size, &marking) == AGORA_OK)
        slice->resets = marking.resets;
    state->first = *slice;
    state->first_status = state->slice_status;
}

/* The NAL unit being read is complete. */
static void complete_nal(agora_splitter *state, const uint8_t *nal, size_t size)
{
    if (size == 0)
        return;
    int type = nal[0] & 0x1f;
    if (type == TYPE_PREFIX && state->held)
        return; /* counted where it will belong */
    state->unit.nals++;
    state->unit.types |= UINT32_C(1) << type;
    if (type == TYPE_SPS)
        store_sps(state, nal, size);
    else if (type == TYPE_PPS)
        store_pps(state, nal, size);
    else if (type == TYPE_SEI)
        agora_nal_recovery_point(AGORA_NAL_H264, nal, size, &state->unit.recovery_frame_cnt);
    else if (is_slice(type))
        add_slice(state, nal, size);
    else if (type == TYPE_END_OF_SEQUENCE || type == TYPE_END_OF_STREAM)
        state->closed = 1;
}

/* Two fields of opposite parity, side by side, of one frame (definitions 3.30 and 3.31). */
static int completes_frame(const agora_splitter *state)
{
    const agora_slice *one = &state->before, *two = &state->first;
    return state->unpaired && two->field && one->field != two->field && one->frame_num == two->frame_num && !two->idr
           && !two->resets && (one->ref_idc == 0) == (two->ref_idc == 0);
}

/* The access unit being collected ends before `end`. */
static void finish_unit(agora_splitter *state, size_t end, agora_access_unit *out)
{
    agora_access_unit *unit = &state->unit;
    unit->end = end;
    unit->intra = unit->intra && unit->slices;
    int has_sps = unit->types >> TYPE_SPS & 1;
    unit->keyframe = unit->idr || unit->recovery_frame_cnt >= 0 || (unit->intra && has_sps);
    if (unit->slices && state->first_status == AGORA_OK) {
        const agora_slice *first = &state->first;
        unit->frame_num = first->frame_num;
        unit->field = first->field;
        unit->sps_id = first->sps_id;
        unit->second_field = completes_frame(state);
        state->unpaired = first->field && !unit->second_field;
        state->before = *first;
        state->epoch += first->idr || first->resets;
        unit->poc = agora_order_count(&state->order, &state->active.sps[first->sps_id], first);
        unit->poc_known = 1;
    } else if (unit->slices) {
        state->unpaired = 0;
        state->epoch += (uint32_t)unit->idr;
    }
    unit->epoch = state->epoch;
    *out = *unit;
}

/* The stream's end: the last access unit, if there is one. */
static int finish_stream(agora_splitter *state, size_t size, agora_access_unit *out)
{
    state->started = 0;
    state->scanned = size;
    if (state->held) {
        state->unit.nals += state->held;
        state->unit.types |= UINT32_C(1) << TYPE_PREFIX;
        state->held = 0;
    }
    if (state->unit.nals == 0)
        return 0;
    finish_unit(state, size, out);
    begin_unit(state, size);
    return 1;
}

/* Look for the start code behind which the stream begins. */
static int start_stream(agora_splitter *state, const uint8_t *data, size_t size)
{
    size_t code = agora_scan_start_code(data, size, state->scanned);
    if (code == size) {
        state->scanned = size > state->scanned + 2 ? size - 2 : state->scanned;
        return 0;
    }
    state->started = 1;
    begin_nal(state, data, code);
    begin_unit(state, state->boundary);
    return 1;
}

/* Judge the NAL unit being read, once enough of it is here; 1 when it ends an access unit, which is in `*out`. */
static int judge(agora_splitter *state, const uint8_t *data, size_t end, int complete, agora_access_unit *out)
{
    size_t size = end - state->nal;
    if (state->judged || (!complete && size < JUDGED_BYTES))
        return 0;
    state->judged = 1;
    size = without_zeros(data + state->nal, size < JUDGED_BYTES ? size : JUDGED_BYTES);
    if (!opens_unit(state, data + state->nal, size))
        return 0;
    finish_unit(state, state->boundary, out);
    begin_unit(state, state->boundary);
    state->unit.nals = state->held;
    state->unit.types = state->held ? UINT32_C(1) << TYPE_PREFIX : 0;
    state->held = 0;
    return 1;
}

int agora_splitter_next(agora_splitter *state, const uint8_t *data, size_t size, int final, agora_access_unit *out)
{
    if (!state->started && !start_stream(state, data, size))
        return 0;
    for (;;) {
        size_t code = agora_scan_start_code(data, size, state->scanned);
        int complete = code < size || final;
        state->scanned = code < size ? code : size > state->nal + 2 ? size - 2 : state->nal;
        if (judge(state, data, code, complete, out))
            return 1;
        if (!complete)
            return 0;
        complete_nal(state, data + state->nal, without_zeros(data + state->nal, code - state->nal));
        if (code == size)
            return finish_stream(state, size, out);
        begin_nal(state, data, code);
    }
}

size_t agora_splitter_done(const agora_splitter *state, size_t size)
{
    if (state->started)
        return state->unit.start;
    size_t done = state->scanned < size ? state->scanned : size;
    return done > 0 ? done - 1 : 0; /* a zero_byte of the first start code may stand there */
}

void agora_splitter_discard(agora_splitter *state, size_t bytes)
{
    state->scanned -= bytes;
    if (!state->started)
        return;
    state->unit.start -= bytes;
    state->boundary -= bytes;
    state->nal -= bytes;
}
