/* The splitter: a stream in one piece and in many gives the same access units, side by side from the first start code
 * to the end. The first byte of the input chooses the pieces. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#define MUST(truth) ((truth) ? (void)0 : abort())
#define UNITS_MOST 4096

static agora_access_unit whole[UNITS_MOST], parts[UNITS_MOST];

static size_t split_whole(const uint8_t *data, size_t size)
{
    static agora_splitter state;
    size_t count = 0;
    agora_splitter_init(&state);
    while (count < UNITS_MOST && agora_splitter_next(&state, data, size, 1, &whole[count]))
        count++;
    return count;
}

/* Each piece goes into a buffer of exactly its size, so that ASan sees a read too far. */
static size_t split_parts(const uint8_t *data, size_t size, uint8_t choice)
{
    static agora_splitter state;
    uint32_t random = choice;
    size_t count = 0, gone = 0, fed = 0;
    int final = 0;
    agora_splitter_init(&state);
    while (!final) {
        random = random * 1664525 + 1013904223;
        size_t step = choice < 64 ? 1 : random >> 24 & choice;
        fed = step < size - fed ? fed + step : size;
        final = fed == size;
        uint8_t *buffer = malloc(fed - gone + 1);
        memcpy(buffer, data + gone, fed - gone);
        while (count < UNITS_MOST && agora_splitter_next(&state, buffer, fed - gone, final, &parts[count])) {
            parts[count].start += gone;
            parts[count++].end += gone;
        }
        size_t done = agora_splitter_done(&state, fed - gone);
        MUST(done <= fed - gone);
        agora_splitter_discard(&state, done);
        gone += done;
        free(buffer);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t count = split_whole(data + 1, size - 1);
    MUST(split_parts(data + 1, size - 1, data[0]) == count);
    for (size_t i = 0; i < count; i++) {
        MUST(memcmp(&whole[i], &parts[i], sizeof whole[i]) == 0);
        MUST(whole[i].end > whole[i].start && whole[i].nals > 0);
        MUST(i == 0 || whole[i].start == whole[i - 1].end);
        MUST(i + 1 == count || whole[i].slices > 0);
        MUST(i + 1 < count || count == UNITS_MOST || whole[i].end == size - 1);
    }
    return 0;
}
