/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/checks.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/properties.h"
#include "producer/checks_impl.h"

enum {
	GRACE_MS = 100, /* at the end, for a thread that is about to end */
	LINE_SIZE = 512
};

void rmqi_checks_unref(struct rmqi_checks *cs)
{
	if (atomic_fetch_sub(&cs->refs, 1) != 1)
		return;
	rmqi_event_deinit(&cs->quiet);
	rmqi_event_deinit(&cs->idle);
	rmqi_event_deinit(&cs->settled);
	rmqi_mutex_deinit(&cs->mu);
	rmqi_ledger_unref(cs->ledger);
	rmqi_free(cs->group);
	rmqi_free(cs);
}

bool rmqi_checks_enter_client(struct rmqi_checks *cs)
{
	bool is_open;

	rmqi_mutex_lock(&cs->mu);
	is_open = !cs->is_cut;
	cs->answering += is_open;
	rmqi_mutex_unlock(&cs->mu);
	return is_open;
}

void rmqi_checks_leave_client(struct rmqi_checks *cs)
{
	bool is_settled;

	rmqi_mutex_lock(&cs->mu);
	cs->answering--;
	is_settled = cs->is_cut && cs->answering == 0;
	rmqi_mutex_unlock(&cs->mu);
	if (is_settled)
		rmqi_event_set(&cs->settled);
}

void rmqi_checks_tell(struct rmqi_checks *cs, enum rmqi_checks_trouble trouble, int64_t cause,
		      const char *format, ...)
{
	struct rmqi_telling t;
	char line[LINE_SIZE];
	va_list args;
	bool is_due;

	rmqi_mutex_lock(&cs->mu);
	is_due = rmqi_reminder_note(&cs->troubles[trouble], rmqi_clock_us(cs->clock), cause, &t);
	rmqi_mutex_unlock(&cs->mu);
	if (!is_due)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (t.untold > 0)
		RMQI_LOG(rmqi_client_log(cs->client), RMQ_LOG_WARN,
			 "%s (and %" PRIu64 " more in %" PRId64 " s)", line, t.untold, t.span_s);
	else
		RMQI_LOG(rmqi_client_log(cs->client), RMQ_LOG_WARN, "%s", line);
}

/* ThreadPoolExecutor: further threads only when the queue is full. False: it is, and all are at work.
 * @locks: mu held */
static bool accept(struct rmqi_checks *cs, struct rmqi_check *c, struct rmqi_check_runner **wake)
{
	bool is_full = cs->waiting >= cs->hold_max;

	*wake = NULL;
	if (cs->is_closed || cs->bytes + c->size > RMQI_CHECK_BYTES_MAX)
		return false;
	if (is_full || cs->active < cs->min_active)
		*wake = rmqi_checks_activate(cs);
	if (is_full && !*wake)
		return false;
	rmqi_tasks_push(&cs->queue, &c->task);
	cs->waiting++;
	cs->bytes += c->size;
	return true;
}

/* --- What comes ------------------------------------------------------------------------------ */

struct rmqi_str rmqi_check_put_text(char **at, struct rmqi_str s)
{
	char *text = *at;

	rmqi_memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	*at += s.len + 1;
	return rmqi_str_n(text, s.len);
}

static struct rmqi_check *check_new(const char *address,
				    const struct rmqi_h_check_transaction_state *h,
				    struct rmqi_cursor record)
{
	struct rmqi_str where = rmqi_str(address);
	size_t texts =
		where.len + h->topic.len + h->msgId.len + h->transactionId.len + h->bname.len + 5;
	struct rmqi_check *c = rmqi_alloc(sizeof(*c) + texts + record.len);
	char *at;

	if (!c)
		return NULL;
	at = (char *)(c + 1);
	*c = (struct rmqi_check){.table_offset = h->tranStateTableOffset,
				 .log_offset = h->commitLogOffset};
	c->address = rmqi_check_put_text(&at, where).ptr;
	c->topic = rmqi_check_put_text(&at, h->topic).ptr;
	c->message_id = rmqi_check_put_text(&at, h->msgId).ptr;
	c->transaction_id = rmqi_check_put_text(&at, h->transactionId).ptr;
	c->broker_name = rmqi_check_put_text(&at, h->bname).ptr;
	rmqi_memcpy(at, record.ptr, record.len);
	c->record = rmqi_cursor(at, record.len);
	c->size = texts + record.len;
	return c;
}

/* One message, and of our group. */
static bool is_ours(struct rmqi_checks *cs, const char *address, struct rmqi_cursor record)
{
	struct rmqi_stored_message m;
	struct rmqi_str group = RMQI_STR("");
	enum rmq_error err = rmqi_message_decode(&record, &m);

	if (err != RMQ_OK) {
		rmqi_checks_tell(cs, RMQI_CHECKS_UNREADABLE, err,
				 "%s asks about a transaction, but not with a message", address);
		return false;
	}
	(void)rmqi_properties_get(m.properties, RMQI_PROP_PGROUP, &group);
	if (rmqi_str_is(group, cs->group))
		return true;
	rmqi_checks_tell(cs, RMQI_CHECKS_NOT_OURS, 0,
			 "%s asks about a transaction of group \"%.*s\", this is \"%s\"", address,
			 RMQI_STR_ARG(group), cs->group);
	return false;
}

void rmqi_checks_refuse(struct rmqi_client *client, struct rmqi_reminder *r, const char *address)
{
	struct rmqi_telling t;

	if (!rmqi_reminder_note(r, rmqi_clock_us(rmqi_client_clock(client)), 0, &t))
		return;
	RMQI_LOG(rmqi_client_log(client), RMQ_LOG_WARN,
		 "%s asks what became of a transaction, and this producer has no check function "
		 "(rmq_producer_set_check_fn): every producer of a group with transactions needs "
		 "one, as a broker asks any of them (%" PRIu64 " more questions before this one)",
		 address, t.untold);
}

void rmqi_checks_take(struct rmqi_checks *cs, const char *address,
		      const struct rmqi_command *request)
{
	struct rmqi_h_check_transaction_state h = {0};
	const char *bad = NULL;
	struct rmqi_check_runner *wake = NULL;
	struct rmqi_check *c;
	bool is_taken;

	if (rmqi_header_decode(&rmqi_desc_check_transaction_state, request, &h, &bad) != RMQ_OK) {
		rmqi_checks_tell(cs, RMQI_CHECKS_UNREADABLE, RMQ_ERR_PROTOCOL,
				 "%s asks about a transaction without a usable %s", address,
				 bad ? bad : "header");
		return;
	}
	if (!is_ours(cs, address, request->body))
		return;
	c = check_new(address, &h, request->body);
	if (!c) {
		rmqi_checks_tell(cs, RMQI_CHECKS_FULL, RMQ_ERR_NO_MEMORY,
				 "memory is out for a question of %s: it asks again", address);
		return;
	}
	rmqi_mutex_lock(&cs->mu);
	is_taken = accept(cs, c, &wake);
	rmqi_mutex_unlock(&cs->mu);
	if (wake)
		rmqi_post(rmqi_pool_executor(cs->pool), &wake->task);
	if (is_taken)
		return;
	rmqi_free(c);
	rmqi_checks_tell(
		cs, RMQI_CHECKS_FULL, RMQ_ERR_BUSY,
		"a question of %s about a transaction is dropped: %zu wait (checkRequestHoldMax, "
		"checkThreadPoolMaxSize) or the producer closes; it asks again",
		address, cs->hold_max);
}

/* --- Life ------------------------------------------------------------------------------------ */

static enum rmq_error no_memory(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

static struct rmqi_checks *alloc_checks(struct rmqi_client *client, const char *group,
					struct rmqi_ledger *ledger, unsigned threads)
{
	struct rmqi_checks *cs = rmqi_calloc(1, sizeof(*cs) + threads * sizeof(cs->runners[0]));

	if (!cs)
		return NULL;
	atomic_init(&cs->refs, 1);
	rmqi_mutex_init(&cs->mu);
	rmqi_event_init(&cs->quiet, rmqi_client_env(client));
	rmqi_event_init(&cs->idle, rmqi_client_env(client));
	rmqi_event_init(&cs->settled, rmqi_client_env(client));
	cs->client = client;
	cs->clock = rmqi_client_clock(client);
	cs->ledger = rmqi_ledger_ref(ledger);
	cs->runner_count = threads;
	for (unsigned i = 0; i < threads; i++)
		cs->runners[i] =
			(struct rmqi_check_runner){.task.run = rmqi_checks_run, .owner = cs};
	cs->group = rmqi_strdup(group);
	if (cs->group)
		return cs;
	rmqi_checks_unref(cs);
	return NULL;
}

enum rmq_error rmqi_checks_new(struct rmqi_client *client, const char *group,
			       struct rmqi_ledger *ledger, struct rmqi_trace *trace,
			       rmq_transaction_check_fn fn, void *arg, struct rmqi_checks **out,
			       struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(client);
	int64_t least = rmqi_config_i64(config, RMQI_CFG_checkThreadPoolMinSize);
	int64_t most = rmqi_config_i64(config, RMQI_CFG_checkThreadPoolMaxSize);
	struct rmqi_checks *cs;
	enum rmq_error err;

	if (least > most)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "checkThreadPoolMinSize %" PRId64
				       " is above checkThreadPoolMaxSize %" PRId64,
				       least, most);
	cs = alloc_checks(client, group, ledger, (unsigned)most);
	if (!cs)
		return no_memory(detail);
	cs->trace = trace;
	cs->fn = fn;
	cs->arg = arg;
	cs->min_active = (unsigned)least;
	cs->hold_max = (size_t)rmqi_config_i64(config, RMQI_CFG_checkRequestHoldMax);
	err = rmqi_pool_new_for_user(rmqi_client_env(client), "rmq-check", (unsigned)most,
				     rmqi_client_signals(client), &cs->pool);
	if (err == RMQ_OK) {
		*out = cs;
		return RMQ_OK;
	}
	rmqi_checks_unref(cs);
	return rmqi_detail_set(detail, err, 0, "no thread for transaction checks: %s",
			       rmq_error_text(err));
}

void rmqi_checks_free(struct rmqi_checks *cs)
{
	bool is_busy;

	if (!cs)
		return;
	rmqi_mutex_lock(&cs->mu);
	is_busy = cs->active > 0;
	rmqi_mutex_unlock(&cs->mu);
	(void)rmqi_pool_close(cs->pool,
			      is_busy ? rmqi_clock_deadline(cs->clock, GRACE_MS) : RMQI_FOREVER,
			      rmqi_checks_drop);
	rmqi_checks_unref(cs);
}
