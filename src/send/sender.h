/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sender.h - what every handle that sends has: the rules of its client, the sends
 * that are under way, and their end.
 *
 *     init -> refuse -> drain -> stop -> drain -> deinit
 *
 * Each send enters and leaves. After refuse none enters, and those under way go on as ever. After stop
 * (which refuses, too) no further attempt begins and pauses end; the calls under way end when the client
 * is closed, which comes between stop and the last drain.
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
#include "codec/template.h"
#include "send/choice.h"
#include "send/core.h"
#include "send/flight.h"
#include "send/request.h"
#include "send/undelivered.h"
#include "send/weak.h"

/* An asynchronous send that pauses. Thread: loop. */
struct rmqi_pause {
	struct rmqi_list link;
	void (*wake)(struct rmqi_pause *p); /* its time has come, or another's, or the end */
};

struct rmq_send_result;
struct rmqi_gate;
struct rmqi_hook_set;

/* Who is told of the end of each send whose request was made, but for one-way ones. `result` is NULL when
 * there is none, or nobody wanted one. Thread: the send's (the loop, or the caller's). */
struct rmqi_sends_observer {
	void (*ended)(struct rmqi_sends_observer *o, const struct rmqi_send_request *request,
		      const struct rmqi_send *core, const struct rmq_send_result *result,
		      enum rmq_error error);
};

struct rmqi_sender {
	struct rmqi_client *client;   /* immutable, as all down to `timeout_ms` */
	const char *group;            /* borrowed */
	const char *what;             /* "producer": how sentences call it */
	struct rmqi_faults *faults;   /* borrowed of the client */
	struct rmqi_send_rules rules; /* of the configuration */
	int64_t timeout_ms;
	bool uses_vip;                                   /* vipChannelEnabled */
	const char *default_topic;                       /* borrowed of the configuration */
	struct rmqi_template heads[RMQI_SERIALIZATIONS]; /* of the usual request */
	struct rmqi_sends_observer *observer;            /* set before the start; NULL: none */
	struct rmqi_flight *flight;  /* the user's sends that nobody waits for; a reference */
	struct rmqi_hook_set *hooks; /* the user's; a reference; NULL: none */
	struct rmqi_gate *gate;      /* behind the user's code; a reference */
	struct rmqi_losses losses;   /* of those, what failed after refuse */
	atomic_bool uses_faults;     /* sendLatencyFaultEnable, as it is now */
	atomic_size_t under_way;     /* and one while not refusing */
	atomic_size_t late;          /* asynchronous ones whose first attempt is still to be made on the loop */
	atomic_bool is_refusing;
	atomic_bool is_stopped;
	struct rmqi_event stop;    /* ends the pauses of synchronous sends */
	struct rmqi_event drained; /* no send is under way any more */
	struct rmqi_timer timer;   /* loop: the first end of a pause */
	int64_t pause_end_us;      /* loop: what the timer was set to */
	struct rmqi_list pausing;  /* loop: struct rmqi_pause, in no order */
	struct rmqi_weak weak;     /* brokers that store less safely than asked */
};

/* What one send wants beside the message. Zero: the defaults of the configuration. */
struct rmqi_send_how {
	int64_t timeout_ms;                  /* > 0; more than a day counts as a day */
	int64_t tries;                       /* > 0 */
	int64_t began_us;                    /* when its time began; 0: now */
	bool never_twice;                    /* core.h; and a weaker result is taken as it is */
	const struct rmqi_send_extra *extra; /* borrowed until the send has begun */
	bool ends_on_loop; /* rmqi_send_async: fn is the library's own, and is called there */
	bool is_reply;     /* what becomes of it says nothing about its broker */
	const struct rmqi_picker
		*picker; /* copied; what it points to must live as long as the send */
	/* Of the user, ANY or NULL: none. It goes before `picker`, and must live as long as the send;
	 * what ends later keeps its own (rmqi_choice_keep). */
	struct rmqi_choice *choice;
};

/* `client` and the texts must outlive it. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_sender_init(struct rmqi_sender *s, struct rmqi_client *client,
				const char *group, const char *what) RMQI_MUST_USE;
/* Idempotent, both; harmless on a zeroed one. */
void rmqi_sender_refuse(struct rmqi_sender *s);
void rmqi_sender_stop(struct rmqi_sender *s);
/* After refuse. False: some send was still under way at the deadline. Not on the loop. */
bool rmqi_sender_drain(struct rmqi_sender *s, int64_t deadline_us);
/* sendLatencyFaultEnable from now on; sends under way keep what was. Off: what is put aside is forgotten. */
void rmqi_sender_use_faults(struct rmqi_sender *s, bool is_on);
/* Sends that have not ended. */
size_t rmqi_sender_under_way(const struct rmqi_sender *s);
/* Of a producer that is freed, after stop and before its client is: sends whose selector still runs end
 * where it returns, and do not touch the sender. Harmless on a zeroed one. Not on the loop. */
void rmqi_sender_abandon(struct rmqi_sender *s);
/* After stop, when nothing is under way. Harmless on a zeroed one. */
void rmqi_sender_deinit(struct rmqi_sender *s);

/* --- For the drivers ------------------------------------------------------------------------- */

/* RMQ_OK: leave must follow. RMQ_ERR_STATE: stopped, or not started. */
enum rmq_error rmqi_sender_enter(struct rmqi_sender *s,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_sender_leave(struct rmqi_sender *s);
/* Once more, by who has entered. */
void rmqi_sender_stay(struct rmqi_sender *s);
int64_t rmqi_sender_budget_us(const struct rmqi_sender *s, const struct rmqi_send_how *how);
/* Prepares the core for all but the route; from then on `how` is not needed. */
void rmqi_sender_prepare(struct rmqi_sender *s, const struct rmqi_send_how *how, int64_t budget_us,
			 int64_t deadline_us, struct rmqi_send *core);
/* The route of a prepared core, before its first step. */
void rmqi_sender_set_route(struct rmqi_sender *s, struct rmqi_send *core,
			   struct rmqi_topic_route *route);
/* Wakes it at that time or before; it may pause again then. Thread: loop. */
void rmqi_sender_pause(struct rmqi_sender *s, struct rmqi_pause *p, int64_t until_us);
/* rmqi_send_rerouted; `why` (may be NULL) is the detail of the fetch, `detail` that of the send. */
void rmqi_sender_rerouted(struct rmqi_sender *s, struct rmqi_send *core, enum rmq_error error,
			  struct rmqi_topic_route *route, const struct rmq_error_detail *why,
			  struct rmq_error_detail *detail);
/* What goes with the request as rmqi_outgoing.templates; NULL when it is not of the usual kind. */
const struct rmqi_template *rmqi_sender_heads(const struct rmqi_sender *s,
					      const struct rmqi_send_request *r);
/* rmqi_send_next, and what it wants from the client. */
struct rmqi_send_step rmqi_sender_next(struct rmqi_sender *s, struct rmqi_send *core);
/* Counts the end of a send that has entered (client/tally.h), and tells the observer. A core without a route:
 * it was not prepared; a request without messages: it was not made. */
void rmqi_sender_ended(struct rmqi_sender *s, const struct rmqi_send *core,
		       const struct rmqi_send_request *r, const struct rmq_send_result *result,
		       enum rmq_error error);
/* One that could not be made. */
void rmqi_sender_count_refused(struct rmqi_sender *s, enum rmq_error error);
/* The same for one that awaits no answer, and for its attempt. */
void rmqi_sender_count_oneway(struct rmqi_sender *s, const struct rmqi_send *core,
			      const struct rmqi_send_request *r, enum rmq_error error);

#endif
