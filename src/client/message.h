/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - the inside of rmq_message.
 *
 * Properties are kept as name NUL value NUL name NUL value NUL ..., so that
 * getters can hand out C strings without a copy. A received message lives in a block: one
 * allocation that holds the bodies, topics and properties of a whole pull,
 * counted by its messages.
 */
#ifndef RMQI_CLIENT_MESSAGE_H
#define RMQI_CLIENT_MESSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/message.h>

#include "base/buf.h"
#include "base/macros.h"
#include "client/body.h"
#include "codec/ids.h"
#include "codec/message.h"

struct rmqi_message_block;
struct rmqi_recycler;
struct rmqi_popped;
struct rmqi_popped_set;

/* What makes it more than an ordinary one (TopicMessageType.java): properties, for which a send of an ordinary
 * one need not look. */
enum rmqi_message_kind {
	RMQI_MESSAGE_DELAYED = 1, /* a delay level */
	RMQI_MESSAGE_TIMED = 2,   /* a delay or a time; needs 5.0.0 */
	RMQI_MESSAGE_PRIORITY = 4,
	RMQI_MESSAGE_LITE = 8
};

/* What is made by the first who asks for it. */
enum rmqi_raw { RMQI_DONE, RMQI_RAW, RMQI_UNDER_WAY };

/* Nobody touches them before somebody asks. */
struct rmqi_message_texts {
	char offset_id[RMQI_ID_SIZE];
	char born[64];
	char store[64];
};

/* What a message of the user's holds. */
struct rmqi_message_own {
	char *topic;
	char *queue; /* of a copy of a received message: the texts of `queue`, topic first */
	struct rmqi_body *body; /* a reference */
	struct rmqi_buf properties;
	struct rmqi_message_texts texts;
};

struct rmq_message {
	const char *topic; /* NUL-terminated (RETRY_TOPIC undone) */
	size_t hidden;     /* bytes of it that users do not see: a namespace (client/namespace.h) */
	struct rmq_queue queue; /* where it is stored; id -1: never */
	const uint8_t *body;    /* plain */
	size_t body_len;
	/* Pairs of C strings, and all bytes, NULs included: after rmqi_message_ready. */
	const char *properties;
	size_t properties_len;
	int32_t flag;
	int32_t sys_flag;
	unsigned kinds;             /* enum rmqi_message_kind, of an own message */
	atomic_int reconsume_times; /* by the functions below */
	int64_t queue_offset;
	int64_t physical_offset;
	int64_t born_ms;
	int64_t store_ms;
	struct rmqi_host born_host;
	struct rmqi_host store_host;
	size_t stored_size;               /* bytes of the record, for flow control */
	struct rmqi_message_block *block; /* received; NULL: `own` is not */
	struct rmqi_message_own *own;
	struct rmqi_popped *popped; /* client/popped.h; NULL: it was not popped */
	struct rmqi_message_texts *texts;
	atomic_uint refs; /* received: rmq_message_ref that were not freed; each holds the block */
	atomic_uchar is_raw;  /* enum rmqi_raw: the properties of a received one */
	atomic_uchar is_told; /* enum rmqi_raw: the texts */
	bool is_reply;        /* made by rmq_message_new_reply, or a copy of such a one */
};

/* How often it was delivered before. Of a received message that is delivered again here it rises, while
 * somebody may read it by a reference of his own. */
static inline int32_t rmqi_message_times(const struct rmq_message *m)
{
	return atomic_load_explicit(&m->reconsume_times, memory_order_relaxed);
}

static inline void rmqi_message_set_times(struct rmq_message *m, int32_t times)
{
	atomic_store_explicit(&m->reconsume_times, times, memory_order_relaxed);
}

/* By one thread at a time. Brokers may say anything: it ends at INT32_MAX. */
static inline void rmqi_message_count_again(struct rmq_message *m)
{
	int32_t times = rmqi_message_times(m);

	if (times < INT32_MAX)
		rmqi_message_set_times(m, times + 1);
}

/* A record of an answer that stands within its frame, and cannot be read. */
struct rmqi_bad_record {
	size_t before;        /* messages of the block that stand before it */
	int64_t queue_offset; /* as it says: that may be what is damaged */
	int32_t queue_id;     /* likewise */
	const char *why;      /* a part of a sentence; static */
};

enum { RMQI_BAD_RECORDS = 16 };

/*
 * A pull answer turned into messages.
 *
 *     block: refs | messages[count] | copy of the body | name of the broker | texts[count]
 *            and the plain bodies of compressed messages
 *
 * Nothing is done that nobody may ask for: the properties stay as they came until somebody wants one, the
 * texts are memory that is not touched.
 *
 * It needs nothing else: a message that is kept (rmq_message_ref) outlives consumer and client.
 */
struct rmqi_message_block {
	atomic_uint refs; /* one a message that is still wanted, plus the maker's */
	size_t count;
	struct rmq_message *messages;
	uint8_t *bytes;
	size_t bytes_len;
	char *broker_name;
	struct rmqi_message_texts *texts;
	struct rmqi_buf plain;          /* decompressed bodies, one behind the other */
	struct rmqi_popped_set *popped; /* a reference; NULL: they were not popped */
	size_t taken;                   /* bytes of the answer that were read or stepped over */
	int64_t behind; /* offset behind the last record of these whose frame is sound; -1: none */
	size_t bad_count;                             /* records that were stepped over */
	struct rmqi_bad_record bad[RMQI_BAD_RECORDS]; /* the first of them */
};

/*
 * Decodes all messages of a pull answer. A record that cannot be read (its body does not match its CRC, or
 * cannot be decompressed, or its fields do not fill its frame) is stepped over and noted in `bad`: what becomes
 * of it is the caller's to say (consumer/unreadable.h). Fields that do not fit put the length of the record
 * in doubt, too: it is believed when all lengths of the answer lead to its end.
 *
 * Else *out holds what stands before `taken`:
 *   RMQ_ERR_CORRUPT     no record begins there: nothing behind it can be found
 *   RMQ_ERR_TOO_LARGE   the plain bodies have come to 64 MiB: the rest is another block (never the first one of
 *                       a block: that is a bad record)
 *   RMQ_ERR_NO_MEMORY   *out may be untouched
 */
enum rmq_error rmqi_message_block_new(struct rmqi_cursor body, const char *broker_name,
				      struct rmqi_message_block **out) RMQI_MUST_USE;
/* The same in memory of a recycler (NULL: plain), to which it goes back. */
enum rmq_error rmqi_message_block_in(struct rmqi_recycler *memory, struct rmqi_cursor body,
				     const char *broker_name,
				     struct rmqi_message_block **out) RMQI_MUST_USE;
void rmqi_message_block_ref(struct rmqi_message_block *b);
/* False: its own, or a view that somebody made for a call: it has a block, but is no part of it. */
bool rmqi_message_is_in_block(const struct rmq_message *m);
void rmqi_message_block_unref(struct rmqi_message_block *b);

/* Whoever reads properties or properties_len calls this first: those of a received message become C strings
 * now. Thread: any; one does it, others wait for it. */
void rmqi_message_split(const struct rmq_message *m);
static inline void rmqi_message_ready(const struct rmq_message *m)
{
	if (atomic_load_explicit(&m->is_raw, memory_order_acquire) != RMQI_DONE)
		rmqi_message_split(m);
}

/* The kinds that its send will have: what delayed a message that was received counts no more. */
unsigned rmqi_message_kinds(const struct rmq_message *m);
/* The value of a property, NULL when absent. Of a popped message POP_CK is the receipt that is good now. */
const char *rmqi_message_property(const struct rmq_message *m, const char *name);
/* Appends the properties in wire form (name 1 value 2), without the names in `drop` (may be NULL). */
void rmqi_message_wire_properties(const struct rmq_message *m, const char *const *drop,
				  struct rmqi_buf *out);
/* May a user have this property? As rmq_message_set_property says; `function` is named in the sentence. */
enum rmq_error rmqi_message_check_property(const char *name, const char *value,
					   const char *function,
					   rmq_error_detail **detail) RMQI_MUST_USE;
/* Sets or replaces a property of an own message without the check for reserved names. */
enum rmq_error rmqi_message_put(struct rmq_message *m, const char *name,
				const char *value) RMQI_MUST_USE;

/* The same, and drops all that has a name of `drop` (NULL-terminated): both, or nothing on an error. */
enum rmq_error rmqi_message_replace(struct rmq_message *m, const char *const *drop,
				    const char *name, const char *value) RMQI_MUST_USE;

/* --- For the setters of the public API; `function` is the one that was called --------------------- */

/* NULL, and received messages, which belong to the consumer: RMQ_ERR_INVALID_ARGUMENT. */
enum rmq_error rmqi_message_check_own(const struct rmq_message *m, const char *function,
				      struct rmq_error_detail **detail) RMQI_MUST_USE;
/* Hands out what a change came to; `name` is what was to be set. Returns err. */
enum rmq_error rmqi_message_changed(enum rmq_error err, const char *function, const char *name,
				    struct rmq_error_detail **detail);
/* rmqi_message_put of a text of the user's, which its function calls `argument`. */
enum rmq_error rmqi_message_put_checked(struct rmq_message *m, const char *name, const char *value,
					const char *function, const char *argument,
					struct rmq_error_detail **detail) RMQI_MUST_USE;

#endif
