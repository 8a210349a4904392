/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reset.h - offsets of a group set anew: what they are to be (reset.c), and how a broker is told (reset_apply.c).
 *
 * Since 5.2 a broker moves the queues of a group itself, whether its members are online or not
 * (useServerSideResetOffset). An older one tells the members that are online (RESET_CONSUMER_CLIENT_OFFSET), and can
 * do so by time only; of a group that is offline the offset is committed.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_RESET_H
#define RMQI_ADMIN_RESET_H

#include <rocketmq/admin_group.h>

#include "admin/admin.h"
#include "admin/asking.h"
#include "admin/queue_ask.h"

enum rmqi_reset_to { RMQI_RESET_LATEST, RMQI_RESET_EARLIEST, RMQI_RESET_TIME, RMQI_RESET_OFFSET };

struct rmq_offset_reset {
	enum rmqi_reset_to to;
	int64_t value; /* of a time or an offset */
	char *broker_name; /* of the one queue; NULL: all */
	int32_t queue_id;
	bool is_dry_run;
	bool is_force; /* forwards, too */
};

struct rmq_queue_reset {
	struct rmq_queue queue; /* the texts are the route's */
	const struct rmqi_queue *place;
	int64_t before;
	int64_t after;
	int64_t min; /* for an offset alone */
	int64_t max;
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned */
};

struct rmq_queue_resets {
	struct rmqi_topic_route *route; /* a reference */
	struct rmq_queue_reset *rows;
	size_t count;
};

/* The rows of a broker, which stand together, and what it told of itself. */
struct rmqi_reset_share {
	const char *address; /* NULL: no master */
	const char *broker_name;
	struct rmq_queue_reset *rows;
	size_t count;
	bool is_server_side;
	bool is_online; /* the group, there */
	bool is_known;  /* it has told both */
};

struct rmqi_reset {
	struct rmq_admin *admin;
	const char *topic;
	const char *group;
	const char *from_group; /* its offsets are taken; NULL: as `what` says */
	const struct rmq_offset_reset *what;
	struct rmq_queue_resets *resets;
	struct rmqi_reset_share *shares;
	size_t share_count;
	int64_t deadline_us;
};

/* Makes brokers do what the rows without an error say. RMQ_ERR_NO_MEMORY; else each row says what became of it. */
enum rmq_error rmqi_reset_apply(struct rmqi_reset *r) RMQI_MUST_USE;
/* Is the row to be moved? */
bool rmqi_reset_moves(const struct rmqi_reset *r, const struct rmq_queue_reset *row);
void rmqi_reset_fail(struct rmq_queue_reset *row, enum rmq_error error, unsigned flags,
		     const char *format, ...) RMQI_PRINTF(4, 5);
/* The row ends as the question did, if that failed. */
void rmqi_reset_settle(struct rmq_queue_reset *row, const struct rmqi_ask *ask);

enum rmq_error rmqi_admin_reset_offsets(struct rmq_admin *a, const char *group, const char *topic,
					const struct rmq_offset_reset *what,
					const struct rmq_admin_options *options,
					struct rmq_queue_resets **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_clone_offsets(struct rmq_admin *a, const char *from_group,
					const char *to_group, const char *topic, bool is_dry_run,
					const struct rmq_admin_options *options,
					struct rmq_queue_resets **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_queue_resets_free(struct rmq_queue_resets *r);

#endif
