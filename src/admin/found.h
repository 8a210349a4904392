/* SPDX-License-Identifier: Apache-2.0 */
/*
 * found.h - the inside of rmq_found_messages (rocketmq/admin_message.h), and how one is gathered from the
 * answers of several brokers.
 *
 *     init -> take or fail, for each broker -> hand_out
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_ADMIN_FOUND_H
#define RMQI_ADMIN_FOUND_H

#include <rocketmq/admin_message.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "client/message.h"
#include "client/messages.h"

struct rmq_unanswered {
	char *broker;
	enum rmq_error error;
	struct rmq_error_detail *detail; /* NULL: memory was out for it */
};

struct rmq_found_messages {
	struct rmq_messages *messages;
	struct rmq_unanswered *unanswered;
	size_t unanswered_count;
};

/* Is it one of those that are looked for? */
typedef bool (*rmqi_found_fn)(const struct rmq_message *m, const void *arg);

/* What was found so far. */
struct rmqi_finding {
	rmqi_found_fn is_wanted; /* NULL: all are */
	const void *arg;
	const struct rmq_message **items; /* of the blocks */
	size_t count;
	size_t room;
	struct rmqi_message_block **blocks; /* references */
	size_t block_count;
	struct rmq_unanswered *unanswered;
	size_t unanswered_count;
	size_t answered;
};

/* Takes the messages of an answer that are wanted. RMQ_ERR_CORRUPT: some cannot be read, the others are taken;
 * RMQ_ERR_NO_MEMORY. The sentence names the broker. */
enum rmq_error rmqi_finding_take(struct rmqi_finding *f, struct rmqi_cursor body,
				 const char *broker_name,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* What asking a broker came to: an answer (RMQ_OK), or none. RMQ_ERR_NO_MEMORY: it could not be noted. */
enum rmq_error rmqi_finding_note(struct rmqi_finding *f, const char *broker, enum rmq_error error,
				 const struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The list, of at most `max` messages; ends the finding. `err` is what it ended with: after an error there is no list.
 * With RMQ_OK and no answer at all, the first one's error. */
enum rmq_error rmqi_finding_hand_out(struct rmqi_finding *f, enum rmq_error err, size_t max,
				     struct rmq_found_messages **out,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_found_messages_free(struct rmq_found_messages *f);

#endif
