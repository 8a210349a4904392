/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders.h - the lines of a file as orders, and what has become of each.
 *
 * An order is one line, named by its place in the file; its tag follows from that.
 * A line keeps its newline, so that no order is empty.
 *
 * Thread: read and freed by one; what becomes of an order is told by any, without a lock.
 */
#ifndef RMQ_DEMO_ORDERS_H
#define RMQ_DEMO_ORDERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAGS = 3 };

enum group {
	AUDIT,   /* reads every order */
	BILLING, /* reads those with the tag "paid" */
	GROUPS
};

struct order {
	const char *text; /* borrowed from the file */
	size_t len;
	_Atomic int64_t sent_us;  /* when its send began; 0: not yet */
	int64_t send_us;          /* how long it took */
	int64_t delivery_us;      /* from there to the listener of BILLING */
	atomic_uint done[GROUPS]; /* how often a listener has said success */
};

struct orders {
	char *content; /* owned */
	struct order *items;
	size_t count;
	size_t for_group[GROUPS];    /* how many each is to get */
	atomic_size_t taken[GROUPS]; /* how many it has, each counted once */
	atomic_size_t strangers;     /* what came and is no order, or has another text */
};

/* 0, or -1 with errno. */
int orders_read(struct orders *o, const char *path);
void orders_free(struct orders *o);

const char *order_tag(size_t number);
bool order_is_for(size_t number, enum group group);
/* The number in a message key, "order-17"; a stranger is SIZE_MAX. */
size_t order_number(const struct orders *o, const char *key);
/* A listener is done with an order whose text came as `body`. True the first time in its group. */
bool orders_done(struct orders *o, enum group group, size_t number, const void *body, size_t len);
bool orders_all_done(struct orders *o);
/* Orders of the group that a listener was not given, or was given more than once. */
size_t orders_missing(const struct orders *o, enum group group);
size_t orders_repeated(const struct orders *o, enum group group);

#endif
