/* bits.h - the bits of a NAL unit's payload, emulation prevention removed on the way. Internal: cffi does not read it.
 *
 * A failure is sticky: from then on every read returns 0, so a parser checks `status` once at its end and at every
 * loop whose length the stream chooses. Sizes: 40 bytes on the stack, no allocation, O(bits read).
 * ITU-T H.264 (08/2021) clauses 7.2, 7.3.1 and 9.1; ITU-T H.265 is the same.
 */
#ifndef AGORA_BITS_H
#define AGORA_BITS_H

#include "core.h"

typedef struct {
    const uint8_t *start, *next, *end;
    uint64_t cache; /* bits fetched and not read, from the top */
    int held;       /* how many */
    int zeros;      /* zero bytes right before `next`: 0, 1 or 2 (more) */
    int status;     /* AGORA_OK or the first failure */
} agora_bits;

/* Begin at byte `skip` of the NAL unit: 1 after the header of H.264, 2 of H.265. */
static inline agora_bits agora_bits_of(const uint8_t *nal, size_t size, size_t skip)
{
    const uint8_t *next = nal + (skip < size ? skip : size);
    return (agora_bits){.start = nal, .next = next, .end = nal + size};
}

static inline void agora_bits_fail(agora_bits *bits, int status)
{
    if (bits->status == AGORA_OK)
        bits->status = status;
    bits->cache = 0;
    bits->held = 0;
    bits->end = bits->next;
}

/* Byte of the NAL unit that the next bit comes from; at a failure, a byte near it. */
static inline size_t agora_bits_offset(const agora_bits *bits)
{
    return (size_t)(bits->next - bits->start) - (size_t)(bits->held / 8);
}

static inline void agora_bits_fill(agora_bits *bits)
{
    while (bits->held <= 56 && bits->next < bits->end) {
        uint8_t byte = *bits->next++;
        if (bits->zeros == 2 && byte == 3) { /* emulation_prevention_three_byte */
            bits->zeros = 0;
            continue;
        }
        bits->zeros = byte ? 0 : bits->zeros + (bits->zeros < 2);
        bits->cache |= (uint64_t)byte << (56 - bits->held);
        bits->held += 8;
    }
}

/* u(n), n = 0..32. */
static inline uint32_t agora_bits_u(agora_bits *bits, int n)
{
    if (n == 0)
        return 0;
    if (bits->held < n)
        agora_bits_fill(bits);
    if (bits->held < n) {
        agora_bits_fail(bits, AGORA_E_TRUNCATED);
        return 0;
    }
    uint32_t value = (uint32_t)(bits->cache >> (64 - n));
    bits->cache <<= n;
    bits->held -= n;
    return value;
}

/* ue(v), 0..2^32-2 (clause 9.1); 32 leading zeros or more cannot be a value. */
static inline uint32_t agora_bits_ue(agora_bits *bits)
{
    int zeros = 0;
    while (agora_bits_u(bits, 1) == 0) {
        if (bits->status < 0)
            return 0;
        if (++zeros > 31) {
            agora_bits_fail(bits, AGORA_E_SYNTAX);
            return 0;
        }
    }
    return ((UINT32_C(1) << zeros) - 1) + agora_bits_u(bits, zeros);
}

/* ue(v) of a syntax element whose largest legal value is `most`. */
static inline uint32_t agora_bits_ue_to(agora_bits *bits, uint32_t most)
{
    uint32_t value = agora_bits_ue(bits);
    if (value > most) {
        agora_bits_fail(bits, AGORA_E_SYNTAX);
        return 0;
    }
    return value;
}

/* se(v), -(2^31-1)..2^31-1 (clause 9.1.1). */
static inline int32_t agora_bits_se(agora_bits *bits)
{
    uint32_t code = agora_bits_ue(bits);
    return code & 1 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

#endif
