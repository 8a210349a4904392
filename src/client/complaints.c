/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/reminder.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "codec/denial.h"
#include "codec/schema.h"

enum { KEPT_MAX = 1024, KEY_SIZE = 640, SENTENCE_SIZE = 512, TELLING_SIZE = 96 };

struct complaint {
	struct rmqi_reminder reminder;
	unsigned holders;
	bool is_open;   /* an event has told of it, and none of its end */
	uint64_t noted; /* counts all failures: the highest is the last */
	struct rmqi_client_trouble last;
	char what[SENTENCE_SIZE]; /* "topic T, pull at 127.0.0.1:10911" */
};

/* What fails, and whether this file tells its events: those of a broker's heartbeats that are no failures
 * (JOINED, LOST) are heartbeat.c's, which tells the end, too. */
static const struct {
	const char *name;
	bool tells_begin;
	bool tells_end;
} kinds[RMQI_TROUBLE_KINDS] = {
	[RMQI_TROUBLE_NAMESRV] = {"name server", false, false},
	[RMQI_TROUBLE_NAMESRVS] = {"name servers", true, true},
	[RMQI_TROUBLE_BROKER] = {"heartbeat", true, false},
	[RMQI_TROUBLE_ROUTE] = {"route", true, true},
	[RMQI_TROUBLE_MEMBERS] = {"list of members", true, true},
	[RMQI_TROUBLE_EXPRESSION] = {"expression", true, true},
	[RMQI_TROUBLE_SHARE] = {"share of the queues", true, true},
	[RMQI_TROUBLE_LINK] = {"requests of queues", false, false},
	[RMQI_TROUBLE_WEAK] = {"sends", true, true},
	[RMQI_TROUBLE_FILE] = {"file of offsets", true, true},
	[RMQI_TROUBLE_OFFSET] = {"start offset", true, true},
	[RMQI_TROUBLE_PULL] = {"pull", true, true},
	[RMQI_TROUBLE_COMMIT] = {"commit of offsets", true, true},
	[RMQI_TROUBLE_SEND_BACK] = {"send back of failed messages", true, true},
	[RMQI_TROUBLE_LOCK] = {"lock of queues", true, true},
	[RMQI_TROUBLE_STALL] = {"consumption", true, true},
	[RMQI_TROUBLE_LITE] = {"subscription of lite topics", true, true},
	[RMQI_TROUBLE_ACK] = {"acknowledgement of popped messages", true, true},
};

/* What to do about an answer, where experience shows a common cause. */
static const struct {
	enum rmqi_trouble_kind kind; /* NONE: any */
	int code;
	const char *remark; /* what it begins with; "": any */
	const char *hint;
} hints[] = {
	{RMQI_TROUBLE_NAMESRVS, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, "",
	 "this is no name server; a broker's address in namesrvAddr?"},
	{RMQI_TROUBLE_NAMESRV, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, "",
	 "this is no name server; a broker's address in namesrvAddr?"},
	{RMQI_TROUBLE_BROKER, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, "", "this is no broker"},
	{RMQI_TROUBLE_ROUTE, RMQI_RESP_TOPIC_NOT_EXIST, "", "create the topic"},
	{RMQI_TROUBLE_MEMBERS, RMQI_RESP_SYSTEM_ERROR, "no consumer for this group",
	 "does the group exist? (autoCreateSubscriptionGroup=false at the broker)"},
	{RMQI_TROUBLE_EXPRESSION, RMQI_RESP_SYSTEM_ERROR, "The broker does not support consumer",
	 "set enablePropertyFilter=true at the broker"},
	{RMQI_TROUBLE_EXPRESSION, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, "",
	 "this broker is too old to filter by SQL92"},
	{RMQI_TROUBLE_PULL, RMQI_RESP_INVALID_PARAMETER, "subscription bind topic not match",
	 "bind the group to the topic there (its attribute lite.bind.topic)"},
	{RMQI_TROUBLE_PULL, RMQI_RESP_INVALID_PARAMETER, "the topic [",
	 "its attribute message.type must be LITE"},
	{RMQI_TROUBLE_NONE, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST, "",
	 "create the group (autoCreateSubscriptionGroup=false at the broker)"},
};

static bool begins_with(struct rmqi_str s, const char *start)
{
	size_t len = strlen(start);

	return s.len >= len && (len == 0 || memcmp(s.ptr, start, len) == 0);
}

static const char *hint_of(const struct rmqi_failure *f)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].code == f->code && begins_with(f->why, hints[i].remark) &&
		    (hints[i].kind == RMQI_TROUBLE_NONE || hints[i].kind == f->kind))
			return hints[i].hint;
	return "";
}

/* Remarks of Java may be stack traces: the first line says it. */
static int first_line(struct rmqi_str s)
{
	const char *end = s.len > 0 ? memchr(s.ptr, '\n', s.len) : NULL;
	size_t len = end ? (size_t)(end - s.ptr) : s.len;

	return len < RMQI_TROUBLE_SIZE / 2 ? (int)len : RMQI_TROUBLE_SIZE / 2;
}

const char *rmqi_failure_explain(const struct rmqi_failure *f, char *out, size_t size)
{
	const char *hint = hint_of(f);
	int len = first_line(f->why);
	char name[64];

	if (f->kind == RMQI_TROUBLE_WEAK)
		snprintf(out, size, "stored, but not as safely as asked: %.*s (%s, code %d)", len,
			 f->why.ptr, rmqi_response_name(f->code, name, sizeof(name)), f->code);
	else if (f->code < 0 && f->why.len > 0)
		snprintf(out, size, "%.*s", len, f->why.ptr);
	else if (f->code < 0)
		snprintf(out, size, "%s", rmq_error_text(f->error));
	else
		snprintf(out, size, "refused with code %d (%s)%s%.*s%s%s", f->code,
			 rmqi_response_name(f->code, name, sizeof(name)), len > 0 ? ": " : "", len,
			 len > 0 ? f->why.ptr : "", hint[0] ? "; " : "", hint);
	return out;
}

static void describe(const struct rmqi_failure *f, char *out, size_t size)
{
	snprintf(out, size, "%s%.200s%s%s%s%s", f->topic ? "topic " : "", f->topic ? f->topic : "",
		 f->topic ? ", " : "", f->what ? f->what : kinds[f->kind].name,
		 f->address ? " at " : "", f->address ? f->address : "");
}

static struct rmqi_str key_of(enum rmqi_trouble_kind kind, const char *subject, char *buf)
{
	snprintf(buf, KEY_SIZE, "%d %s", (int)kind, subject);
	return rmqi_str(buf);
}

static struct complaint *find(struct rmqi_client *c, enum rmqi_trouble_kind kind,
			      const char *subject)
{
	char buf[KEY_SIZE];

	return rmqi_map_get(&c->complaints, key_of(kind, subject, buf));
}

static void forget_calm(struct rmqi_client *c, int64_t now_us)
{
	size_t i = 0;

	while (i < c->complaints.count) {
		struct rmqi_str key;
		struct complaint *p = rmqi_map_at(&c->complaints, i, &key);

		if (!rmqi_reminder_is_calm(&p->reminder, now_us)) {
			i++;
			continue;
		}
		rmqi_map_remove(&c->complaints, key);
		rmqi_free(p);
	}
}

/* NULL when memory is out. */
static struct complaint *obtain(struct rmqi_client *c, const struct rmqi_failure *f, int64_t now_us)
{
	struct complaint *p = find(c, f->kind, f->subject);
	char buf[KEY_SIZE];

	if (p)
		return p;
	if (c->complaints.count >= KEPT_MAX)
		forget_calm(c, now_us);
	p = rmqi_calloc(1, sizeof(*p));
	if (p &&
	    rmqi_map_set(&c->complaints, key_of(f->kind, f->subject, buf), p, NULL) != RMQ_OK) {
		rmqi_free(p);
		p = NULL;
	}
	return p;
}

static void tell_event(struct rmqi_client *c, const struct complaint *p,
		       const struct rmqi_failure *f)
{
	enum rmq_event_kind kind = f->kind == RMQI_TROUBLE_WEAK         ? RMQ_EVENT_WEAKLY_STORED
				   : f->kind == RMQI_TROUBLE_STALL      ? RMQ_EVENT_STALLED
				   : f->code >= 0 || f->error == RMQ_OK ? RMQ_EVENT_REFUSED
									: RMQ_EVENT_CANNOT_REACH;

	rmqi_client_tell(c, kind, f->topic, f->address, f->code, p->last.remark, "%s: %s", p->what,
			 p->last.why);
}

static const char *client_of(const struct rmqi_client *c, char *buf, size_t size)
{
	const char *group =
		c->owner.consumer_group ? c->owner.consumer_group : c->owner.producer_group;

	if (group)
		snprintf(buf, size, "group %.128s, client %.128s", group, c->id);
	else
		snprintf(buf, size, "client %.128s", c->id);
	return buf;
}

static void tell(struct rmqi_client *c, struct complaint *p, const struct rmqi_failure *f,
		 const struct rmqi_telling *t)
{
	char who[SENTENCE_SIZE], times[TELLING_SIZE] = "";

	if (t->untold > 0)
		snprintf(times, sizeof(times), " (and %" PRIu64 " times before, in %" PRId64 " s)",
			 t->untold, t->span_s);
	RMQI_LOG(c->log, RMQ_LOG_WARN, "%s, %s: %s%s", client_of(c, who, sizeof(who)), p->what,
		 p->last.why, times);
	if (!kinds[f->kind].tells_begin)
		return;
	if (t->is_news || (kinds[f->kind].tells_end && !p->is_open)) {
		tell_event(c, p, f);
		p->is_open = kinds[f->kind].tells_end;
	}
}

static int remark_len(struct rmqi_str s)
{
	return s.len < RMQI_TROUBLE_SIZE ? (int)s.len : RMQI_TROUBLE_SIZE - 1;
}

static void keep_failure(const struct rmqi_client *c, struct complaint *p,
			 const struct rmqi_failure *f)
{
	struct rmqi_client_trouble *t = &p->last;
	bool is_denied = f->code >= 0 && rmqi_is_denial(f->code, f->why);

	t->error = is_denied ? RMQ_ERR_DENIED : f->error;
	t->code = f->code;
	snprintf(t->address, sizeof(t->address), "%s", f->address ? f->address : "");
	snprintf(t->remark, sizeof(t->remark), "%.*s", f->code >= 0 ? remark_len(f->why) : 0,
		 f->why.len > 0 ? f->why.ptr : "");
	if (is_denied)
		rmqi_client_explain_denial(c, f->code, f->why, t->why, sizeof(t->why));
	else
		rmqi_failure_explain(f, t->why, sizeof(t->why));
	describe(f, p->what, sizeof(p->what));
}

/* What the close cut off is no failure. */
static bool is_failure(const struct rmqi_client *c, const struct rmqi_failure *f)
{
	return f->error != RMQ_ERR_CANCELLED && rmqi_client_is_open(c);
}

void rmqi_client_complain(struct rmqi_client *c, const struct rmqi_failure *f, bool *held)
{
	int64_t now_us = rmqi_clock_us(c->env->clock);
	struct rmqi_telling t;
	struct complaint *p;

	if (!is_failure(c, f))
		return;
	p = obtain(c, f, now_us);
	if (!p)
		return;
	if (held && !*held)
		p->holders++;
	if (held)
		*held = true;
	keep_failure(c, p, f);
	p->noted = ++c->complaints_noted;
	if (rmqi_reminder_note(
		    &p->reminder, now_us,
		    (int64_t)p->last.error << 48 | (int64_t)f->cause << 32 | (uint32_t)f->code, &t))
		tell(c, p, f, &t);
	else
		RMQI_LOG(c->log, RMQ_LOG_DEBUG, "%s: %s", p->what, p->last.why);
}

/* How long a standstill was is not how long it was complained of, and looks are no failures. */
static void log_over(const struct rmqi_client *c, const struct complaint *p,
		     enum rmqi_trouble_kind kind, const char *over)
{
	int64_t now_us = rmqi_clock_us(c->env->clock);
	char who[SENTENCE_SIZE], times[TELLING_SIZE] = "";

	if (kind != RMQI_TROUBLE_STALL)
		snprintf(times, sizeof(times), ", after %" PRIu64 " failures in %" PRId64 " s",
			 p->reminder.failures, (now_us - p->reminder.since_us) / 1000000);
	RMQI_LOG(c->log, RMQ_LOG_INFO, "%s, %s: %s%s", client_of(c, who, sizeof(who)), p->what,
		 over, times);
}

static void tell_over(struct rmqi_client *c, struct complaint *p, enum rmqi_trouble_kind kind,
		      const char *topic, const char *over)
{
	log_over(c, p, kind, over);
	if (kinds[kind].tells_end)
		rmqi_client_tell(c, RMQ_EVENT_OVER, topic, p->last.address, -1, NULL, "%s: %s",
				 p->what, over);
	p->is_open = false;
}

/* True: it was the last one. */
static bool let_go(struct complaint *p, bool *held)
{
	if (held && !*held)
		return false;
	if (held)
		*held = false;
	if (p && p->holders > 0)
		p->holders--;
	return p && p->holders == 0;
}

/* The topic stands in the subject, up to the '@' of a broker. */
static void topic_of(enum rmqi_trouble_kind kind, const char *subject, char *buf, size_t size)
{
	buf[0] = '\0';
	if (kind == RMQI_TROUBLE_ROUTE || kind == RMQI_TROUBLE_MEMBERS ||
	    kind == RMQI_TROUBLE_EXPRESSION || kind == RMQI_TROUBLE_SHARE ||
	    kind >= RMQI_TROUBLE_OFFSET)
		snprintf(buf, size, "%.*s", (int)strcspn(subject, "@"), subject);
}

void rmqi_client_settle_as(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			   const char *over, bool *held)
{
	struct complaint *p;
	char topic[RMQI_TROUBLE_SIZE];
	bool was_told;

	if (held && !*held)
		return;
	p = find(c, kind, subject);
	if (!let_go(p, held))
		return;
	was_told = rmqi_reminder_end(&p->reminder, rmqi_clock_us(c->env->clock));
	if (!was_told && !p->is_open)
		return;
	topic_of(kind, subject, topic, sizeof(topic));
	tell_over(c, p, kind, topic, over);
}

void rmqi_client_settle(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			bool *held)
{
	rmqi_client_settle_as(c, kind, subject,
			      kind == RMQI_TROUBLE_STALL ? "goes on now" : "works now", held);
}

void rmqi_client_withdraw(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			  bool *held)
{
	struct complaint *p;

	if (held && !*held)
		return;
	p = find(c, kind, subject);
	if (let_go(p, held))
		(void)rmqi_reminder_end(&p->reminder, rmqi_clock_us(c->env->clock));
}

bool rmqi_client_is_told(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject)
{
	const struct complaint *p = find(c, kind, subject);

	return p && p->is_open;
}

static const struct complaint *last_of(struct rmqi_client *c, enum rmqi_trouble_kind kind)
{
	const struct complaint *last = NULL;
	char prefix[KEY_SIZE];
	size_t len = key_of(kind, "", prefix).len;

	for (size_t i = 0; i < c->complaints.count; i++) {
		struct rmqi_str key;
		const struct complaint *p = rmqi_map_at(&c->complaints, i, &key);

		if (p->reminder.state != RMQI_REMINDER_QUIET &&
		    strncmp(key.ptr, prefix, len) == 0 && (!last || p->noted > last->noted))
			last = p;
	}
	return last;
}

bool rmqi_client_trouble(struct rmqi_client *c, enum rmqi_trouble_kind kind, const char *subject,
			 struct rmqi_client_trouble *out)
{
	const struct complaint *p = subject ? find(c, kind, subject) : last_of(c, kind);

	if (!p || p->reminder.state == RMQI_REMINDER_QUIET)
		return false;
	*out = p->last;
	return true;
}

void rmqi_complaints_free(struct rmqi_map *complaints)
{
	rmqi_map_deinit(complaints, rmqi_free);
}
