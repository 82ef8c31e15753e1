/* sets.h - the parameter sets of one video stream, the newest of each id. */
#ifndef AGORA_SETS_H
#define AGORA_SETS_H

/* H.264 has 32 SPS, 32 extensions, 32 subset SPS and 256 PPS; a usual stream has two sets of 40 bytes together. */
#define AGORA_SETS_MOST 352
#define AGORA_SETS_BYTES 65536

/* One stored set. `rank` sorts them into an order that a decoder can read: VPS, SPS, their extensions, PPS. */
typedef struct {
    uint32_t offset, length; /* in agora_sets.bytes */
    uint32_t seen;           /* the access unit that carried it last, as agora_sets_put was told */
    uint8_t rank, id;
} agora_set;

/* The store: 73 KB of the caller's, cleared by agora_sets_init. Sets are kept sorted by rank and id. */
typedef struct {
    int32_t codec; /* enum agora_nal_codec */
    uint32_t count, used;
    agora_set set[AGORA_SETS_MOST];
    uint8_t bytes[AGORA_SETS_BYTES];
} agora_sets;

#define AGORA_RANK_NONE 0
#define AGORA_RANK_VPS 1
#define AGORA_RANK_SPS 2
#define AGORA_RANK_SPS_EXTENSION 3
#define AGORA_RANK_SUBSET_SPS 4
#define AGORA_RANK_PPS 5

void agora_sets_init(agora_sets *sets, int codec);

/* The rank of a NAL unit type, AGORA_RANK_NONE when it is not a parameter set. */
int agora_sets_rank(int codec, int nal_type);

/* The id that a parameter set of that rank defines, or AGORA_E_TRUNCATED or AGORA_E_SYNTAX; AGORA_E_ARGUMENT when it
 * belongs to an enhancement layer of H.265, which this core passes on and does not repeat. */
int agora_sets_id(int codec, int rank, const uint8_t *nal, size_t size);

/* Store a parameter set in place of the one with its id, and mark it as seen in access unit `seen`.
 * AGORA_E_ARGUMENT when it is no parameter set of the base layer, AGORA_E_UNSUPPORTED when the store is full.
 * O(1) when nothing changed, else O(AGORA_SETS_BYTES). */
int agora_sets_put(agora_sets *sets, const uint8_t *nal, size_t size, uint32_t seen);

#endif
