/* vaddump.c - writes what a VAD heard and decided, in the folder layout of the SDK's VadDump.
 *
 *     source.pcm                            every frame as it came
 *     label.txt                             one line a frame
 *     vad_N.pcm                             what the VAD emitted for segment N
 *     rms.pcm pitch.pcm voice_prob.pcm      one int16 repeated to the length of the frame, so that the three
 *                                           line up with source.pcm in an audio editor
 *
 * What is buffered is flushed before write() returns, so a call is the unit of durability: a live caller
 * writes frame by frame and loses nothing to kill -9, an offline one writes thousands at once and pays for a
 * system call per 32 KiB. source.pcm goes first and label.txt last: a label always has its sound.
 *
 * The pre-roll of a segment is read back from source.pcm, as what a start emits is always the newest frames
 * of the input (vad.c), so no ring of sound is kept. rms is scaled by 127 as in the SDK. voice_prob is 0 or 1
 * there and scaled by 127 * 127, which 3 overflows; here the caller names a scale that fits its range, and
 * every sample is clamped to int16.
 *
 * Sizes: agora_vaddump is 36 KiB of the caller's; nothing is allocated. POSIX file calls.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core.h"

#define RMS_SCALE 127
#define LABEL_BYTES 160 /* above the longest line: 43 bytes of names, one 20-digit and seven 11-digit numbers */
#define FOLDERS_A_SECOND 10000

static int fail(agora_vaddump *dump, int error)
{
    if (!dump->failure)
        dump->failure = error;
    return AGORA_E_IO;
}

static int write_all(agora_vaddump *dump, int file, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(dump, errno);
        bytes += written;
        count -= (size_t)written;
    }
    return AGORA_OK;
}

static int close_file(agora_vaddump *dump, int *file)
{
    int status = *file >= 0 && close(*file) != 0 ? fail(dump, errno) : AGORA_OK;
    *file = -1;
    return status;
}

/* Create dump->path/`name`; the folder's name is whole again on return. -1 on failure. */
static int create(agora_vaddump *dump, const char *name)
{
    size_t folder = strlen(dump->path), room = sizeof dump->path - folder;
    int length = snprintf(dump->path + folder, room, "/%s", name);
    int file = -1;
    if (length < 0 || (size_t)length >= room)
        fail(dump, ENAMETOOLONG);
    else if ((file = open(dump->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) < 0)
        fail(dump, errno);
    dump->path[folder] = '\0';
    return file;
}

static int make_folder(agora_vaddump *dump, const char *parent, const char *stamp)
{
    for (int attempt = 1; attempt <= FOLDERS_A_SECOND; attempt++) {
        char suffix[16] = "";
        if (attempt > 1)
            snprintf(suffix, sizeof suffix, "_%d", attempt);
        int length = snprintf(dump->path, sizeof dump->path, "%s/%s%s", parent, stamp, suffix);
        if (length < 0 || (size_t)length >= sizeof dump->path)
            return fail(dump, ENAMETOOLONG);
        if (mkdir(dump->path, 0777) == 0)
            return AGORA_OK;
        if (errno != EEXIST)
            return fail(dump, errno);
    }
    return fail(dump, EEXIST);
}

int agora_vaddump_open(agora_vaddump *dump, const char *parent, const char *stamp, int32_t frame_bytes,
                       int32_t voice_prob_scale)
{
    memset(dump, 0, sizeof *dump);
    dump->source = dump->label = dump->rms = dump->pitch = dump->voice_prob = dump->vad = -1;
    if (frame_bytes <= 0 || frame_bytes > AGORA_VADDUMP_MAX_FRAME || frame_bytes % 2 != 0)
        return AGORA_E_ARGUMENT;
    dump->frame_bytes = frame_bytes;
    dump->voice_prob_scale = voice_prob_scale;
    if (make_folder(dump, parent, stamp) != AGORA_OK)
        return AGORA_E_IO;
    if ((dump->source = create(dump, "source.pcm")) < 0 || (dump->label = create(dump, "label.txt")) < 0 ||
        (dump->rms = create(dump, "rms.pcm")) < 0 || (dump->pitch = create(dump, "pitch.pcm")) < 0 ||
        (dump->voice_prob = create(dump, "voice_prob.pcm")) < 0) {
        agora_vaddump_close(dump);
        return AGORA_E_IO;
    }
    return AGORA_OK;
}

static int16_t clamped(int64_t value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

static int16_t curve_value(const agora_vaddump *dump, int file, const agora_vad_frame *frame)
{
    if (file == dump->rms)
        return clamped((int64_t)frame->rms * RMS_SCALE);
    if (file == dump->pitch)
        return clamped(frame->pitch);
    return clamped((int64_t)frame->voice_prob * dump->voice_prob_scale);
}

static int write_curve(agora_vaddump *dump, int file, const agora_vad_frame *frames, size_t count)
{
    size_t fill = 0;
    for (size_t i = 0; i < count; i++) {
        if (fill + (size_t)dump->frame_bytes > sizeof dump->buffer) {
            if (write_all(dump, file, dump->buffer, fill) != AGORA_OK)
                return AGORA_E_IO;
            fill = 0;
        }
        uint16_t value = (uint16_t)curve_value(dump, file, frames + i);
        for (int32_t at = 0; at < dump->frame_bytes; at += 2) { /* little-endian, whatever the machine */
            dump->buffer[fill++] = (uint8_t)value;
            dump->buffer[fill++] = (uint8_t)(value >> 8);
        }
    }
    return write_all(dump, file, dump->buffer, fill);
}

/* Copy `count` bytes of source.pcm from `offset` to the open segment. */
static int copy_source(agora_vaddump *dump, off_t offset, size_t count)
{
    while (count > 0) {
        size_t wanted = count < sizeof dump->buffer ? count : sizeof dump->buffer;
        ssize_t got = pread(dump->source, dump->buffer, wanted, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) /* 0: somebody cut source.pcm off under us */
            return fail(dump, got < 0 ? errno : EIO);
        if (write_all(dump, dump->vad, dump->buffer, (size_t)got) != AGORA_OK)
            return AGORA_E_IO;
        offset += got;
        count -= (size_t)got;
    }
    return AGORA_OK;
}

static int start_segment(agora_vaddump *dump)
{
    char name[32];
    snprintf(name, sizeof name, "vad_%d.pcm", dump->segment_count);
    if (close_file(dump, &dump->vad) != AGORA_OK || (dump->vad = create(dump, name)) < 0)
        return AGORA_E_IO;
    dump->segment_count++;
    return AGORA_OK;
}

/* Copy what frames first..end-1 of this call emitted, one unbroken stretch that ends with frame end-1. */
static int write_segment(agora_vaddump *dump, const agora_vad_step *steps, size_t first, size_t end)
{
    int64_t frames = (int64_t)(end - first) + (steps[first].state == AGORA_VAD_START ? steps[first].emit_frames - 1 : 0);
    int64_t last = dump->frame_count + (int64_t)end;
    if (dump->vad < 0) /* the state machine was running before this dump began: there is no segment to add to */
        return AGORA_OK;
    frames = frames < last ? frames : last;
    return copy_source(dump, (off_t)((last - frames) * dump->frame_bytes), (size_t)(frames * dump->frame_bytes));
}

static int write_segments(agora_vaddump *dump, const agora_vad_step *steps, size_t count)
{
    for (size_t i = 0; i < count;) {
        if (steps[i].state == AGORA_VAD_SILENT) {
            i++;
            continue;
        }
        size_t first = i;
        if (steps[i].state == AGORA_VAD_START && start_segment(dump) != AGORA_OK)
            return AGORA_E_IO;
        do
            i++;
        while (i < count && steps[i - 1].state != AGORA_VAD_STOP && steps[i].state >= AGORA_VAD_SPEAKING);
        if (write_segment(dump, steps, first, i) != AGORA_OK)
            return AGORA_E_IO;
        if (steps[i - 1].state == AGORA_VAD_STOP && close_file(dump, &dump->vad) != AGORA_OK)
            return AGORA_E_IO;
    }
    return AGORA_OK;
}

/* `ct` is the number of segments begun before the frame: a start frame still has the number of its own file. */
static int write_labels(agora_vaddump *dump, const agora_vad_frame *frames, const agora_vad_step *steps, size_t count,
                        int32_t segments)
{
    size_t fill = 0;
    for (size_t i = 0; i < count; i++) {
        if (fill + LABEL_BYTES > sizeof dump->buffer) {
            if (write_all(dump, dump->label, dump->buffer, fill) != AGORA_OK)
                return AGORA_E_IO;
            fill = 0;
        }
        const agora_vad_frame *frame = frames + i;
        fill += (size_t)snprintf((char *)dump->buffer + fill, LABEL_BYTES,
                                 "ct:%d fct:%lld state:%d far:%d vop:%d rms:%d pitch:%d mup:%d\n", segments,
                                 (long long)(dump->frame_count + (int64_t)i), steps[i].state, frame->far_field,
                                 frame->voice_prob, frame->rms, frame->pitch, frame->music_prob);
        segments += steps[i].state == AGORA_VAD_START;
    }
    return write_all(dump, dump->label, dump->buffer, fill);
}

int agora_vaddump_write(agora_vaddump *dump, const uint8_t *pcm, const agora_vad_frame *frames,
                        const agora_vad_step *steps, size_t count)
{
    int32_t segments = dump->segment_count;
    if (write_all(dump, dump->source, pcm, count * (size_t)dump->frame_bytes) != AGORA_OK ||
        write_segments(dump, steps, count) != AGORA_OK ||
        write_curve(dump, dump->rms, frames, count) != AGORA_OK ||
        write_curve(dump, dump->pitch, frames, count) != AGORA_OK ||
        write_curve(dump, dump->voice_prob, frames, count) != AGORA_OK ||
        write_labels(dump, frames, steps, count, segments) != AGORA_OK)
        return AGORA_E_IO;
    dump->frame_count += (int64_t)count;
    return AGORA_OK;
}

int agora_vaddump_close(agora_vaddump *dump)
{
    int *files[] = {&dump->source, &dump->label, &dump->rms, &dump->pitch, &dump->voice_prob, &dump->vad};
    int status = AGORA_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (close_file(dump, files[i]) != AGORA_OK)
            status = AGORA_E_IO;
    return status;
}
