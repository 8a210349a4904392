/* SPDX-License-Identifier: Apache-2.0 */
/* Which open bundle takes a message, and the bundles that are kept for the next ones. */
#include "base/detail.h"
#include "send/autobatch_impl.h"

enum {
	SPARE_MOST_BYTES = 4 * 1024 * 1024, /* of buffers that are kept for the next bundle */
	SPARE_MOST = 256,                   /* bundles */
	BODY_SLACK =
		64 * 1024 /* a bundle of one may be larger than batchMaxBytes by its properties */
};

static size_t memory_of(const struct rmqi_bundle *b)
{
	return b->body.cap + b->cap * sizeof(b->entries[0]);
}

/* On a callback thread that may outlive the sender: nothing of it is touched. */
static void on_gone(struct rmqi_bundle *b)
{
	struct rmqi_autobatch *ab = b->owner;
	bool is_kept;

	atomic_fetch_sub(&ab->held, b->body.len);
	rmqi_mutex_lock(&ab->mu);
	if (b->is_form_refused)
		rmqi_refusals_note(&ab->refusals, (const char *)rmqi_buf_data(&b->topic),
				   b->ended_us);
	is_kept =
		ab->spare_count < SPARE_MOST && ab->spare_bytes + memory_of(b) <= SPARE_MOST_BYTES;
	if (is_kept) {
		rmqi_list_push(&ab->spare, &b->link);
		ab->spare_count++;
		ab->spare_bytes += memory_of(b);
	}
	rmqi_mutex_unlock(&ab->mu);
	if (!is_kept)
		rmqi_bundle_free(b);
	rmqi_autobatch_unref(ab);
}

/* NULL when memory is out. @locks: mu held */
static struct rmqi_bundle *take_spare(struct rmqi_autobatch *ab)
{
	struct rmqi_list *node = rmqi_list_pop(&ab->spare);
	struct rmqi_bundle *b = node ? rmqi_autobatch_by_link(node) : rmqi_bundle_new(ab->tellers);

	if (node) {
		ab->spare_count--;
		ab->spare_bytes -= memory_of(b);
	}
	if (!b)
		return NULL;
	b->gone = on_gone;
	b->owner = ab;
	return b;
}

/* @locks: mu held */
static enum rmq_error open_bundle(struct rmqi_autobatch *ab, const struct rmqi_shelf_key *k,
				  struct rmqi_autobatch_visit *visit, struct rmqi_bundle **out)
{
	struct rmqi_bundle *b = take_spare(ab);

	if (!b || rmqi_bundle_open(b, k->topic, k->waits, k->queue, ab->bundle_max + BODY_SLACK,
				   rmqi_autobatch_now_us(ab)) != RMQ_OK) {
		rmqi_bundle_free(b);
		return RMQ_ERR_NO_MEMORY;
	}
	atomic_fetch_add(&ab->refs, 1);
	visit->has_entered = false;
	rmqi_shelf_put(&ab->open, b, k);
	*out = b;
	return RMQ_OK;
}

/* It was opened for a message that memory is out for. @locks: mu held */
static void discard(struct rmqi_autobatch *ab, struct rmqi_bundle *b,
		    struct rmqi_autobatch_visit *visit)
{
	rmqi_shelf_remove(&ab->open, b);
	rmqi_bundle_free(b);
	visit->has_entered = true;
	atomic_fetch_sub(&ab->refs, 1); /* the caller has one */
}

static bool has_room(const struct rmqi_autobatch *ab, const struct rmqi_bundle *b, size_t size)
{
	return b->count == 0 ||
	       (b->count < RMQI_BUNDLE_MOST && b->body.len + size <= ab->bundle_max);
}

enum rmq_error rmqi_autobatch_tell_closed(const struct rmqi_autobatch *ab,
					  struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "the %s is closed",
			       ab->sender->what);
}

/* The open bundle that takes it. NULL: memory is out, or it must enter first. @locks: mu held */
static struct rmqi_bundle *bundle_for(struct rmqi_autobatch *ab, const struct rmqi_batched *message,
				      struct rmqi_autobatch_visit *visit)
{
	struct rmqi_shelf_key key = rmqi_shelf_key(message);
	struct rmqi_bundle *b = rmqi_shelf_find(&ab->open, &key);

	if (b && has_room(ab, b, message->size))
		return b;
	visit->must_enter = !visit->has_entered;
	if (visit->must_enter)
		return NULL;
	if (b)
		rmqi_autobatch_seal(ab, b);
	return open_bundle(ab, &key, visit, &b) == RMQ_OK ? b : NULL;
}

enum rmq_error rmqi_autobatch_put(struct rmqi_autobatch *ab, const struct rmqi_batched *message,
				  const struct rmqi_bundle_entry *entry,
				  struct rmqi_autobatch_visit *visit,
				  struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	struct rmqi_bundle *b;

	if (ab->is_stopped)
		return rmqi_autobatch_tell_closed(ab, detail);
	b = bundle_for(ab, message, visit);
	if (visit->must_enter)
		return RMQ_OK;
	if (b)
		err = rmqi_bundle_add(b, message, entry);
	if (err == RMQ_OK)
		atomic_fetch_add(&ab->held, message->size);
	if (b && b->count == 0)
		discard(ab, b, visit);
	else if (b && !has_room(ab, b, message->size)) /* for another one like it */
		rmqi_autobatch_seal(ab, b);
	else if (b)
		visit->must_arm = rmqi_autobatch_wants_timer(ab);
	return err == RMQ_OK ? RMQ_OK : rmqi_detail_set(detail, err, 0, "out of memory");
}
