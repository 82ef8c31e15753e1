/* driver.c - a fuzzing loop for machines without libFuzzer: seeds, mutated in an order that never changes.
 *
 * It understands the options of libFuzzer that the Makefile gives, -max_total_time=SECONDS, -max_len=BYTES, and takes
 * every other argument without a dash for a directory of seeds. Coverage does not guide it: the seeds must.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEEDS_MOST 1024

typedef struct {
    uint8_t *data;
    size_t size;
} seed;

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return limit ? (uint32_t)((state >> 20) % limit) : 0;
}

static int load(const char *directory, seed *seeds, int count, size_t most)
{
    struct dirent **names;
    int found = scandir(directory, &names, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        FILE *file = names[i]->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (file && count < SEEDS_MOST) {
            seeds[count].data = malloc(most);
            seeds[count].size = fread(seeds[count].data, 1, most, file);
            count++;
        }
        if (file)
            fclose(file);
        free(names[i]);
    }
    if (found >= 0)
        free(names);
    return count;
}

/* One change: a bit, a byte of those that mean something, a cut, a doubled piece, or a piece of another seed. */
static size_t mutate(uint8_t *data, size_t size, size_t most, const seed *other)
{
    static const uint8_t telling[] = {0, 1, 2, 3, 4, 0x67, 0x68, 0x65, 0x41, 0x06, 0x09, 0x7f, 0x80, 0xff};
    uint32_t at = below((uint32_t)size), length = below(32), from;
    switch (size ? below(6) : 5) {
    case 0:
        data[at] ^= (uint8_t)(1 << below(8));
        break;
    case 1:
        data[at] = telling[below(sizeof telling)];
        break;
    case 2:
        data[at] = (uint8_t)below(256);
        break;
    case 3: /* cut a piece out, or the end off */
        length = below(2) ? length : (uint32_t)size;
        length = length > size - at ? (uint32_t)size - at : length;
        memmove(data + at, data + at + length, size - at - length);
        size -= length;
        break;
    case 4: /* double a piece */
        length = length > size - at ? (uint32_t)size - at : length;
        if (size + length <= most) {
            memmove(data + at + length, data + at, size - at);
            size += length;
        }
        break;
    default: /* a piece of another seed over what is here */
        from = below((uint32_t)other->size);
        length = below(256);
        length = length > other->size - from ? (uint32_t)(other->size - from) : length;
        length = length > most - at ? (uint32_t)(most - at) : length;
        memcpy(data + at, other->data + from, length);
        size = at + length > size ? at + length : size;
    }
    return size;
}

int main(int count, char **arguments)
{
    static seed seeds[SEEDS_MOST];
    static uint8_t nothing[1];
    size_t most = 4096;
    int seconds = 20, loaded = 0;
    for (int i = 1; i < count; i++) {
        sscanf(arguments[i], "-max_total_time=%d", &seconds);
        sscanf(arguments[i], "-max_len=%zu", &most);
    }
    for (int i = 1; i < count; i++)
        if (arguments[i][0] != '-')
            loaded = load(arguments[i], seeds, loaded, most);
    if (loaded == 0)
        seeds[loaded++] = (seed){nothing, sizeof nothing};
    uint64_t executions = 0;
    uint8_t *work = malloc(most);
    for (time_t end = time(NULL) + seconds; time(NULL) < end;) {
        for (int burst = 0; burst < 1000; burst++, executions++) {
            const seed *source = &seeds[below((uint32_t)loaded)];
            size_t size = source->size;
            memcpy(work, source->data, size);
            for (uint32_t changes = below(8); executions && changes > 0; changes--)
                size = mutate(work, size, most, &seeds[below((uint32_t)loaded)]);
            uint8_t *exact = malloc(size ? size : 1); /* so that ASan sees a read past the end */
            memcpy(exact, work, size);
            LLVMFuzzerTestOneInput(exact, size);
            free(exact);
        }
    }
    printf("stat::number_of_executed_units: %llu\n", (unsigned long long)executions);
    free(work);
    for (int i = 0; i < loaded; i++)
        if (seeds[i].data != nothing)
            free(seeds[i].data);
    return 0;
}
