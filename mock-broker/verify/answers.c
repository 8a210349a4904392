/* SPDX-License-Identifier: Apache-2.0 */
/* answers.c - each request has one answer, under its opaque. */
#include <inttypes.h>
#include <stdio.h>

#include "mock-broker/verify/verify.h"

struct use {
	uint64_t number;
	bool is_open;   /* it has no outcome */
	int64_t end_us; /* when it got one */
};

static void check_sent(struct mb_verify *v, const struct mb_seen *s, const struct mb_outcome *o)
{
	if (o->sent_answers > 1)
		mb_verify_say(v, "request %" PRIu64 " was answered %d times", s->number,
			      (int)o->sent_answers);
	if (o->sent_answers > 0 && o->sent_opaque != s->opaque)
		mb_verify_say(v,
			      "request %" PRIu64 " of opaque %d was answered under opaque %d",
			      s->number, (int)s->opaque, (int)o->sent_opaque);
}

static void check_use(struct mb_verify *v, const struct mb_entry *e)
{
	const struct mb_seen *s = e->seen;
	char key[MB_VERIFY_KEY_MAX];
	int len = snprintf(key, sizeof(key), "%" PRIu64 " %d", s->connection, (int)s->opaque);
	struct use *u = mb_verify_get(v, &v->opaques, key, len, sizeof(*u));

	if (!u)
		return;
	if (u->number && (u->is_open || u->end_us > s->us))
		mb_verify_say(v,
			      "requests %" PRIu64 " and %" PRIu64
			      " of connection %" PRIu64 " are open under one opaque, %d",
			      u->number, s->number, s->connection, (int)s->opaque);
	u->number = s->number;
	u->is_open = !e->outcome;
	u->end_us = e->outcome ? e->outcome->us : 0;
}

void mb_verify_answer(struct mb_verify *v, const struct mb_entry *e)
{
	if (e->seen->is_oneway)
		return;
	if (e->outcome)
		check_sent(v, e->seen, e->outcome);
	check_use(v, e);
}
