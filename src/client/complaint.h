/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complaint.h - what a client cannot do and why: told to the log, to the event callback
 * and to who waits for the client.
 *
 * A complaint is known by its kind and subject (a topic, a broker, both). WARN at once and at each
 * new cause, then with growing gaps and the number of failures between
 * (base/reminder.h), INFO when it is over. The event is told with the first line, with that of another
 * cause and with the last one: whatever has been told to begin is told to end, unless it is withdrawn.
 *
 * Several parts may hold one complaint (the queues of a topic at one broker): it is over
 * when the last of them settles it.
 *
 * Thread: loop.
 */
#ifndef RMQI_CLIENT_COMPLAINT_H
#define RMQI_CLIENT_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"
#include "net/address.h"

struct rmqi_client;

enum { RMQI_TROUBLE_SIZE = 512 };

enum rmqi_trouble_kind {
	RMQI_TROUBLE_NONE,
	RMQI_TROUBLE_NAMESRV,    /* one of several name servers; "" */
	RMQI_TROUBLE_NAMESRVS,   /* all of them; subject "" */
	RMQI_TROUBLE_BROKER,     /* heartbeats; subject: address */
	RMQI_TROUBLE_ROUTE,      /* of a topic; subject: topic */
	RMQI_TROUBLE_MEMBERS,    /* the list of members, or our place in it; subject: topic */
	RMQI_TROUBLE_EXPRESSION, /* of a subscription; subject: topic */
	RMQI_TROUBLE_SHARE,      /* what a strategy says of our queues; subject: topic */
	RMQI_TROUBLE_LINK,       /* requests of queues that get no answer; subject: broker name */
	RMQI_TROUBLE_WEAK,       /* sends are stored less safely than asked; subject: broker name */
	RMQI_TROUBLE_FILE,       /* the offsets of a broadcasting group cannot be kept; "" */
	RMQI_TROUBLE_OFFSET,     /* where to start; subject: topic@broker name */
	RMQI_TROUBLE_PULL,       /* as OFFSET */
	RMQI_TROUBLE_COMMIT,     /* as OFFSET */
	RMQI_TROUBLE_SEND_BACK,  /* as OFFSET */
	RMQI_TROUBLE_LOCK,       /* as OFFSET */
	RMQI_TROUBLE_STALL, /* no progress (consumer/watchdog.h); subject: its topic, then '@' and more */
	RMQI_TROUBLE_ACK,  /* as OFFSET */
	RMQI_TROUBLE_LITE, /* lite topics are not subscribed there; as OFFSET */
	RMQI_TROUBLE_KINDS
};

/* A failure. Everything is borrowed during the call. */
struct rmqi_failure {
	enum rmqi_trouble_kind kind;
	const char *subject; /* "" when the kind says it all */
	const char *topic;   /* NULL: of no topic */
	const char *what;    /* that fails; NULL: what the kind says */
	const char *address; /* of the peer; NULL: none */
	enum rmq_error error;
	unsigned cause;      /* tells causes apart, beside error and code */
	int code;            /* of the peer's answer; -1: it gave none, or not a refusal */
	struct rmqi_str why; /* the remark, or why there was no answer */
};

/* The failure that a complaint was noted with last. */
struct rmqi_client_trouble {
	enum rmq_error error;
	int code;
	char address[RMQI_ADDRESS_MAX];
	char remark[RMQI_TROUBLE_SIZE]; /* of the peer; "" without a code */
	char why[RMQI_TROUBLE_SIZE];    /* a readable cause: code, its name and remark, a hint */
};

/* The cause in words: code, its name, the first line of the remark, a hint. Thread: any. */
const char *rmqi_failure_explain(const struct rmqi_failure *f, char *buf, size_t size);

/* `held` is the part's own mark: false at first. NULL: there is one part only. */
void rmqi_client_complain(struct rmqi_client *c, const struct rmqi_failure *f, bool *held);
/* It works. Cheap when *held is false. */
void rmqi_client_settle(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			bool *held);
/* Likewise; `over` says what has come of it instead: the end of a sentence. */
void rmqi_client_settle_as(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			   const char *over, bool *held);
/* Has an event told of it, and none of its end? */
bool rmqi_client_is_told(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject);
/* Whether it works is not known, but this part is gone: nothing is told. */
void rmqi_client_withdraw(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			  bool *held);
/* A complaint that is not over; subject NULL: any of the kind, the last one noted. */
bool rmqi_client_trouble(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			 struct rmqi_client_trouble *out);

/* Part of a client. */
void rmqi_complaints_free(struct rmqi_map *complaints);

#endif
