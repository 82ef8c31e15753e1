/* scan.c - start codes and NAL units of an Annex-B byte stream.
 *
 * The fast paths look at 64 positions together: byte | next | (next but one ^ 1) is zero at a start code and nowhere
 * else, and four vectors of it are folded by their minimum, so that 64 positions cost one comparison. To look for two
 * zeros first would be less work, but pictures coded at a high rate have such a pair in every third block.
 * Sizes: no state, no allocation; every function is linear in its input.
 */
#include "bits.h"

#if defined(__SSE2__) || (defined(_M_X64) && !defined(_M_ARM64EC))
#include <emmintrin.h>
#define SCAN_SSE2 1
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define SCAN_NEON 1
#endif

#define BLOCK 64 /* positions looked at together; reading them touches BLOCK + 2 bytes */

size_t agora_scan_start_code_portable(const uint8_t *data, size_t size, size_t from)
{
    size_t i = from;
    while (i < size && size - i >= 3) { /* the third byte tells how far a start code cannot be */
        if (data[i + 2] > 1)
            i += 3;
        else if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1)
            return i;
        else
            i++;
    }
    return size;
}

#if SCAN_SSE2
/* Whether a start code begins at any of the BLOCK positions from `data` on. */
static int has_start_code(const uint8_t *data)
{
    const __m128i one = _mm_set1_epi8(1);
    __m128i least = _mm_set1_epi8(-1);
    for (int i = 0; i < BLOCK; i += 16) {
        __m128i first = _mm_loadu_si128((const __m128i *)(const void *)(data + i));
        __m128i second = _mm_loadu_si128((const __m128i *)(const void *)(data + i + 1));
        __m128i third = _mm_loadu_si128((const __m128i *)(const void *)(data + i + 2));
        least = _mm_min_epu8(least, _mm_or_si128(_mm_or_si128(first, second), _mm_xor_si128(third, one)));
    }
    return _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128()));
}
#elif SCAN_NEON
static int has_start_code(const uint8_t *data)
{
    const uint8x16_t one = vdupq_n_u8(1);
    uint8x16_t least = vdupq_n_u8(255);
    for (int i = 0; i < BLOCK; i += 16) {
        uint8x16_t zeros = vorrq_u8(vld1q_u8(data + i), vld1q_u8(data + i + 1));
        least = vminq_u8(least, vorrq_u8(zeros, veorq_u8(vld1q_u8(data + i + 2), one)));
    }
    return vminvq_u8(least) == 0;
}
#endif

size_t agora_scan_start_code(const uint8_t *data, size_t size, size_t from)
{
    size_t i = from;
#if SCAN_SSE2 || SCAN_NEON
    while (i < size && size - i >= BLOCK + 2) {
        if (has_start_code(data + i))
            break;
        i += BLOCK;
    }
#endif
    return agora_scan_start_code_portable(data, size, i);
}

const char *agora_scan_path(void)
{
#if SCAN_SSE2
    return "sse2";
#elif SCAN_NEON
    return "neon";
#else
    return "portable";
#endif
}

int agora_nal_type(int codec, uint8_t header)
{
    return codec == AGORA_NAL_H265 ? header >> 1 & 0x3f : header & 0x1f;
}

int agora_nal_next(int codec, const uint8_t *data, size_t size, size_t *position, agora_nal *out)
{
    size_t code = agora_scan_start_code(data, size, *position);
    while (code < size) {
        size_t begin = code + 3;
        size_t next = agora_scan_start_code(data, size, begin);
        size_t end = next;
        while (end > begin && data[end - 1] == 0)
            end--;
        if (end > begin) {
            *out = (agora_nal){begin, end - begin, agora_nal_type(codec, data[begin])};
            *position = next;
            return 1;
        }
        code = next;
    }
    *position = size;
    return 0;
}

size_t agora_nal_list(int codec, const uint8_t *data, size_t size, size_t *position, agora_nal *out, size_t capacity)
{
    size_t count = 0;
    while (count < capacity && agora_nal_next(codec, data, size, position, &out[count]))
        count++;
    return count;
}

/* A number of a SEI message's header: bytes of 255 and one that is less, added up (H.264 7.3.2.3.1). */
static uint32_t sei_number(agora_bits *bits)
{
    uint32_t sum = 0, byte;
    do {
        byte = agora_bits_u(bits, 8);
        sum += byte;
        if (sum > UINT32_C(1) << 30) /* 4 MB of FF: no message, and no room for an overflow */
            agora_bits_fail(bits, AGORA_E_SYNTAX);
    } while (byte == 255 && bits->status == AGORA_OK);
    return sum;
}

int agora_nal_recovery_point(int codec, const uint8_t *nal, size_t size, int32_t *count)
{
    agora_bits bits = agora_bits_of(nal, size, codec == AGORA_NAL_H265 ? 2 : 1);
    while (bits.status == AGORA_OK) {
        uint32_t type = sei_number(&bits);
        uint32_t length = sei_number(&bits);
        if (bits.status == AGORA_OK && type == 6) {
            int32_t value = codec == AGORA_NAL_H265 ? agora_bits_se(&bits) : (int32_t)agora_bits_ue_to(&bits, 65535);
            if (bits.status == AGORA_OK)
                *count = value;
            return bits.status == AGORA_OK;
        }
        while (length-- && bits.status == AGORA_OK)
            agora_bits_u(&bits, 8);
    }
    return 0;
}
