/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock_record.h - what the nodes of a mock cluster were asked, and what they answered.
 *
 * The option `record` says how many requests are kept; without it (0, the default) nothing is, and
 * these functions fail with RMQ_ERR_STATE. Each request that a name server or broker receives is one
 * entry: those it does not know, those that a fault took, those whose client has gone; what a
 * broker asks its clients; and bytes that were no request at all. The oldest leave when there are more
 * than `record`, or when they take more than `recordBytes`.
 *
 *     rmq_mock_requests *sends = NULL;
 *
 *     rmq_mock_cluster_wait_requests(cluster, "code=SEND_MESSAGE_V2 topic=T", 3, 5000, &detail);
 *     rmq_mock_cluster_requests(cluster, "code=SEND_MESSAGE_V2 topic=T", &sends, &detail);
 *     puts(rmq_mock_request_client_id(rmq_mock_requests_at(sends, 0)));
 *     rmq_mock_requests_free(sends);
 *
 * A filter is a text of the selectors of a fault rule, "code=PULL_MESSAGE topic=T* node=broker-a"; all of
 * them must hold. NULL or "": every entry. RMQ_ERR_CONFIG: it cannot be read. Where topic or group stand
 * in the body (HEART_BEAT, LOCK_BATCH_MQ, ...), the body is kept whole, up to the 256 KiB that a fault rule looks into, whatever
 * `recordBody` says.
 *
 * Thread: as mock.h says. Lists are immutable, may be read by any thread, and outlive the cluster.
 */
#ifndef ROCKETMQ_MOCK_RECORD_H
#define ROCKETMQ_MOCK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/common.h>
#include <rocketmq/error.h>
#include <rocketmq/mock.h>

RMQ_BEGIN_DECLS

/* --- Lists of requests ------------------------------------------------------------------------------ */

typedef struct rmq_mock_requests rmq_mock_requests;
typedef struct rmq_mock_request rmq_mock_request;

/* Those that the filter takes, in the order in which they were received, as they are now: a request that is
 * still held has no answer in this list, whatever comes later. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_requests(rmq_mock_cluster *c,
							      const char *filter,
							      rmq_mock_requests **out,
							      rmq_error_detail **detail);
/* 0 of NULL. */
RMQ_API size_t rmq_mock_requests_count(const rmq_mock_requests *l);
/* Borrowed, as long as the list; NULL past the end. */
RMQ_API const rmq_mock_request *rmq_mock_requests_at(const rmq_mock_requests *l, size_t i);
/* Requests of any kind that had left the record when the list was made, and those for which there was no
 * memory. What was cleared is not among them. */
RMQ_API uint64_t rmq_mock_requests_left(const rmq_mock_requests *l);
RMQ_API void rmq_mock_requests_free(rmq_mock_requests *l);

/* How many the filter takes. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_count_requests(rmq_mock_cluster *c,
								    const char *filter, size_t *out,
								    rmq_error_detail **detail);
/* Forgets all of them; numbers go on. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_clear_requests(rmq_mock_cluster *c,
								    rmq_error_detail **detail);

/* --- Waiting ------------------------------------------------------------------------------------ */

/* Who waits here has come back before another thread frees the cluster. */

/* Until at_least of them have been received, counting those that are there. Nothing polls; in virtual time
 * it runs the cluster. RMQ_ERR_TIMEOUT: max_ms passed before (-1: no limit); the detail says how many there
 * are. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_wait_requests(rmq_mock_cluster *c,
								   const char *filter,
								   size_t at_least, int64_t max_ms,
								   rmq_error_detail **detail);
/* Until none has been received for quiet_ms, counted from the call on. RMQ_ERR_TIMEOUT: there was no such time
 * within max_ms. */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_wait_quiet(rmq_mock_cluster *c,
								const char *filter,
								int64_t quiet_ms, int64_t max_ms,
								rmq_error_detail **detail);

/* --- Sequences ------------------------------------------------------------------------------------- */

/* Were requests received in this order? The text names them, with blanks between:
 *
 *     HEART_BEAT SEND_MESSAGE_V2+ PULL_MESSAGE@broker-a* UNREGISTER_CLIENT?
 *
 *   NAME or number   one request of this code
 *   @NODE            at this broker ("broker-a", "broker-a/1"), or at "namesrv-0"
 *   + * ?            one or more, any number, one or none; the last thing of a word
 *
 * Only requests of the codes that stand there count, and of them only those that the filter takes: all of them,
 * from the first to the last of the record, must be what the text says. RMQ_ERR_NOT_FOUND: they are not; the
 * detail names the first that does not fit and what was expected. RMQ_ERR_CONFIG: the text cannot be read. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_mock_cluster_expect_sequence(rmq_mock_cluster *c, const char *filter, const char *text,
				 rmq_error_detail **detail);

/* --- Verifying ------------------------------------------------------------------------------------- */

/*
 * Does what is kept agree with what the cluster has now?
 *
 *   - What a send was told is stored is there: of its topic (or of one of the system, on its way), at its offset, and
 *     its queue leads to it. Unless it has expired, or its topic was deleted.
 *   - Offsets that a group commits in a queue (UPDATE_CONSUMER_OFFSET, and pulls that commit) never step back, and the
 *     broker has not forgotten them: but for a reset, a clone, or the end of group or topic. An operator who commits
 *     for a group is not told from a member.
 *   - A queue is locked by one client at a time.
 *   - A request is answered at most once, under its own opaque, and no opaque is used for two open requests of a
 *     connection.
 *
 * RMQ_ERR_CORRUPT: not so; the detail names each of the first 32 violations with the numbers of its requests. What has
 * left the record, or was cleared, is not judged; nor is what only a broker knows that does not run. A broker
 * that crashes may lose what a flush in the background had not saved, and locks: then they are found.
 */
RMQ_API RMQ_MUST_USE enum rmq_error rmq_mock_cluster_verify(rmq_mock_cluster *c,
							    rmq_error_detail **detail);

/* --- As lines -------------------------------------------------------------------------------------- */

enum rmq_mock_format {
	RMQ_MOCK_TEXT = 0,      /* for people */
	RMQ_MOCK_JSON_LINES = 1 /* an object a line */
};

/* One line without its end, `len` bytes and a NUL. Borrowed. */
typedef void (*rmq_mock_line_fn)(const char *line, size_t len, void *arg);

/* Calls fn with a line for each request, on the calling thread. */
RMQ_API RMQ_MUST_USE enum rmq_error
rmq_mock_cluster_dump_requests(rmq_mock_cluster *c, const char *filter,
			       enum rmq_mock_format format, rmq_mock_line_fn fn, void *arg,
			       rmq_error_detail **detail);
/* A ready-made one: to a FILE *, as `arg`; NULL: stderr. */
RMQ_API void rmq_mock_line_to_file(const char *line, size_t len, void *arg);

/* --- A request ----------------------------------------------------------------------------------- */

/* Texts are never NULL ("" of NULL, and for what there is not), borrowed, as long as the list. */

/* From 1, in the order in which they were received. */
RMQ_API uint64_t rmq_mock_request_number(const rmq_mock_request *r);
/* "broker-a", "broker-a/1", "namesrv-0". */
RMQ_API const char *rmq_mock_request_node(const rmq_mock_request *r);
/* The connection, from 1 in the order in which they opened; its other end; who that is, as far as a
 * heart-beat or this header has said. */
RMQ_API uint64_t rmq_mock_request_connection(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_peer(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_client_id(const rmq_mock_request *r);
/* "request", "push" (of the broker to the client), "unreadable": bytes that are no frame, after which the
 * connection was closed; what was wrong is the problem. */
RMQ_API const char *rmq_mock_request_kind(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_problem(const rmq_mock_request *r);
/* -1 and "" when it was unreadable. "REQUEST_4711" is a code that nobody knows. */
RMQ_API int rmq_mock_request_code(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_name(const rmq_mock_request *r);
RMQ_API int32_t rmq_mock_request_opaque(const rmq_mock_request *r);
RMQ_API bool rmq_mock_request_is_oneway(const rmq_mock_request *r);
/* "JAVA", "CPP", "GO", ...; as LanguageCode.java, and MQVersion.java. */
RMQ_API const char *rmq_mock_request_language(const rmq_mock_request *r);
RMQ_API int rmq_mock_request_version(const rmq_mock_request *r);
/* Ext fields, by their Java names also where the wire has letters. */
RMQ_API size_t rmq_mock_request_field_count(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_field_name_at(const rmq_mock_request *r, size_t i);
RMQ_API const char *rmq_mock_request_field_at(const rmq_mock_request *r, size_t i);
/* NULL: there is no such field. */
RMQ_API const char *rmq_mock_request_field(const rmq_mock_request *r, const char *name);
/* What is kept of the body (the option recordBody), with a NUL behind it; *len may be NULL. And how long it
 * was. */
RMQ_API const void *rmq_mock_request_body(const rmq_mock_request *r, size_t *len);
RMQ_API size_t rmq_mock_request_body_length(const rmq_mock_request *r);
/* Wall clock of the cluster, and its monotonic clock. */
RMQ_API int64_t rmq_mock_request_received_ms(const rmq_mock_request *r);
RMQ_API int64_t rmq_mock_request_received_us(const rmq_mock_request *r);

/* --- What became of it --------------------------------------------------------------------------- */

/*   "open"      nothing yet: it is held, or under way
 *   "answered"  the answer was handed to the connection, or leaves at answered_ms: a fault may delay it, and change
 *               its bytes on the way. What stands here is what it was before they were changed
 *   "oneway"    nobody waits for an answer; what the broker would have said stands here
 *   "dropped"   a fault took it: it gets no answer
 *   "lost"      the connection was closed before */
RMQ_API const char *rmq_mock_request_end(const rmq_mock_request *r);
/* The last stage it passed: "received", "apply" (the handler ran), "applied", "response"; "" while it is
 * open. */
RMQ_API const char *rmq_mock_request_stage(const rmq_mock_request *r);
/* The fault rule that took it; 0: none. */
RMQ_API uint64_t rmq_mock_request_fault(const rmq_mock_request *r);
/* -1 while it is open. Of an answer that a rule reorders: at the latest. */
RMQ_API int64_t rmq_mock_request_answered_ms(const rmq_mock_request *r);
RMQ_API int64_t rmq_mock_request_answered_us(const rmq_mock_request *r);
/* -1 and "" without a response. */
RMQ_API int rmq_mock_request_response_code(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_response_name(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_remark(const rmq_mock_request *r);
RMQ_API size_t rmq_mock_request_response_field_count(const rmq_mock_request *r);
RMQ_API const char *rmq_mock_request_response_field_name_at(const rmq_mock_request *r, size_t i);
RMQ_API const char *rmq_mock_request_response_field_at(const rmq_mock_request *r, size_t i);
RMQ_API const char *rmq_mock_request_response_field(const rmq_mock_request *r, const char *name);
RMQ_API size_t rmq_mock_request_response_body_length(const rmq_mock_request *r);

RMQ_END_DECLS

#endif
