/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - messages on disk, in the files of Apache RocketMQ byte for byte
 * (DefaultMessageStore.java, CommitLog.java, ConsumeQueue.java;
 * doc/reference/store.md).
 *
 *     <root>/commitlog/00000000000000000000      records, files of a fixed size
 *     <root>/consumequeue/<topic>/<queue>/000..  20-byte entries
 *     <root>/index/20231114...                   which records may have a key
 *     <root>/checkpoint, abort, lock, config/
 *
 * Records are appended by one writer and dispatched to their queue at once, so
 * a message that was acknowledged can be read. What is in the page cache
 * survives the death of the process; what was flushed survives that of the machine. Flushing runs
 * on an executor, never on the loop.
 *
 * Thread: the loop that owns the store.
 */
#ifndef MB_STORE_STORE_H
#define MB_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/macros.h"
#include "codec/message.h"
#include "mock-broker/store/arrival.h"
#include "mock-broker/store/durable.h"
#include "mock-broker/store/expiry.h"
#include "mock-broker/store/fs.h"
#include "mock-broker/store/index.h"
#include "mock-broker/store/put_status.h"

struct mb_store;

struct mb_store_config {
	const char *root;               /* storePathRootDir; made if missing */
	const struct mb_fs *fs;         /* NULL: mb_fs_posix() */
	const int64_t *skew_ms; /* what its wall clock shows more than that of its timers; NULL: 0 */
	struct rmqi_timers *timers;     /* of the owning loop: periodic flush, checkpoint */
	struct rmqi_timers *inner_timers; /* its wall clock, and expiry; NULL: `timers` */
	struct rmqi_executor *loop;     /* where flush results are reported */
	struct rmqi_executor *flusher;  /* where msync runs; a pool of one thread */
	bool has_threads;               /* it may have one of its own (pages.h); false in a simulation */
	const struct rmqi_log *log;     /* may be NULL */
	size_t commit_log_file_size;    /* mappedFileSizeCommitLog; 0: 1 GiB */
	size_t consume_queue_file_size; /* bytes; 0: 6,000,000; rounded up to 20 */
	int64_t flush_interval_ms;      /* flushIntervalCommitLog; 0: 500 */
	int64_t sync_flush_timeout_ms;  /* syncFlushTimeout; 0: 5000 */
	int64_t slave_timeout_ms;       /* slaveTimeout; 0: 3000 */
	int64_t flush_delay_ms;         /* a flush begins so much later than it could */
	size_t max_message_size;        /* maxMessageSize; 0: 4 MiB */
	bool check_crc_on_recover;      /* checkCRCOnRecover; set true by mb_store_config_init */
	bool append_crc;                /* enabledAppendPropCRC */
	bool message_index;             /* messageIndexEnable; set false by mb_store_config_init */
	bool index_tags;                /* a message is found by its tags, too: 5.4.0 on */
	struct mb_index_shape index;    /* zeroes: 5,000,000 slots and 20,000,000 items */
	struct mb_expiry_rules expiry;  /* zeroes: nothing is ever deleted */
	bool light_queues;              /* enableLmq and enableMultiDispatch: light.h */
	const int64_t *delay_ms;        /* messageDelayLevel: ms of level 1, 2, ...; copied */
	size_t delay_levels;            /* 0: the 18 levels of Apache, 1s .. 2h */
};

void mb_store_config_init(struct mb_store_config *c);

/* Opens or makes the store and recovers it. RMQ_ERR_LOCKED: another process holds it;
 * RMQ_ERR_IO: not writable, disk full; RMQ_ERR_CORRUPT: a file has a wrong size. The cause goes to
 * `detail` (may be NULL). Strings of the config are copied. */
enum rmq_error mb_store_open(const struct mb_store_config *config, struct mb_store **out,
			     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Flushes, writes the checkpoint, removes `abort`, frees. NULL is fine. */
void mb_store_close(struct mb_store *s);
/* Like the death of the process: unmaps and unlocks, leaves `abort` and everything else as it is. */
void mb_store_crash(struct mb_store *s);

struct mb_put_result {
	enum mb_put_status status;
	int64_t physical_offset; /* of the first message */
	int64_t queue_offset;    /* of the first message */
	int64_t store_timestamp;
	size_t size;  /* bytes appended */
	size_t count; /* messages appended */
};

/*
 * Appends one message: topic, queue_id, flag, sys_flag, born_*, store_host,
 * reconsume_times, prepared_transaction_offset, body, topic and properties of `m`
 * are used; the offsets, CRC and store time are the store's. The queue is made when it is new. V2
 * when the topic is longer than 127 bytes.
 */
void mb_store_put(struct mb_store *s, const struct rmqi_stored_message *m,
		  struct mb_put_result *out);
/* The same for who has read the properties: `tags` is the value of TAGS in them, empty for none. `m` is filled in with
 * its offsets. Not for messages of the schedule, whose code is a time. */
void mb_store_put_tagged(struct mb_store *s, struct rmqi_stored_message *m, struct rmqi_str tags,
			 struct mb_put_result *out);
/* And who has read all the keys. Behind the properties of `m` come `shared` ones (may be empty; none of them a key). */
void mb_store_put_keyed(struct mb_store *s, struct rmqi_stored_message *m, struct rmqi_str shared,
			const struct mb_record_keys *keys, struct mb_put_result *out);
/* Appends the items of a batch body (message.h) as messages of one queue, all or none; `m` gives
 * all but body, properties and flag, and is used up. Each gets the `shared` properties (may be empty)
 * behind its own. `offsets` (may be NULL, room for max_offsets) gets the physical offset of each message. */
void mb_store_put_batch(struct mb_store *s, struct rmqi_stored_message *m, struct rmqi_cursor batch,
			struct rmqi_str shared, int64_t *offsets, size_t max_offsets,
			struct mb_put_result *out);
/*
 * Calls w->done on the loop when everything up to `physical_offset` is as safe as `parts` asks
 * (MB_WAIT_FLUSHED, MB_WAIT_REPLICATED), or when that failed or its time is up: see durable.h. May
 * call back at once. Group commit: one msync serves all that wait.
 */
void mb_store_wait(struct mb_store *s, unsigned parts, int64_t physical_offset,
		   struct mb_put_wait *w);
/* Would a put have to wait? False when no slave is configured and only that was asked for. */
bool mb_store_has_to_wait(const struct mb_store *s, unsigned parts);
/* For who replicates: it is told of slaves and of how far they came. */
struct mb_durable *mb_store_durable(struct mb_store *s);

/* From now on it is told of what is stored, after those that were added before. It must live as long
 * as the store. */
void mb_store_listen(struct mb_store *s, struct mb_arrival_listener *l);

/* GetMessageStatus.java */
enum mb_get_status {
	MB_GET_FOUND,
	MB_GET_NO_MATCHED_MESSAGE,
	MB_GET_MESSAGE_WAS_REMOVING,
	MB_GET_OFFSET_FOUND_NULL,
	MB_GET_OFFSET_OVERFLOW_BADLY,
	MB_GET_OFFSET_OVERFLOW_ONE,
	MB_GET_OFFSET_TOO_SMALL,
	MB_GET_NO_MATCHED_LOGIC_QUEUE,
	MB_GET_NO_MESSAGE_IN_QUEUE
};

/* "FOUND", "NO_MATCHED_MESSAGE" ... as Java names them (the remark of a pull answer). */
const char *mb_get_status_name(enum mb_get_status status);

struct mb_filter {
	/* By the queue entry alone; false skips the message. NULL: everything matches. */
	bool (*match_code)(const struct mb_filter *f, int64_t tags_code);
	/* By the record; called only for entries that match_code let through. NULL: everything. */
	bool (*match_record)(const struct mb_filter *f, struct rmqi_cursor record);
	const void *arg;
};

enum { MB_GET_MAX = 1024 }; /* messages one get may return; broker limits are lower */

struct mb_get_result {
	enum mb_get_status status;
	int64_t next_begin_offset;
	int64_t min_offset;
	int64_t max_offset;
	size_t count;
	size_t bytes;
	/* Records, borrowed from the mapped files: valid until control returns to the loop. */
	struct rmqi_cursor records[MB_GET_MAX];
};

struct mb_get_limits {
	int32_t max_messages; /* 1..MB_GET_MAX */
	size_t max_bytes;     /* the first message is returned whatever its size */
};

/* DefaultMessageStore.getMessage */
void mb_store_get(struct mb_store *s, struct rmqi_str topic, int32_t queue_id, int64_t offset,
		  const struct mb_get_limits *limits, const struct mb_filter *filter,
		  struct mb_get_result *out);
/* The record at a commit log offset; false when there is none. Borrowed like records above. */
bool mb_store_record_at(struct mb_store *s, int64_t physical_offset, struct rmqi_cursor *record);

struct mb_query {
	struct rmqi_str topic;
	struct rmqi_str key;
	enum mb_index_kind kind;
	size_t max; /* at most MB_GET_MAX */
	int64_t begin_ms, end_ms;
	size_t looks; /* at so many messages of the key, then it ends, and the log tells; 0: a million */
};

/* DefaultMessageStore.queryMessage: the records of the newest `max` hits, the oldest first; out->status and offsets mean
 * nothing. A hit has a key of the same hash, so the caller has to look at the key. Fails when the index cannot be
 * read. */
enum rmq_error mb_store_query(struct mb_store *s, const struct mb_query *q,
			      struct mb_get_result *out) RMQI_MUST_USE;
/* Store time and offset of the newest message in the index; 0: there is none. */
int64_t mb_store_index_ms(const struct mb_store *s);
int64_t mb_store_index_offset(const struct mb_store *s);

/* 0 for an unknown queue. */
int64_t mb_store_min_offset(struct mb_store *s, struct rmqi_str topic, int32_t queue_id);
int64_t mb_store_max_offset(struct mb_store *s, struct rmqi_str topic, int32_t queue_id);
/* ConsumeQueue.getOffsetInQueueByTime: lower (first with store time >= ms) or upper (last with store
 * time <= ms) bound. */
int64_t mb_store_offset_by_time(struct mb_store *s, struct rmqi_str topic, int32_t queue_id,
				int64_t timestamp_ms, bool upper);
/* Store time of the first message of a queue, -1 when empty. */
int64_t mb_store_earliest_time(struct mb_store *s, struct rmqi_str topic, int32_t queue_id);
/* Store time of the message at this queue offset, -1 when there is none. */
int64_t mb_store_time_at(struct mb_store *s, struct rmqi_str topic, int32_t queue_id,
			 int64_t queue_offset);
/* Deletes the queue files of a topic; its records stay in the commit log. */
enum rmq_error mb_store_delete_topic(struct mb_store *s, struct rmqi_str topic) RMQI_MUST_USE;

/* A queue entry, as operators see it. */
struct mb_queue_entry_view {
	int64_t physical_offset;
	int32_t size;
	int64_t tags_code;
};
/* Is there such a queue on disk? */
bool mb_store_has_queue(struct mb_store *s, struct rmqi_str topic, int32_t queue_id);
/* Calls fn with up to `count` entries of a queue from `from` on, as far as one of its files goes. False: there is
 * none at `from`. */
bool mb_store_entries(struct mb_store *s, struct rmqi_str topic, int32_t queue_id, int64_t from,
		      int32_t count, void (*fn)(void *arg, const struct mb_queue_entry_view *e),
		      void *arg);

/* Calls fn with each topic that has queues on disk, but for the light ones. After an abnormal exit a topic that had been
 * deleted may be among them (its records are in the commit log): the broker deletes what its table of
 * topics does not know, but not from within fn. */
void mb_store_topics(const struct mb_store *s, void (*fn)(void *arg, struct rmqi_str topic),
		     void *arg);

/* Light queues: the next offset, and their names; none is mapped for it. */
int64_t mb_store_light_max(const struct mb_store *s, struct rmqi_str name);
void mb_store_lights(const struct mb_store *s, void (*fn)(void *arg, struct rmqi_str name),
		     void *arg);
size_t mb_store_light_count(const struct mb_store *s);
/* One of them, borrowed until it is deleted; the last one takes its place then. */
struct rmqi_str mb_store_light_at(const struct mb_store *s, size_t at);

int64_t mb_store_min_physical_offset(const struct mb_store *s);
int64_t mb_store_max_physical_offset(const struct mb_store *s);
/* Everything below it is on disk. */
int64_t mb_store_flushed_offset(const struct mb_store *s);
/* False: a sync failed, or the disk is nearly full. */
bool mb_store_is_writable(const struct mb_store *s);
/* DELETE_EXPIRED_COMMITLOG: what is old goes soon, whatever the hour. */
void mb_store_expire(struct mb_store *s);
/* CLEAN_EXPIRED_CONSUMEQUEUE: queues whose records are all gone give up their entries (not those of the schedule). */
enum rmq_error mb_store_clean_queues(struct mb_store *s) RMQI_MUST_USE;
/* How full the disk is, in percent; -1: it cannot be told. */
int mb_store_disk_used(const struct mb_store *s);
/* Was the last exit of the store at this root an abnormal one? */
bool mb_store_was_abnormal(const struct mb_store *s);
/* <root>/config/<name>; owned. NULL when memory is out. */
char *mb_store_config_path(const struct mb_store *s, const char *name);
const struct mb_fs *mb_store_fs(const struct mb_store *s);
/* storePathRootDir. */
const char *mb_store_root(const struct mb_store *s);
/* Of the file system that holds it. False: nothing is known. */
bool mb_store_disk(const struct mb_store *s, struct mb_space_figures *out);

#endif
