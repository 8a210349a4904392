/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stall.h - why a queue, or a topic, does not get on: what the watchdog tells (watchdog.h), and the statistics.
 * What each of them means, and what to do about it, is doc/reference/watchdog.md.
 */
#ifndef RMQI_CONSUMER_STALL_H
#define RMQI_CONSUMER_STALL_H

enum rmqi_stall {
	RMQI_STALL_NONE,
	/* Of a queue with messages that are not done: the lowest one of them ... */
	RMQI_STALL_LISTENER,  /* is with a listener that has not returned */
	RMQI_STALL_THREADS,   /* waits for a consume thread */
	RMQI_STALL_FAILING,   /* fails again and again (orderly) */
	RMQI_STALL_SEND_BACK, /* failed, and no broker takes it back */
	RMQI_STALL_POLL,      /* waits for a poll */
	RMQI_STALL_LIST,      /* is in a list that was polled, and is not freed */
	/* Of any queue. */
	RMQI_STALL_FLOW_CONTROL,
	RMQI_STALL_RATE,      /* it waits for its time (rate.h) */
	RMQI_STALL_PAUSED,    /* by the application */
	RMQI_STALL_SUSPENDED, /* the consumer is, by the application */
	RMQI_STALL_LOCK,      /* the broker has not given its lock */
	RMQI_STALL_QUEUES_FN, /* the user's function has not returned, which is told of it */
	RMQI_STALL_LEAVING,   /* it goes to another member when its listener returns */
	RMQI_STALL_SILENCE,   /* a request is under way, and not answered */
	RMQI_STALL_BROKER,    /* its broker cannot be reached */
	RMQI_STALL_REFUSED,   /* its broker does not serve it, or says what makes no sense */
	RMQI_STALL_DENIED,    /* access control */
	RMQI_STALL_PAUSE,     /* between two pulls */
	RMQI_STALL_UNKNOWN,
	/* Of a topic: there is no share of its queues yet. */
	RMQI_STALL_ROUTE,    /* no name server knows the topic */
	RMQI_STALL_REGISTER, /* no broker has registered the group */
	RMQI_STALL_MEMBERS,  /* no broker counts us among the members */
	RMQI_STALL_SHARE, /* nobody has said which queues are ours (allocate function, allocateQueues) */
	RMQI_STALL_EXPRESSION, /* no broker has approved the expression */
	RMQI_STALL_COUNT
};

/* "LISTENER"; "" of NONE. */
const char *rmqi_stall_name(enum rmqi_stall cause);

#endif
