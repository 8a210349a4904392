/* SPDX-License-Identifier: Apache-2.0 */
#include "send/autobatch.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "codec/properties.h"
#include "send/autobatch_impl.h"

/* --- Sends ---------------------------------------------------------------------------------------------- */

static enum rmq_error put(struct rmqi_autobatch *ab, const struct rmqi_batched *message,
			  const struct rmqi_bundle_entry *entry, struct rmqi_autobatch_visit *visit,
			  struct rmq_error_detail *detail)
{
	enum rmq_error err;

	rmqi_mutex_lock(&ab->mu);
	err = rmqi_autobatch_put(ab, message, entry, visit, detail);
	/* The timer goes first: to start what is ready may take a while. */
	if (!visit->must_arm && !rmqi_list_is_empty(&ab->ready))
		rmqi_autobatch_drain(ab);
	rmqi_mutex_unlock(&ab->mu);
	return err;
}

static void arm(struct rmqi_autobatch *ab)
{
	rmqi_autobatch_arm(ab);
	rmqi_mutex_lock(&ab->mu);
	rmqi_autobatch_drain(ab);
	rmqi_mutex_unlock(&ab->mu);
	rmqi_sender_leave(ab->sender);
}

static enum rmq_error add(struct rmqi_autobatch *ab, const struct rmqi_batched *message,
			  const struct rmqi_bundle_entry *entry, struct rmq_error_detail *detail)
{
	struct rmqi_autobatch_visit visit = {.has_entered = false};
	enum rmq_error err = put(ab, message, entry, &visit, detail);

	if (visit.must_enter) {
		err = rmqi_sender_enter(ab->sender, detail);
		if (err != RMQ_OK)
			return err;
		visit = (struct rmqi_autobatch_visit){.has_entered = true};
		err = put(ab, message, entry, &visit, detail);
	}
	if (visit.must_arm)
		arm(ab);
	/* Another thread has opened one meanwhile, or it could not be. */
	if (visit.has_entered)
		rmqi_sender_leave(ab->sender);
	return err;
}

static bool fits(const struct rmqi_autobatch *ab, const struct rmqi_batched *b,
		 const struct rmqi_send_how *how)
{
	const struct rmq_message *m = b->message;
	size_t bytes = m->body_len + m->properties_len;

	return !b->obstacle && how->timeout_ms <= 0 && how->tries <= 0 && !how->picker &&
	       !how->never_twice &&
	       (!how->extra || (how->extra->sys_flag == 0 && !how->extra->uniq_key)) &&
	       m->body_len > 0 && m->body_len < ab->compress_at && bytes <= ab->bundle_max &&
	       m->properties_len <= RMQI_PROPERTIES_MAX &&
	       atomic_load_explicit(&ab->held, memory_order_relaxed) + bytes <= ab->total_max;
}

bool rmqi_autobatch_takes(struct rmqi_autobatch *ab, const struct rmq_message *m,
			  const struct rmqi_send_how *how, struct rmqi_batched *out)
{
	rmqi_batched_read(out, m, how->extra);
	if (fits(ab, out, how) &&
	    !rmqi_refusals_has(&ab->refusals, m->topic, rmqi_autobatch_clock(ab)) &&
	    rmqi_batched_choose(out, ab->sender->client, how->choice))
		return true;
	rmqi_batched_deinit(out);
	rmqi_autobatch_flush_topic(ab, m->topic);
	return false;
}

static enum rmq_error make(struct rmqi_autobatch *ab, struct rmqi_batched *message,
			   struct rmq_error_detail *detail)
{
	struct rmqi_client *client = ab->sender->client;
	enum rmq_error err = rmqi_send_request_check(client, message->message, detail);

	if (err != RMQ_OK)
		return err;
	/* Before it waits for room: there would be none. */
	if (atomic_load(&ab->is_stopped))
		return rmqi_autobatch_tell_closed(ab, detail);
	err = rmqi_batched_make(message, rmqi_client_uniq(client));
	return rmqi_send_properties_tell(err, detail);
}

static enum rmq_error enter(struct rmqi_autobatch *ab, const struct rmqi_batched *message,
			    struct rmqi_place *place, struct rmq_error_detail *detail)
{
	static const struct rmqi_send_how usual;
	const struct rmq_message *m = message->message;
	int64_t deadline_us = rmqi_autobatch_now_us(ab) + rmqi_sender_budget_us(ab->sender, &usual);

	return rmqi_flight_enter(ab->sender->flight, m->body_len + m->properties_len, deadline_us,
				 place, NULL, detail);
}

static enum rmq_error send_async(struct rmqi_autobatch *ab, struct rmqi_batched *message,
				 struct rmqi_bundle_entry *entry, struct rmq_error_detail *detail)
{
	enum rmq_error err = make(ab, message, detail);

	if (err == RMQ_OK)
		err = enter(ab, message, &entry->place, detail);
	if (err != RMQ_OK)
		return err;
	err = add(ab, message, entry, detail);
	if (err != RMQ_OK)
		rmqi_flight_leave(&entry->place, NULL);
	return err;
}

enum rmq_error rmqi_autobatch_send_async(struct rmqi_autobatch *ab, struct rmqi_batched *message,
					 rmq_send_fn fn, void *arg, struct rmq_error_detail *detail)
{
	struct rmqi_bundle_entry entry = {.fn = fn, .arg = arg};
	enum rmq_error err = rmqi_client_need_callbacks(ab->sender->client);

	if (err == RMQ_OK)
		err = send_async(ab, message, &entry, detail);
	else
		rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s", rmq_error_text(err));
	rmqi_batched_deinit(message);
	return err;
}

enum rmq_error rmqi_autobatch_send(struct rmqi_autobatch *ab, struct rmqi_batched *message,
				   struct rmq_send_result **result, struct rmq_error_detail *detail)
{
	struct rmqi_bundle_waiter w = {.wants_result = result != NULL, .detail = detail};
	struct rmqi_bundle_entry entry = {.waiter = &w};
	enum rmq_error err = make(ab, message, detail);

	rmqi_event_init(&w.done, rmqi_client_env(ab->sender->client));
	if (err == RMQ_OK)
		err = add(ab, message, &entry, detail);
	rmqi_batched_deinit(message);
	if (err == RMQ_OK) {
		/* Its bundle has a deadline. */
		(void)rmqi_event_wait(&w.done, RMQI_FOREVER);
		err = w.error;
	}
	rmqi_event_deinit(&w.done);
	if (err == RMQ_OK && result)
		*result = w.result;
	return err;
}

/* --- Life ------------------------------------------------------------------------------------------------ */

static enum rmq_error read_rules(struct rmqi_autobatch *ab, const struct rmq_config *config,
				 struct rmq_error_detail *detail)
{
	int64_t delay_ms = rmqi_config_i64(config, RMQI_CFG_batchMaxDelayMs);
	size_t most = (size_t)rmqi_config_i64(config, RMQI_CFG_maxMessageSize);

	ab->delay_us = delay_ms * 1000;
	ab->bundle_max = (size_t)rmqi_config_i64(config, RMQI_CFG_batchMaxBytes);
	if (ab->bundle_max > most)
		ab->bundle_max = most;
	ab->total_max = (size_t)rmqi_config_i64(config, RMQI_CFG_totalBatchMaxBytes);
	ab->compress_at = (size_t)rmqi_config_i64(config, RMQI_CFG_compressMsgBodyOverHowmuch);
	ab->tellers = (size_t)rmqi_config_i64(config, RMQI_CFG_clientCallbackExecutorThreads);
	if (delay_ms < ab->sender->timeout_ms)
		return RMQ_OK;
	return rmqi_detail_set(
		detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
		"batchMaxDelayMs is %lld, sendMsgTimeout %lld: no time would be left "
		"to send; the first must be the smaller one",
		(long long)delay_ms, (long long)ab->sender->timeout_ms);
}

struct setup {
	struct rmqi_autobatch *autobatch;
	enum rmq_error error;
};

static void init_timer(void *arg)
{
	struct setup *setup = arg;
	struct rmqi_autobatch *ab = setup->autobatch;

	setup->error = rmqi_timer_init(&ab->timer, rmqi_loop_timers(rmqi_autobatch_loop(ab)),
				       rmqi_autobatch_on_timer);
	ab->has_timer = setup->error == RMQ_OK;
}

static void end_timer(void *arg)
{
	struct rmqi_autobatch *ab = arg;

	if (ab->has_timer)
		rmqi_timer_deinit(&ab->timer);
	ab->has_timer = false;
}

static void init(struct rmqi_autobatch *ab)
{
	atomic_init(&ab->refs, 1);
	rmqi_mutex_init(&ab->mu);
	rmqi_cond_init(&ab->drained);
	rmqi_list_init(&ab->ready);
	rmqi_list_init(&ab->spare);
}

static void run_flush(void *arg)
{
	rmqi_autobatch_flush(arg);
}

enum rmq_error rmqi_autobatch_new(struct rmqi_sender *s, struct rmqi_autobatch **out,
				  struct rmq_error_detail *detail)
{
	const struct rmq_config *config = rmqi_client_config(s->client);
	struct setup setup = {.error = RMQ_ERR_NO_MEMORY};
	enum rmq_error err;

	*out = NULL;
	if (!rmqi_config_bool(config, RMQI_CFG_autoBatch))
		return RMQ_OK;
	setup.autobatch = rmqi_calloc(1, sizeof(*setup.autobatch));
	if (!setup.autobatch)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	setup.autobatch->sender = s;
	init(setup.autobatch);
	err = read_rules(setup.autobatch, config, detail);
	if (err == RMQ_OK && rmqi_shelf_init(&setup.autobatch->open) != RMQ_OK)
		err = rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	if (err == RMQ_OK) {
		rmqi_loop_call(rmqi_client_loop(s->client), init_timer, &setup);
		err = setup.error == RMQ_OK
			      ? RMQ_OK
			      : rmqi_detail_set(detail, setup.error, 0, "out of memory");
	}
	if (err != RMQ_OK) {
		rmqi_autobatch_unref(setup.autobatch);
		return err;
	}
	/* What waits for room waits for what is held. */
	rmqi_flight_set_full(s->flight, (struct rmqi_room){run_flush, setup.autobatch});
	*out = setup.autobatch;
	return RMQ_OK;
}

void rmqi_autobatch_stop(struct rmqi_autobatch *ab)
{
	if (!ab)
		return;
	rmqi_mutex_lock(&ab->mu);
	atomic_store(&ab->is_stopped, true);
	rmqi_mutex_unlock(&ab->mu);
	rmqi_autobatch_flush(ab);
	rmqi_loop_call(rmqi_autobatch_loop(ab), end_timer, ab);
}

void rmqi_autobatch_unref(struct rmqi_autobatch *ab)
{
	struct rmqi_list *node;

	if (!ab || atomic_fetch_sub(&ab->refs, 1) != 1)
		return;
	while ((node = rmqi_list_pop(&ab->spare)) != NULL)
		rmqi_bundle_free(rmqi_autobatch_by_link(node));
	rmqi_shelf_deinit(&ab->open);
	rmqi_cond_deinit(&ab->drained);
	rmqi_mutex_deinit(&ab->mu);
	rmqi_free(ab);
}
