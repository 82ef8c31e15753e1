/* access_unit.h - an H.264 byte stream cut into access units, with the picture order of each. */
#ifndef AGORA_ACCESS_UNIT_H
#define AGORA_ACCESS_UNIT_H

/* One access unit (ITU-T H.264 7.4.1.2.3): one coded frame or field with all that belongs to it. */
typedef struct {
    size_t start, end; /* bytes of the caller's buffer, start code to start code; units lie side by side */
    int64_t poc;       /* picture order count (8.2.1): the smaller one of a frame's two, counted from the epoch's start */
    uint32_t epoch;    /* IDR pictures and picture-order resets so far: pictures are shown sorted by (epoch, poc) */
    uint32_t types;    /* bit n: it has a NAL unit of type n */
    uint32_t nals, slices; /* NAL units; slices of the primary picture, 0 when there is no picture */
    int32_t poc_known;     /* 0 when the parameter sets of the picture are missing */
    int32_t keyframe;      /* IDR, recovery point, or I slices only behind a SPS of its own */
    int32_t idr, intra, reference;
    int32_t recovery_frame_cnt; /* of its recovery point SEI, -1 without */
    int32_t frame_num;
    int32_t field;        /* 0 frame, 1 top field, 2 bottom field */
    int32_t second_field; /* 1: completes the frame that the access unit before it began */
    int32_t sps_id;       /* -1 when not known */
} agora_access_unit;

/* What picture order is derived from: the pictures before (8.2.1.1 to 8.2.1.3). */
typedef struct {
    int64_t msb, lsb;           /* prevPicOrderCntMsb and Lsb: of the reference picture before */
    int64_t frame_num_offset;   /* prevFrameNumOffset and prevFrameNum: of the picture before */
    int32_t frame_num;
} agora_order;

/* The splitter: 42 KB of the caller's, cleared by agora_splitter_init. It holds positions in the caller's buffer, and no
 * bytes of it. */
typedef struct {
    agora_active active;
    agora_order order;
    agora_access_unit unit; /* being collected */
    agora_slice first;      /* first slice of its primary picture, when unit.slices is not 0 */
    agora_slice before;     /* the same of the access unit before: fields pair up */
    agora_slice slice;      /* of the NAL unit being read */
    int32_t slice_status;   /* what reading it gave */
    int32_t first_status;
    int32_t unpaired;       /* `before` is a field that waits for its second */
    int32_t started;        /* a start code was found */
    int32_t judged;         /* it is decided whether the NAL unit being read opens an access unit */
    int32_t closed;         /* end of sequence or stream: what follows is another access unit */
    uint32_t epoch;
    uint32_t held;          /* prefix NAL units (type 14) whose slice will tell where they belong */
    uint32_t sps_version;   /* changes whenever a SPS does */
    uint32_t damaged;       /* parameter sets and slices that could not be read */
    size_t scanned;         /* where to look for the next start code */
    size_t nal;             /* first byte of the NAL unit being read */
    size_t boundary;        /* where an access unit begins that this NAL unit, or a held one, opens */
} agora_splitter;

void agora_splitter_init(agora_splitter *state);

/* Look at a buffer that begins at the first byte not yet discarded and has grown since the last call. Returns 1 and
 * one access unit, as soon as the first bytes of the next prove its end; call again for more. Returns 0 when more
 * bytes are needed. With `final` the buffer's end is the stream's: the last access unit is returned too.
 * Linear in the bytes appended, whatever the size of the pieces. Any bytes are accepted. */
int agora_splitter_next(agora_splitter *state, const uint8_t *data, size_t size, int final, agora_access_unit *out);

/* The bytes at the front of a buffer of `size` that no later access unit will need. */
size_t agora_splitter_done(const agora_splitter *state, size_t size);

/* Tell that `bytes` at the front of the buffer are gone: at most agora_splitter_done(). */
void agora_splitter_discard(agora_splitter *state, size_t bytes);

/* Picture order count of a picture by the three ways of 8.2.1, `order` moved on behind it. */
int64_t agora_order_count(agora_order *order, const agora_sps *sps, const agora_slice *slice);

#endif
