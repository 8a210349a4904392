/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sender.h - what every handle that sends has: the rules of its client, the sends
 * that are under way, and their end.
 *
 *     init -> stop -> drain -> deinit
 *
 * Each send enters and leaves. After stop none enters, no further attempt begins and
 * pauses end; the calls under way end when the client is closed, which comes between
 * stop and drain.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_SEND_SENDER_H
#define RMQI_SEND_SENDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "client/client.h"
#include "send/core.h"
#include "send/request.h"

/* An asynchronous send that pauses. Thread: loop. */
struct rmqi_pause {
	struct rmqi_list link;
	void (*wake)(struct rmqi_pause *p); /* its time has come, or another's, or the end */
};

struct rmqi_sender {
	struct rmqi_client *client;   /* immutable, as all down to `timeout_ms` */
	const char *group;            /* borrowed */
	const char *what;             /* "producer": how sentences call it */
	struct rmqi_faults *faults;   /* NULL: sendLatencyFaultEnable is off */
	struct rmqi_send_rules rules; /* of the configuration */
	int64_t timeout_ms;
	atomic_size_t under_way; /* and one while not stopped */
	atomic_bool is_stopped;
	struct rmqi_event stop;    /* ends the pauses of synchronous sends */
	struct rmqi_event drained; /* no send is under way any more */
	struct rmqi_timer timer;   /* loop: the first end of a pause */
	int64_t pause_end_us;      /* loop: what the timer was set to */
	struct rmqi_list pausing;  /* loop: struct rmqi_pause, in no order */
};

/* What one send wants beside the message. Zero: the defaults of the configuration. */
struct rmqi_send_how {
	int64_t timeout_ms; /* > 0; more than a day counts as a day */
	int64_t tries;      /* > 0 */
	const struct rmqi_picker
		*picker; /* copied; what it points to must live as long as the send */
};

/* `client` and the texts must outlive it. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_sender_init(struct rmqi_sender *s, struct rmqi_client *client,
				const char *group, const char *what) RMQI_MUST_USE;
/* Idempotent; harmless on a zeroed one. */
void rmqi_sender_stop(struct rmqi_sender *s);
/* After stop. False: some send was still under way at the deadline. Not on the loop. */
bool rmqi_sender_drain(struct rmqi_sender *s, int64_t deadline_us);
/* Sends that have not ended. */
size_t rmqi_sender_under_way(const struct rmqi_sender *s);
/* After stop, when nothing is under way. Harmless on a zeroed one. */
void rmqi_sender_deinit(struct rmqi_sender *s);

/* --- For the drivers ------------------------------------------------------------------------- */

/* RMQ_OK: leave must follow. RMQ_ERR_STATE: stopped, or not started. */
enum rmq_error rmqi_sender_enter(struct rmqi_sender *s,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_sender_leave(struct rmqi_sender *s);
int64_t rmqi_sender_budget_us(const struct rmqi_sender *s, const struct rmqi_send_how *how);
/* Prepares the core for this route. */
void rmqi_sender_prepare(struct rmqi_sender *s, const struct rmqi_send_how *how,
			 struct rmqi_topic_route *route, int64_t budget_us, int64_t deadline_us,
			 struct rmqi_send *core);
/* Wakes it at that time or before; it may pause again then. Thread: loop. */
void rmqi_sender_pause(struct rmqi_sender *s, struct rmqi_pause *p, int64_t until_us);
/* rmqi_send_next, and what it wants from the client. */
struct rmqi_send_step rmqi_sender_next(struct rmqi_sender *s, struct rmqi_send *core);

#endif
