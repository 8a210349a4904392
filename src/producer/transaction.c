/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/transaction.h"

#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/properties.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "send/send_hooks.h"

struct rmq_transaction *rmqi_transaction_ref(struct rmq_transaction *t)
{
	(void)atomic_fetch_add(&t->refs, 1);
	return t;
}

void rmqi_transaction_free(struct rmq_transaction *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	rmqi_ledger_remove(t->ledger, t->id);
	rmqi_ledger_unref(t->ledger);
	rmqi_gate_unref(t->gate);
	rmqi_free(t->result);
	rmqi_free(t->topic);
	rmqi_free(t->tags);
	rmqi_free(t->keys);
	rmqi_free(t);
}

/* --- The beginning --------------------------------------------------------------------------- */

/* What delays it would be applied to the half message, which then is lost (ScheduleMessageService). A
 * message that was received late loses it with every send. */
static enum rmq_error check_message(const struct rmq_message *m, struct rmq_error_detail *detail)
{
	static const char *const delays[] = {RMQI_PROP_DELAY, "TIMER_DELAY_SEC", "TIMER_DELAY_MS",
					     "TIMER_DELIVER_MS"};

	if (m->is_reply)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "a reply cannot be part of a transaction");
	if (m->queue.queue_id >= 0 && rmqi_message_property(m, RMQI_PROP_REAL_TOPIC))
		return RMQ_OK;
	for (size_t i = 0; i < RMQI_COUNT(delays); i++)
		if (rmqi_message_property(m, delays[i]))
			return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
					       "a transaction has no delay: the message has the "
					       "property %s",
					       delays[i]);
	return RMQ_OK;
}

/* False: memory is out. */
static bool keep_for_trace(struct rmq_transaction *t, const struct rmq_message *m)
{
	t->tags = rmqi_strdup(rmq_message_tag(m));
	t->keys = rmqi_strdup(rmq_message_keys(m));
	return t->tags && t->keys;
}

static struct rmq_transaction *make(struct rmq_producer *p, const struct rmq_message *m)
{
	struct rmq_transaction *t = rmqi_calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	t->ledger = rmqi_ledger_ref(p->ledger);
	t->gate = rmqi_gate_ref(p->sender.gate);
	t->topic = rmqi_strdup(m->topic);
	rmqi_uniq_next(rmqi_client_uniq(p->client), t->id);
	if (t->topic && (!p->trace || keep_for_trace(t, m)) &&
	    rmqi_ledger_add(t->ledger, t->id, &t->place) == RMQ_OK)
		return t;
	rmqi_transaction_free(t);
	return NULL;
}

/* A half message on its way. Points into itself and into the options. */
struct half {
	const char *properties[5];
	struct rmqi_send_extra extra;
	struct rmqi_choice choice;
	struct rmqi_send_how how;
};

static void half_init(struct half *h, struct rmq_producer *p, const struct rmq_message *m,
		      const struct rmq_send_options *options, const struct rmq_transaction *t)
{
	*h = (struct half){
		.properties = {RMQI_PROP_TRAN_MSG, "true", RMQI_PROP_PGROUP, p->sender.group}};
	h->extra = (struct rmqi_send_extra){
		.properties = h->properties, .sys_flag = RMQI_SYS_PREPARED, .uniq_key = t->id};
	h->how = rmqi_producer_how(options, m, &h->choice);
	h->how.extra = &h->extra;
	h->how.never_twice = true;
}

/* Where it is stands in the answer. */
static enum rmq_error find_place(struct rmq_transaction *t, struct rmq_error_detail *detail)
{
	struct rmqi_half_place place = {.table_offset = t->result->queue_offset};
	struct rmqi_host host;

	if (!rmqi_offset_id_parse(rmqi_str(t->result->offset_message_id), &host, &place.log_offset))
		return rmqi_detail_set(
			detail, RMQ_ERR_PROTOCOL, RMQ_ERROR_MAYBE_STORED,
			"half message %s is stored, but the broker named its place \"%s\", so it "
			"cannot be ended: the broker asks about it",
			t->id, t->result->offset_message_id);
	rmqi_mutex_lock(&t->ledger->mu);
	if (!t->place.was_asked)
		t->place = place;
	rmqi_mutex_unlock(&t->ledger->mu);
	return RMQ_OK;
}

/* Of a half message with a status other than SEND_OK, when its rollback has ended so. */
static void tell_weak(const struct rmq_transaction *t, enum rmq_error err,
		      const struct rmq_error_detail *d, struct rmq_error_detail *detail)
{
	static const struct {
		const char *name;
		int32_t code;
	} statuses[] = {
		[RMQ_SEND_OK] = {"SEND_OK", RMQI_RESP_SUCCESS},
		[RMQ_SEND_FLUSH_DISK_TIMEOUT] = {"FLUSH_DISK_TIMEOUT",
						 RMQI_RESP_FLUSH_DISK_TIMEOUT},
		[RMQ_SEND_FLUSH_SLAVE_TIMEOUT] = {"FLUSH_SLAVE_TIMEOUT",
						  RMQI_RESP_FLUSH_SLAVE_TIMEOUT},
		[RMQ_SEND_SLAVE_NOT_AVAILABLE] = {"SLAVE_NOT_AVAILABLE",
						  RMQI_RESP_SLAVE_NOT_AVAILABLE},
	};
	enum rmq_send_status status = t->result->status;

	rmqi_detail_set_broker(detail, statuses[status].code, RMQI_STR(""));
	rmqi_detail_set_message(detail, t->id, &t->result->queue);
	rmqi_detail_set(detail, RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE,
			"nothing was begun: broker %s stored half message %s with %s only, not "
			"with SEND_OK; %s%s",
			t->result->queue.broker_name, t->id, statuses[status].name,
			err == RMQ_OK ? "it was rolled back" : "and its rollback failed: ",
			err == RMQ_OK ? ""
			: d           ? rmq_error_detail_message(d)
				      : rmq_error_text(err));
}

static enum rmq_error refuse_weak(struct rmq_transaction *t, struct rmq_error_detail *detail)
{
	struct rmq_error_detail *d = detail ? rmqi_detail_new() : NULL;
	enum rmq_error err = rmqi_transaction_end(t, RMQ_TRANSACTION_ROLLBACK, d);

	tell_weak(t, err, d, detail);
	rmq_error_detail_free(d);
	return RMQ_ERR_BROKER;
}

static enum rmq_error no_memory(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

/* What both beginnings need before anything is sent: *out is owned. */
static enum rmq_error prepare(struct rmq_producer *p, const struct rmq_message *m,
			      struct rmq_transaction **out, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err == RMQ_OK && !rmqi_membership_has_check_fn(&p->membership))
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      "there is no check function (rmq_producer_set_check_fn): "
				      "nobody could answer when the broker asks what became of "
				      "the transaction");
	if (err == RMQ_OK)
		err = check_message(m, detail);
	if (err != RMQ_OK)
		return err;
	*out = make(p, m);
	return *out ? RMQ_OK : no_memory(detail);
}

enum rmq_error rmqi_transaction_begin(struct rmq_producer *p, const struct rmq_message *m,
				      const struct rmq_send_options *options,
				      struct rmq_transaction **out, struct rmq_error_detail *detail)
{
	struct rmq_transaction *t;
	struct half h;
	enum rmq_error err = prepare(p, m, &t, detail);

	if (err != RMQ_OK)
		return err;
	half_init(&h, p, m, options, t);
	err = rmqi_hooked_send(&p->sender, m, &h.how, &t->result, detail);
	if (err == RMQ_OK)
		err = find_place(t, detail);
	if (err == RMQ_OK && t->result->status != RMQ_SEND_OK)
		err = refuse_weak(t, detail);
	if (err == RMQ_OK)
		*out = t;
	else
		rmqi_transaction_free(t);
	return err;
}

/* --- The same without waiting ---------------------------------------------------------------- */

struct beginning {
	struct rmq_transaction *t; /* owned, until fn has it */
	rmq_begin_fn fn;
	void *arg;
	struct rmq_error_detail *detail; /* of what went wrong behind the send */
};

static void free_beginning(struct beginning *b)
{
	rmqi_transaction_free(b->t);
	rmq_error_detail_free(b->detail);
	rmqi_free(b);
}

static void finish(struct beginning *b, enum rmq_error error, const struct rmq_error_detail *detail)
{
	struct rmq_transaction *t = NULL;

	if (error == RMQ_OK) {
		t = b->t;
		b->t = NULL;
	}
	b->fn(error, t, error == RMQ_OK ? NULL : detail, b->arg);
	free_beginning(b);
}

static void on_weak_ended(enum rmq_error error, const struct rmq_error_detail *detail, void *arg)
{
	struct beginning *b = arg;

	tell_weak(b->t, error, detail, b->detail);
	finish(b, RMQ_ERR_BROKER, b->detail);
}

static void roll_back_weak(struct beginning *b)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	enum rmq_error err =
		rmqi_transaction_end_async(b->t, RMQ_TRANSACTION_ROLLBACK, on_weak_ended, b, d);

	if (err != RMQ_OK)
		on_weak_ended(err, d, b);
	rmq_error_detail_free(d);
}

static enum rmq_error take_result(struct beginning *b, const struct rmq_send_result *result)
{
	b->t->result = rmqi_send_result_dup(result);
	if (b->t->result)
		return find_place(b->t, b->detail);
	return rmqi_detail_set(
		b->detail, RMQ_ERR_NO_MEMORY, RMQ_ERROR_MAYBE_STORED,
		"half message %s is stored, but there is no memory to go on with it: "
		"the broker asks about it",
		b->t->id);
}

/* Thread: a callback's. */
static void on_half_sent(enum rmq_error error, const struct rmq_send_result *result,
			 const struct rmq_error_detail *detail, void *arg)
{
	struct beginning *b = arg;

	if (error != RMQ_OK) {
		finish(b, error, detail);
		return;
	}
	b->detail = rmqi_detail_new();
	error = take_result(b, result);
	if (error == RMQ_OK && result->status != RMQ_SEND_OK)
		roll_back_weak(b);
	else
		finish(b, error, b->detail);
}

enum rmq_error rmqi_transaction_begin_async(struct rmq_producer *p, const struct rmq_message *m,
					    const struct rmq_send_options *options, rmq_begin_fn fn,
					    void *arg, struct rmq_error_detail *detail)
{
	struct rmq_transaction *t;
	struct beginning *b;
	struct half h;
	enum rmq_error err = prepare(p, m, &t, detail);

	if (err != RMQ_OK)
		return err;
	b = rmqi_calloc(1, sizeof(*b));
	if (!b) {
		rmqi_transaction_free(t);
		return no_memory(detail);
	}
	*b = (struct beginning){.t = t, .fn = fn, .arg = arg};
	half_init(&h, p, m, options, t);
	err = rmqi_hooked_send_async(&p->sender, m, &h.how, on_half_sent, b, detail);
	if (err != RMQ_OK)
		free_beginning(b);
	return err;
}
