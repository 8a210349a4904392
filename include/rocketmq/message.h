/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - a message: made by a producer's user, or received by a consumer.
 *
 * Limits: topic 1..127 of [%|a-zA-Z0-9_-]; body 1..maxMessageSize (4 MiB) when sent; all
 * properties together 32767 bytes. Property names and values must not hold the bytes 1 and 2, and
 * must not be empty.
 *
 * Thread: one owner at a time; a received message is immutable and may be read by any thread while
 * it is valid.
 */
#ifndef ROCKETMQ_MESSAGE_H
#define ROCKETMQ_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/queue.h>

RMQ_BEGIN_DECLS

typedef struct rmq_message rmq_message;
typedef struct rmq_property rmq_property;

/* Copies topic and body. body may be NULL when len is 0 (such a message cannot be sent). NULL when
 * memory is out or topic is NULL. */
RMQ_API rmq_message *rmq_message_new(const char *topic, const void *body, size_t len);
/*
 * Without a copy, for large bodies. `body` must stay and not be changed until the message is freed (or got
 * another body) and every send of it is complete; an asynchronous one is when its callback is called.
 * NULL when memory is out or topic is NULL.
 */
RMQ_API rmq_message *rmq_message_new_borrowed(const char *topic, const void *body, size_t len);
/* Frees a body that was given: once, when the message is freed (or got another body) and every send of it is
 * complete, whatever became of them. On the thread that lets go of it last: one that calls the library, or a
 * callback thread; never under a lock. */
typedef void (*rmq_body_free_fn)(void *body, size_t len, void *arg);
/* Takes `body` over, to be freed by `fn` (NULL: by nobody). NULL when memory is out or topic is NULL: then it
 * stays the caller's, and fn is not called. */
RMQ_API rmq_message *rmq_message_new_given(const char *topic, void *body, size_t len,
					   rmq_body_free_fn fn, void *arg);
/* An owned copy, which can be changed. */
RMQ_API rmq_message *rmq_message_dup(const rmq_message *m);
/*
 * Keeps a received message beyond its listener or list, without a copy: the body stays where it came. It is
 * immutable (but for its reconsume times, when it is delivered again), may be read and freed by any thread, and outlives its consumer. It costs the memory of all
 * that came with it in one answer (pullBatchSize messages, pullBatchSizeInBytes or one message that is
 * larger): one small message kept for long is cheaper as a copy. Each reference is freed once.
 * Of a message that the user made (_new, _dup), which may be changed any time: the same as rmq_message_dup.
 * NULL: m is NULL, or memory is out (never of a received one).
 */
RMQ_API rmq_message *rmq_message_ref(const rmq_message *m);
/* Only for messages from _new, _dup and _ref: once for each. */
RMQ_API void rmq_message_free(rmq_message *m);

/*
 * Setters: for messages from _new and _dup; they copy. RMQ_ERR_INVALID_ARGUMENT: an argument is NULL, the
 * message is a received one, or a value is not allowed, and then nothing was changed: the detail says which
 * and what is. RMQ_ERR_NO_MEMORY. RMQ_ERR_TOO_LARGE: over 64 KiB of properties.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_body(rmq_message *m, const void *body,
							 size_t len, rmq_error_detail **detail);
/* By which consumers filter; one. With "||" in it, or a blank at an end, nobody could subscribe to it: it is
 * refused. Tags, keys and properties are UTF-8 (Java would change other bytes); a body is any bytes. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_tag(rmq_message *m, const char *tag,
							rmq_error_detail **detail);
/* Blank-separated keys, by which the message can be found in the index. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_keys(rmq_message *m, const char *keys,
							 rmq_error_detail **detail);
/* A property of the user's. Names that the system uses (MessageConst.STRING_HASH_SET) are refused. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_property(rmq_message *m, const char *name,
							     const char *value,
							     rmq_error_detail **detail);
/* Stored unchanged; the system does not read it. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_flag(rmq_message *m, int32_t flag,
							 rmq_error_detail **detail);
/*
 * When it is delivered: a delay level, a delay, or a time. A message has one of them: setting one takes
 * the place of what was set before, and 0 of any of them means "at once".
 *
 * 1..18: 1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h, unless the broker is configured
 * otherwise (MessageStoreConfig.messageDelayLevel); 0: none.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_delay_level(rmq_message *m, int level,
								rmq_error_detail **detail);
/*
 * The next three need brokers from 5.0.0 on. An older one would deliver at once, so its send fails with
 * RMQ_ERR_UNSUPPORTED, and nothing was sent. A broker takes up to timerMaxDelaySec (3 days) and refuses
 * more (MESSAGE_ILLEGAL); it delivers by the second (timerPrecisionMs), and at once what is in the past by
 * its own clock. Such a message can be recalled (producer.h). doc/reference/timed.md has the rules.
 *
 * So long after the broker got it: 0..315360000 s (ten years), in seconds or milliseconds.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_message_set_delay_time_sec(rmq_message *m, int64_t delay_sec, rmq_error_detail **detail);
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_delay_time_ms(rmq_message *m, int64_t delay_ms,
								  rmq_error_detail **detail);
/* At this time: milliseconds since 1970, from 1000000000000 (September 2001: less would be seconds) to
 * 253402300799999 (the year 9999), or 0. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_message_set_deliver_time_ms(rmq_message *m, int64_t deliver_ms, rmq_error_detail **detail);
/*
 * From 0, the lowest; -1, the default: none. Needs brokers from 5.4.0 on: an older one would forget it, so its
 * send fails with RMQ_ERR_UNSUPPORTED, and nothing was sent. A broker stores the message in the queue of that
 * number, or in the last one, so a topic has as many priorities as queues a broker; the result of the send
 * tells which. Only POP consumers read queues by priority. Not together with a delay, a lite topic, a
 * sharding key, a queue of the options, or a transaction: that send is RMQ_ERR_INVALID_ARGUMENT. A selector
 * may say to which broker it goes. doc/reference/places.md has the rules.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_priority(rmq_message *m, int priority,
							     rmq_error_detail **detail);
/*
 * A topic within the message's topic, which should be one of type LITE: 1..64 of [a-zA-Z0-9_-]; NULL: none.
 * Needs brokers from 5.5.0 on (RMQ_ERR_UNSUPPORTED). It is sent to the queue whose broker owns that lite topic.
 * Not together with a delay, a priority, a sharding key, a queue or selector of the options, or a
 * transaction (RMQ_ERR_INVALID_ARGUMENT), and in no batch.
 */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_message_set_lite_topic(rmq_message *m, const char *lite_topic, rmq_error_detail **detail);
/* true, the default: the broker's answer waits for its flush and replication settings. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_message_set_wait_store_ok(rmq_message *m, bool wait,
								  rmq_error_detail **detail);

/* Getters: borrowed, as long as the message; never NULL unless said otherwise. */
RMQ_API const char *rmq_message_topic(const rmq_message *m);
RMQ_API const void *rmq_message_body(const rmq_message *m, size_t *len);
RMQ_API const char *rmq_message_tag(const rmq_message *m);  /* "" when there is none */
RMQ_API const char *rmq_message_keys(const rmq_message *m); /* "" when there are none */
/* NULL when there is no such property. */
RMQ_API const char *rmq_message_property(const rmq_message *m, const char *name);
RMQ_API size_t rmq_message_property_count(const rmq_message *m);
/* In no promised order; NULL past the end. Borrowed, until the message is changed or ends. */
RMQ_API const rmq_property *rmq_message_property_at(const rmq_message *m, size_t index);
RMQ_API const char *rmq_property_name(const rmq_property *p);  /* "" of NULL */
RMQ_API const char *rmq_property_value(const rmq_property *p); /* "" of NULL */
RMQ_API int32_t rmq_message_flag(const rmq_message *m);
RMQ_API int rmq_message_priority(const rmq_message *m);           /* -1 when there is none */
RMQ_API const char *rmq_message_lite_topic(const rmq_message *m); /* "" when there is none */

/* Of a received message; "" or 0 (offsets: -1) on one that was never stored. */
RMQ_API const char *rmq_message_id(const rmq_message *m);        /* UNIQ_KEY, else the offset id */
RMQ_API const char *rmq_message_offset_id(const rmq_message *m); /* names its place in the log */
/* Where it is stored: the topic is %RETRY%group when it is delivered again, while rmq_message_topic tells
 * the one that was subscribed. */
RMQ_API const struct rmq_queue *rmq_message_queue(const rmq_message *m);
RMQ_API int64_t rmq_message_queue_offset(const rmq_message *m);
RMQ_API int64_t rmq_message_commit_log_offset(const rmq_message *m);
RMQ_API int32_t rmq_message_reconsume_times(const rmq_message *m);
RMQ_API int64_t rmq_message_born_ms(const rmq_message *m);
RMQ_API int64_t rmq_message_store_ms(const rmq_message *m);
RMQ_API const char *rmq_message_born_host(const rmq_message *m);
RMQ_API const char *rmq_message_store_host(const rmq_message *m);
/* MessageSysFlag.java; the "compressed" bit is gone, as the body is plain, its type bits stay. */
RMQ_API int32_t rmq_message_sys_flag(const rmq_message *m);

RMQ_END_DECLS

#endif
