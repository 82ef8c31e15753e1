/* extradata.c - decoder configuration records: avcC and hvcC.
 *
 * Sizes: no state beyond the stack, no allocation, linear. Lengths are checked before each read.
 */
#include "bits.h"

#include <string.h>

/* A reader over the record: position and the list being filled. */
typedef struct {
    const uint8_t *data;
    size_t size, at;
    agora_nal *out;
    size_t count, capacity;
    int codec;
} record;

/* Read one u16 length and the NAL unit behind it. */
static int read_unit(record *in)
{
    if (in->size - in->at < 2)
        return AGORA_E_TRUNCATED;
    size_t length = (size_t)in->data[in->at] << 8 | in->data[in->at + 1];
    if (length == 0)
        return AGORA_E_ZERO_NAL;
    if (length > in->size - in->at - 2)
        return AGORA_E_BEYOND;
    if (in->count == in->capacity)
        return AGORA_E_UNSUPPORTED;
    size_t begin = in->at + 2;
    in->out[in->count++] = (agora_nal){begin, length, agora_nal_type(in->codec, in->data[begin])};
    in->at = begin + length;
    return AGORA_OK;
}

/* Read `count` units. */
static int read_units(record *in, unsigned count)
{
    int status = AGORA_OK;
    while (count-- && status == AGORA_OK)
        status = read_unit(in);
    return status;
}

static int read_avcc(record *in)
{
    if (in->size < 7) {
        in->at = in->size;
        return AGORA_E_TRUNCATED;
    }
    in->at = 6;
    int status = read_units(in, in->data[5] & 0x1f);
    if (status == AGORA_OK && in->at == in->size)
        status = AGORA_E_TRUNCATED;
    if (status == AGORA_OK) {
        unsigned count = in->data[in->at++];
        status = read_units(in, count);
    }
    int profile = in->data[1]; /* from High on, four bytes more, which many writers leave out */
    if (status == AGORA_OK && profile != 66 && profile != 77 && profile != 88 && in->size - in->at >= 4) {
        in->at += 4;
        status = read_units(in, in->data[in->at - 1]);
    }
    return status;
}

static int read_hvcc(record *in)
{
    if (in->size < 23) {
        in->at = in->size;
        return AGORA_E_TRUNCATED;
    }
    in->at = 23;
    int status = AGORA_OK;
    for (int arrays = in->data[22]; arrays > 0 && status == AGORA_OK; arrays--) {
        if (in->size - in->at < 3)
            return AGORA_E_TRUNCATED;
        unsigned count = (unsigned)in->data[in->at + 1] << 8 | in->data[in->at + 2];
        in->at += 3;
        status = read_units(in, count);
    }
    return status;
}

/* Annex-B: zeros, then a start code; or nothing at all. */
static int read_annexb(record *in)
{
    size_t code = agora_scan_start_code(in->data, in->size, 0);
    for (size_t i = 0; i < code; i++)
        if (in->data[i] != 0)
            return AGORA_E_SYNTAX;
    if (in->size && code == in->size)
        return AGORA_E_SYNTAX;
    in->count = agora_nal_list(in->codec, in->data, in->size, &in->at, in->out, in->capacity);
    return in->at < in->size ? AGORA_E_UNSUPPORTED : AGORA_OK;
}

int agora_extradata_list(int codec, const uint8_t *extradata, size_t size, agora_nal *out, size_t capacity,
                         int32_t *length_size, size_t *where)
{
    record in = {extradata, size, 0, out, 0, capacity, codec};
    int status;
    *length_size = 0;
    if (size == 0 || extradata[0] != 1) {
        status = read_annexb(&in);
    } else {
        size_t at = codec == AGORA_NAL_H265 ? 21 : 4;
        status = codec == AGORA_NAL_H265 ? read_hvcc(&in) : read_avcc(&in);
        *length_size = size > at ? (extradata[at] & 3) + 1 : 0;
        if (*length_size == 3) { /* lengthSizeMinusOne is 0, 1 or 3: the one thing wrong that nothing else shows */
            in.at = at;
            status = AGORA_E_LENGTH_SIZE;
        }
    }
    *where = in.at;
    return status < 0 ? status : (int)in.count;
}

/* A writer that counts on when its buffer is full. */
typedef struct {
    uint8_t *out;
    size_t size, capacity;
} writer;

static void put(writer *to, unsigned byte)
{
    if (to->size < to->capacity)
        to->out[to->size] = (uint8_t)byte;
    to->size++;
}

static void put_bytes(writer *to, const uint8_t *data, size_t size)
{
    if (size <= to->capacity && to->size <= to->capacity - size)
        memcpy(to->out + to->size, data, size);
    to->size += size;
}

static unsigned count_of(const agora_sets *sets, int rank)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < sets->count; i++)
        count += sets->set[i].rank == rank;
    return count;
}

static void put_sets(writer *to, const agora_sets *sets, int rank)
{
    for (uint32_t i = 0; i < sets->count; i++) {
        if (sets->set[i].rank != rank)
            continue;
        put(to, sets->set[i].length >> 8);
        put(to, sets->set[i].length & 0xff);
        put_bytes(to, sets->bytes + sets->set[i].offset, sets->set[i].length);
    }
}

static int build_avcc(const agora_sets *sets, const agora_sps *sps, writer *to)
{
    put(to, 1);
    put(to, (unsigned)sps->profile_idc);
    put(to, (unsigned)sps->constraint_flags);
    put(to, (unsigned)sps->level_idc);
    put(to, 0xfc | 3);
    put(to, 0xe0 | count_of(sets, AGORA_RANK_SPS));
    put_sets(to, sets, AGORA_RANK_SPS);
    put(to, count_of(sets, AGORA_RANK_PPS));
    put_sets(to, sets, AGORA_RANK_PPS);
    if (sps->profile_idc != 66 && sps->profile_idc != 77 && sps->profile_idc != 88) {
        put(to, 0xfc | (unsigned)sps->chroma_format_idc);
        put(to, 0xf8 | (unsigned)(sps->bit_depth_luma - 8));
        put(to, 0xf8 | (unsigned)(sps->bit_depth_chroma - 8));
        put(to, count_of(sets, AGORA_RANK_SPS_EXTENSION));
        put_sets(to, sets, AGORA_RANK_SPS_EXTENSION);
    }
    /* 31 and 255 are what the counts' fields hold; 32 SPS or 256 PPS are legal in band only */
    return count_of(sets, AGORA_RANK_SPS) > 31 || count_of(sets, AGORA_RANK_PPS) > 255 ? AGORA_E_UNSUPPORTED : AGORA_OK;
}

static int build_hvcc(const agora_sets *sets, const agora_sps *sps, writer *to)
{
    static const uint8_t types[] = {32, 33, 34}, ranks[] = {AGORA_RANK_VPS, AGORA_RANK_SPS, AGORA_RANK_PPS};
    put(to, 1);
    put_bytes(to, sps->profile_tier_level, sizeof sps->profile_tier_level);
    put(to, 0xf0); /* min_spatial_segmentation_idc 0: not known */
    put(to, 0);
    put(to, 0xfc); /* parallelismType 0: not known */
    put(to, 0xfc | (unsigned)sps->chroma_format_idc);
    put(to, 0xf8 | (unsigned)(sps->bit_depth_luma - 8));
    put(to, 0xf8 | (unsigned)(sps->bit_depth_chroma - 8));
    put(to, 0); /* avgFrameRate 0: not said */
    put(to, 0);
    put(to, (unsigned)sps->max_sub_layers << 3 | (unsigned)sps->temporal_id_nested << 2 | 3);
    put(to, sizeof types);
    for (size_t i = 0; i < sizeof types; i++) {
        put(to, types[i]); /* array_completeness 0: sets may be in band too */
        put(to, 0);
        put(to, count_of(sets, ranks[i]));
        put_sets(to, sets, ranks[i]);
    }
    return count_of(sets, AGORA_RANK_VPS) ? AGORA_OK : AGORA_E_ARGUMENT;
}

int agora_extradata_build(const agora_sets *sets, uint8_t *out, size_t capacity)
{
    writer to = {out, 0, capacity};
    agora_sps sps;
    uint32_t first = 0;
    while (first < sets->count && sets->set[first].rank != AGORA_RANK_SPS)
        first++;
    if (first == sets->count || count_of(sets, AGORA_RANK_PPS) == 0)
        return AGORA_E_ARGUMENT;
    for (uint32_t i = 0; i < sets->count; i++)
        if (sets->set[i].length > 0xffff)
            return AGORA_E_UNSUPPORTED;
    size_t where;
    const agora_set *set = &sets->set[first];
    int status = agora_sps_parse(sets->codec, sets->bytes + set->offset, set->length, &sps, &where);
    if (status == AGORA_OK)
        status = sets->codec == AGORA_NAL_H265 ? build_hvcc(sets, &sps, &to) : build_avcc(sets, &sps, &to);
    if (status < 0)
        return status;
    return to.size > capacity ? AGORA_E_CAPACITY : (int)to.size;
}
