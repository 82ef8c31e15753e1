/* vaddump.h - writes what a VAD heard and decided, in the folder layout of the SDK's VadDump. */
#ifndef AGORA_VADDUMP_H
#define AGORA_VADDUMP_H

/* bytes of the longest folder name, its end included */
#define AGORA_VADDUMP_PATH 4096
#define AGORA_VADDUMP_BUFFER 32768
/* bytes of the longest frame: 10 ms of 48 kHz have 960 a channel */
#define AGORA_VADDUMP_MAX_FRAME 16384

/* A dump that is being written. All files are descriptors, -1 when closed. */
typedef struct {
    int source;
    int label;
    int rms;
    int pitch;
    int voice_prob;
    int vad; /* the vad_N.pcm of the segment that is open */
    int32_t frame_bytes;
    int32_t voice_prob_scale;
    int64_t frame_count;
    int32_t segment_count; /* N of the next vad_N.pcm */
    int failure;           /* errno of the write that failed */
    char path[AGORA_VADDUMP_PATH];
    uint8_t buffer[AGORA_VADDUMP_BUFFER];
} agora_vaddump;

/* Make the folder `parent`/`stamp` and its files. `parent` exists; `stamp` is YYYYMMDDHHMMSS; when the
 * folder exists already, _2, _3 ... is added, so no two dumps ever share one. `frame_bytes` is even and at
 * most AGORA_VADDUMP_MAX_FRAME; `voice_prob_scale` is what voice_prob.pcm multiplies by.
 * Returns AGORA_OK, AGORA_E_ARGUMENT, or AGORA_E_IO with errno in dump->failure and nothing left open. */
int agora_vaddump_open(agora_vaddump *dump, const char *parent, const char *stamp, int32_t frame_bytes,
                       int32_t voice_prob_scale);

/* Append `count` frames: `pcm` has count * frame_bytes bytes. On return all of it is with the operating
 * system: it outlives the process. O(count), and O(pre-roll) at a start. Returns AGORA_OK or AGORA_E_IO. */
int agora_vaddump_write(agora_vaddump *dump, const uint8_t *pcm, const agora_vad_frame *frames,
                        const agora_vad_step *steps, size_t count);

/* Close all files; a second call does nothing. Returns AGORA_OK or AGORA_E_IO. */
int agora_vaddump_close(agora_vaddump *dump);

#endif
