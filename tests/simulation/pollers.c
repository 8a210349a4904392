/* SPDX-License-Identifier: Apache-2.0 */
/* pollers.c - consumers that are polled: lite pull, simple, pull. */
#include "tests/simulation/world_impl.h"

/* --- Lite pull: what it has seen it knows, by the id ------------------------------------------------ */

static void see_once(struct world *w, const rmq_message *m)
{
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;
	rmq_error_detail *detail = NULL;

	world_check(w, rmq_dedup_begin(w->known, rmq_message_id(m), &verdict, &detail), &detail,
		    "dedup");
	world_pass(w, GROUP_LITE, m);
	if (verdict != RMQ_DEDUP_NEW)
		return;
	world_see(w, GROUP_LITE, m);
	(void)rmq_dedup_done(w->known, rmq_message_id(m));
}

static void poll_lite(struct world *w)
{
	rmq_error_detail *detail = NULL;
	rmq_messages *messages = NULL;

	while (rmq_lite_pull_consumer_poll(w->lite, 0, &messages, &detail) == RMQ_OK && messages) {
		for (size_t i = 0; i < rmq_messages_count(messages); i++)
			see_once(w, rmq_messages_at(messages, i));
		rmq_messages_free(messages);
		messages = NULL;
	}
	rmq_error_detail_free(detail);
}

/* --- Simple ----------------------------------------------------------------------------------------- */

static void acked(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	struct world *w = arg;

	(void)detail;
	audit_note(&w->audit, 'a', (uint64_t)error);
}

static void received(enum rmq_error error, rmq_messages *messages, const rmq_error_detail *detail,
		     void *arg)
{
	struct world *w = arg;

	(void)detail;
	w->is_receiving = false;
	audit_note(&w->audit, 'r', (uint64_t)error);
	for (size_t i = 0; i < rmq_messages_count(messages); i++) {
		const rmq_message *m = rmq_messages_at(messages, i);

		/* What is not acknowledged comes again. */
		if (!w->is_calm && world_below(w, 10) == 0)
			continue;
		world_see(w, GROUP_SIMPLE, m);
		(void)!rmq_simple_consumer_ack_async(w->simple, m, acked, w, NULL);
	}
	rmq_messages_free(messages);
}

static void receive(struct world *w)
{
	if (!w->is_receiving)
		w->is_receiving = rmq_simple_consumer_receive_async(w->simple, 16, 10000, 2000,
								    received, w, NULL) == RMQ_OK;
}

/* --- Pull: it keeps its offsets itself ------------------------------------------------------------------ */

static void pulled(enum rmq_error error, const rmq_pull_result *result,
		   const rmq_error_detail *detail, void *arg)
{
	struct pulled *p = arg;
	const rmq_messages *messages = rmq_pull_result_messages(result);

	(void)detail;
	p->is_asked = false;
	if (error != RMQ_OK)
		return;
	for (size_t i = 0; i < rmq_messages_count(messages); i++)
		world_see(p->w, GROUP_PULL, rmq_messages_at(messages, i));
	p->next = rmq_pull_result_next_offset(result);
}

static void pull_all(struct world *w)
{
	for (size_t i = 0; i < ALL_QUEUES; i++) {
		struct pulled *p = &w->pulled[i];

		if (!p->is_asked)
			p->is_asked = rmq_pull_consumer_pull_async(w->puller, &p->queue, p->next,
								   NULL, pulled, p, NULL) == RMQ_OK;
	}
}

static void open_pull(struct world *w)
{
	rmq_error_detail *detail = NULL;

	world_name_instance(w);
	world_check(w, rmq_pull_consumer_new(w->config, "Pull", &w->puller, &detail), &detail, "pull");
	world_check(w, rmq_pull_consumer_start(w->puller, &detail), &detail, "pull starts");
	world_check(w, rmq_pull_consumer_queues(w->puller, "Topic", &w->queues, &detail), &detail,
		    "queues");
	if (rmq_queues_count(w->queues) != ALL_QUEUES) {
		audit_fail(&w->audit, "there are %zu queues", rmq_queues_count(w->queues));
		return;
	}
	for (size_t i = 0; i < ALL_QUEUES; i++)
		w->pulled[i] = (struct pulled){.w = w, .queue = *rmq_queues_at(w->queues, i)};
}

/* --- All -------------------------------------------------------------------------------------------------- */

void pollers_open(struct world *w)
{
	rmq_error_detail *detail = NULL;

	world_check(w, rmq_dedup_new(AUDIT_MESSAGES, 0, &w->known, &detail), &detail, "dedup");
	world_name_instance(w);
	world_check(w, rmq_lite_pull_consumer_new(w->config, "Lite", &w->lite, &detail), &detail,
		    "lite");
	world_check(w, rmq_lite_pull_consumer_subscribe(w->lite, "Topic", "*", &detail), &detail,
		    "lite subscribes");
	world_check(w, rmq_lite_pull_consumer_start(w->lite, &detail), &detail, "lite starts");
	world_name_instance(w);
	world_check(w, rmq_simple_consumer_new(w->config, "Simple", &w->simple, &detail), &detail,
		    "simple");
	world_check(w, rmq_simple_consumer_subscribe(w->simple, "Topic", "*", &detail), &detail,
		    "simple subscribes");
	world_check(w, rmq_simple_consumer_start(w->simple, &detail), &detail, "simple starts");
	open_pull(w);
}

void pollers_close(struct world *w)
{
	rmq_queues_free(w->queues);
	rmq_pull_consumer_free(w->puller);
	rmq_lite_pull_consumer_free(w->lite);
	rmq_simple_consumer_free(w->simple);
	rmq_dedup_free(w->known);
}

void pollers_work(struct world *w)
{
	poll_lite(w);
	receive(w);
	pull_all(w);
}
