/* sets.c - the parameter sets of one video stream, the newest of each id.
 *
 * Sizes: agora_sets is 73 KB of the caller's; the bytes lie packed in one arena, in the order of arrival. Storing a
 * set that is there already (the usual case: an encoder repeats itself) is a search and a memcmp.
 */
#include <string.h>

#include "bits.h"

void agora_sets_init(agora_sets *sets, int codec)
{
    memset(sets, 0, offsetof(agora_sets, bytes));
    sets->codec = codec;
}

int agora_sets_rank(int codec, int nal_type)
{
    if (codec == AGORA_NAL_H265)
        return nal_type == 32   ? AGORA_RANK_VPS
               : nal_type == 33 ? AGORA_RANK_SPS
               : nal_type == 34 ? AGORA_RANK_PPS
                                : AGORA_RANK_NONE;
    return nal_type == 7    ? AGORA_RANK_SPS
           : nal_type == 8  ? AGORA_RANK_PPS
           : nal_type == 13 ? AGORA_RANK_SPS_EXTENSION
           : nal_type == 15 ? AGORA_RANK_SUBSET_SPS
                            : AGORA_RANK_NONE;
}

/* The id of an H.265 SPS lies behind the profile_tier_level: the SPS parser knows the way. */
static int hevc_sps_id(const uint8_t *nal, size_t size)
{
    agora_sps sps;
    size_t where;
    int status = agora_sps_parse(AGORA_NAL_H265, nal, size, &sps, &where);
    return status < 0 ? status : sps.id;
}

int agora_sets_id(int codec, int rank, const uint8_t *nal, size_t size)
{
    agora_bits bits = agora_bits_of(nal, size, codec == AGORA_NAL_H265 ? 2 : 1);
    uint32_t id;
    if (codec == AGORA_NAL_H265) {
        if (size > 1 && ((nal[0] & 1) || nal[1] >> 3))
            return AGORA_E_ARGUMENT; /* nuh_layer_id: ids of another layer are others */
        if (rank == AGORA_RANK_SPS)
            return hevc_sps_id(nal, size);
        id = rank == AGORA_RANK_VPS ? agora_bits_u(&bits, 4) : agora_bits_ue_to(&bits, 63);
    } else {
        if (rank == AGORA_RANK_SPS || rank == AGORA_RANK_SUBSET_SPS)
            agora_bits_u(&bits, 24); /* profile, constraints, level */
        id = agora_bits_ue_to(&bits, rank == AGORA_RANK_PPS ? 255 : 31);
    }
    return bits.status < 0 ? bits.status : (int)id;
}

/* Index of the first set that does not sort before (rank, id). */
static uint32_t position(const agora_sets *sets, int rank, int id)
{
    uint32_t i = 0;
    while (i < sets->count && (sets->set[i].rank < rank || (sets->set[i].rank == rank && sets->set[i].id < id)))
        i++;
    return i;
}

/* Take the bytes of set `index` out of the arena and close the gap. */
static void release(agora_sets *sets, uint32_t index)
{
    uint32_t offset = sets->set[index].offset, length = sets->set[index].length;
    memmove(sets->bytes + offset, sets->bytes + offset + length, sets->used - offset - length);
    sets->used -= length;
    for (uint32_t i = 0; i < sets->count; i++)
        if (sets->set[i].offset > offset)
            sets->set[i].offset -= length;
    sets->set[index].length = 0;
}

int agora_sets_put(agora_sets *sets, const uint8_t *nal, size_t size, uint32_t seen)
{
    int rank = size ? agora_sets_rank(sets->codec, agora_nal_type(sets->codec, nal[0])) : AGORA_RANK_NONE;
    if (rank == AGORA_RANK_NONE)
        return AGORA_E_ARGUMENT;
    int id = agora_sets_id(sets->codec, rank, nal, size);
    if (id < 0)
        return id;
    uint32_t at = position(sets, rank, id);
    agora_set *set = &sets->set[at];
    int known = at < sets->count && set->rank == rank && set->id == id;
    if (known && set->length == size && memcmp(sets->bytes + set->offset, nal, size) == 0) {
        set->seen = seen;
        return AGORA_OK;
    }
    uint32_t freed = known ? set->length : 0;
    if (size > AGORA_SETS_BYTES - (sets->used - freed) || (!known && sets->count == AGORA_SETS_MOST))
        return AGORA_E_UNSUPPORTED;
    if (known) {
        release(sets, at);
    } else {
        memmove(set + 1, set, (sets->count - at) * sizeof *set);
        sets->count++;
    }
    *set = (agora_set){sets->used, (uint32_t)size, seen, (uint8_t)rank, (uint8_t)id};
    memcpy(sets->bytes + sets->used, nal, size);
    sets->used += (uint32_t)size;
    return AGORA_OK;
}
