/* annexb.h - one packet of a container to one Annex-B access unit that a late joiner can decode, and back. */
#ifndef AGORA_ANNEXB_H
#define AGORA_ANNEXB_H

/* A stream's converter: 73 KB of the caller's. */
typedef struct {
    agora_sets sets;
    int32_t length_size; /* of the packets: 1, 2 or 4 bytes, 0 when they are Annex-B */
    uint32_t packets;    /* converted so far: names an access unit in agora_set.seen */
} agora_annexb;

/* What became of one packet. */
typedef struct {
    size_t size;     /* bytes of the access unit */
    size_t inserted; /* of these, parameter sets that the packet lacked, with their start codes */
    size_t offset;   /* on failure, the byte of the packet */
    uint32_t nals;   /* NAL units of the packet */
    int32_t keyframe; /* IDR (H.265: IRAP), recovery point, or the caller said so */
} agora_annexb_result;

/* Start with the codec extradata of a container: avcC, hvcC, Annex-B or nothing (see agora_extradata_list). */
int agora_annexb_init(agora_annexb *state, int codec, const uint8_t *extradata, size_t size, size_t *where);

/* Convert one packet. Each NAL unit gets a start code of four bytes; before a keyframe, the stored parameter sets that
 * it does not carry are inserted: behind an access unit delimiter, PPS behind the packet's own SPS. In-band sets
 * replace stored ones of their id.
 * With `out == packet` it is done in place, which needs length size 4 and no insertion; otherwise the buffers must
 * not overlap. AGORA_E_CAPACITY: `out` cannot hold (or, in place, cannot be) the result; result->size bytes can, and
 * the packet was not touched. No failure touches the packet.
 * O(NAL units) in place, O(size) otherwise; no allocation. */
int agora_annexb_convert(agora_annexb *state, const uint8_t *packet, size_t size, int keyframe, uint8_t *out,
                         size_t capacity, agora_annexb_result *result);

/* Annex-B to 4-byte lengths (ISO/IEC 14496-15). Returns the bytes needed and writes when `capacity` holds them.
 * AGORA_E_SYNTAX with `*where` when the data does not begin with a start code, -E_BEYOND for a NAL unit of 4 GB. */
int64_t agora_annexb_to_lengths(const uint8_t *data, size_t size, uint8_t *out, size_t capacity, size_t *where);

#endif
