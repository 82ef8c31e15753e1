/* The Annex-B core under ASan and UBSan: the scan at every alignment and tail, exact buffers, and a planted fault. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

static const uint8_t SPS[] = {0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xb0, 0x4b, 0x20};
static const uint8_t PPS[] = {0x68, 0xce, 0x3c, 0x80};
static const uint8_t AVCC[] = {1,    0x42, 0xc0, 0x1e, 0xff, 0xe1, 0,    9,    0x67, 0x42, 0xc0, 0x1e,
                               0xd9, 0x00, 0xb0, 0x4b, 0x20, 1,    0,    4,    0x68, 0xce, 0x3c, 0x80};

/* A copy that ends where its memory ends, so that a read too far is seen. */
static uint8_t *exact(const void *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

static size_t naive_scan(const uint8_t *data, size_t size, size_t from)
{
    for (size_t i = from; i + 3 <= size; i++)
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1)
            return i;
    return size;
}

typedef size_t scan_function(const uint8_t *data, size_t size, size_t from);

/* Whether `scan` finds a start code at every place of buffers of every size up to 200, at 16 alignments. */
static int scans_right(scan_function *scan)
{
    for (size_t align = 0; align < 16; align++)
        for (size_t size = 0; size <= 200; size++)
            for (size_t at = 0; at + 3 <= size + 1; at++) {
                uint8_t *memory = malloc(align + size + (align + size == 0)); /* nothing behind the data */
                memset(memory, at % 3 ? 0xff : 0, align + size);
                uint8_t *data = memory + align;
                if (at + 3 <= size)
                    memcpy(data + at, "\0\0\1", 3);
                size_t expected = naive_scan(data, size, 0), found = scan(data, size, 0);
                free(memory);
                if (found != expected)
                    return 0;
            }
    return 1;
}

/* A planted fault: a tail of two positions that no vector looks at. */
static size_t broken_scan(const uint8_t *data, size_t size, size_t from)
{
    size_t found = agora_scan_start_code(data, size, from);
    return found < size && found + 64 + 2 == size ? size : found;
}

static void test_scan(void)
{
    assert(scans_right(agora_scan_start_code));
    assert(scans_right(agora_scan_start_code_portable));
    assert(!scans_right(broken_scan));
    assert(agora_scan_start_code(SPS, 0, 0) == 0);
    assert(agora_scan_start_code(SPS, 2, 9) == 2);
}

static void test_convert(void)
{
    agora_annexb *state = malloc(sizeof *state);
    agora_annexb_result result;
    size_t where;
    uint8_t *record = exact(AVCC, sizeof AVCC);
    assert(agora_annexb_init(state, AGORA_NAL_H264, record, sizeof AVCC, &where) == AGORA_OK);
    assert(state->length_size == 4 && state->sets.count == 2);
    free(record);

    uint8_t *packet = exact("\0\0\0\2\x65\x88\0\0\0\1\x41", 11);
    assert(agora_annexb_convert(state, packet, 11, 0, packet, 11, &result) == AGORA_E_CAPACITY);
    assert(result.size == 11 + 4 + sizeof SPS + 4 + sizeof PPS);
    uint8_t roomy[64] = {0}; /* room enough is not enough in place: the sets would run over the packet */
    memcpy(roomy, packet, 11);
    assert(agora_annexb_convert(state, roomy, 11, 0, roomy, sizeof roomy, &result) == AGORA_E_CAPACITY);
    uint8_t *out = malloc(result.size);
    assert(agora_annexb_convert(state, packet, 11, 0, out, result.size - 1, &result) == AGORA_E_CAPACITY);
    assert(agora_annexb_convert(state, packet, 11, 0, out, result.size, &result) == AGORA_OK);
    assert(result.keyframe == 1 && result.nals == 2);
    assert(memcmp(out, "\0\0\0\1\x67", 5) == 0 && memcmp(out + 13, "\0\0\0\1\x68", 5) == 0);
    assert(memcmp(out + 21, "\0\0\0\1\x65\x88\0\0\0\1\x41", 11) == 0);
    free(out);

    packet[4] = 0x41; /* no keyframe any more: in place */
    assert(agora_annexb_convert(state, packet, 11, 0, packet, 11, &result) == AGORA_OK);
    assert(memcmp(packet, "\0\0\0\1\x41\x88\0\0\0\1\x41", 11) == 0);
    free(packet);

    for (size_t size = 1; size < 11; size++) { /* cut everywhere */
        packet = exact("\0\0\0\2\x41\x88\0\0\0\1\x41", size);
        int status = agora_annexb_convert(state, packet, size, 1, packet, size, &result);
        assert(size == 6 ? status == AGORA_E_CAPACITY : status < 0 && result.offset == (size < 6 ? 0u : 6u));
        free(packet);
    }
    free(state);
}

static void test_extradata(void)
{
    agora_nal units[4];
    int32_t length_size;
    size_t where;
    for (size_t size = 1; size < sizeof AVCC; size++) {
        uint8_t *record = exact(AVCC, size);
        assert(agora_extradata_list(AGORA_NAL_H264, record, size, units, 4, &length_size, &where) < 0 && where <= size);
        free(record);
    }
    assert(agora_extradata_list(AGORA_NAL_H264, AVCC, sizeof AVCC, units, 1, &length_size, &where)
           == AGORA_E_UNSUPPORTED);
    agora_sets *sets = malloc(sizeof *sets);
    agora_sets_init(sets, AGORA_NAL_H264);
    assert(agora_extradata_build(sets, NULL, 0) == AGORA_E_ARGUMENT);
    assert(agora_sets_put(sets, PPS, sizeof PPS, 1) == AGORA_OK && agora_sets_put(sets, SPS, sizeof SPS, 1) == AGORA_OK);
    uint8_t out[sizeof AVCC];
    assert(agora_extradata_build(sets, out, sizeof out - 1) == AGORA_E_CAPACITY);
    assert(agora_extradata_build(sets, out, sizeof out) == sizeof AVCC && memcmp(out, AVCC, sizeof AVCC) == 0);
    free(sets);
}

static void test_splitter(void)
{
    static const uint8_t stream[] = "\0\0\0\1\x67\x42\xc0\x1e\xd9\0\xb0\x4b\x20\0\0\0\1\x68\xce\x3c\x80"
                                    "\0\0\0\1\x65\x88\x84\x3f\0\0\1\x6e\x40\x80\0\0\1\x41\x9a\x22\x11";
    size_t size = sizeof stream - 1;
    agora_splitter *state = malloc(sizeof *state);
    agora_access_unit unit;
    agora_splitter_init(state);
    size_t gone = 0, count = 0, ends[2] = {0};
    for (size_t fed = 1; fed <= size; fed++) { /* byte by byte, in memory that ends with the byte */
        uint8_t *buffer = exact(stream + gone, fed - gone);
        while (agora_splitter_next(state, buffer, fed - gone, fed == size, &unit)) {
            assert(count < 2);
            assert(unit.nals == (count == 0 ? 3u : 2u)); /* the prefix NAL unit goes with the slice behind it */
            ends[count++] = unit.end + gone;
        }
        size_t done = agora_splitter_done(state, fed - gone);
        agora_splitter_discard(state, done);
        gone += done;
        free(buffer);
    }
    assert(count == 2 && ends[0] == 29 && ends[1] == size);
    free(state);
}

int main(void)
{
    test_scan();
    test_convert();
    test_extradata();
    test_splitter();
    printf("test_annexb: ok (%s)\n", agora_scan_path());
    return 0;
}
