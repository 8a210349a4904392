/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/recovery.h"

#include <inttypes.h>

#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"

enum { LIGHTS_AWAKE_MAX = 4 * MB_LIGHTS_AWAKE };

static struct mb_files *log_files(struct mb_store *s)
{
	return &s->commit_log.files;
}

static int64_t next_file(struct mb_store *s, int64_t offset)
{
	return mb_commit_log_next_file(&s->commit_log, offset);
}

static enum mb_record_kind look(struct mb_store *s, int64_t offset, unsigned checks,
				struct mb_record *r)
{
	return mb_commit_log_look(&s->commit_log, offset, checks, r);
}

/* --- Where to begin ------------------------------------------------------------- */

static enum rmq_error recover_queue(void *arg, struct mb_queue *q)
{
	(void)arg;
	return mb_queue_recover(q);
}

static enum rmq_error find_dispatched(void *arg, struct mb_queue *q)
{
	int64_t *highest = arg;
	int64_t here = mb_queue_dispatched(q);

	if (here > *highest)
		*highest = here;
	return RMQ_OK;
}

/* Everything before this file is known to be sound and to have its queue entries on disk. */
static int64_t first_file_to_scan(struct mb_store *s)
{
	int64_t newest = s->was_abnormal ? mb_checkpoint_recovery_ms(&s->checkpoint) : INT64_MAX;
	const struct mb_files *files = log_files(s);
	int64_t dispatched = 0;
	struct mb_record r;

	if (mb_queues_each(&s->queues, find_dispatched, &dispatched) != RMQ_OK)
		return mb_files_min(files);
	for (size_t i = files->count; i-- > 0;) {
		int64_t base = files->list[i]->base;

		if (base <= dispatched && look(s, base, MB_CHECK_BODY, &r) == MB_RECORD_MESSAGE &&
		    r.store_timestamp != 0 && r.store_timestamp <= newest)
			return base;
	}
	return mb_files_min(files);
}

/* --- Where the log ends ---------------------------------------------------------- */

/* What the walk over the log found. */
struct walk {
	int64_t end;             /* the first offset where no record stands */
	enum mb_record_kind why; /* what stands there */
	/* The records before it have the entries that they say they have. What is cut off at the end takes none of
	 * them away, so they need not be gone over again. */
	int64_t entered;
};

/* After a normal exit every record had its entry: a queue without files belonged to a topic that was deleted. */
static bool skips_unknown(const struct mb_store *s)
{
	return s->queues.topics.count > 0 && !s->was_abnormal;
}

static int64_t tags_code(const struct mb_store *s, const struct mb_record *r)
{
	return mb_tags_code(&s->delays, r->topic, r->properties, r->store_timestamp);
}

/* A disk without power may have got a part of the newest entry only: the place of the record, which is number n, and not
 * the code of its tags. */
static bool is_torn(const struct mb_store *s, const struct mb_queue *q, int64_t n,
		    const struct mb_record *r)
{
	struct mb_entry e;

	return s->was_abnormal && n + 1 == q->max && mb_queue_entry(q, n, &e) &&
	       e.tags_code != tags_code(s, r);
}

static bool is_taken(const struct mb_store *s, const struct mb_queue *q, const struct mb_record *r)
{
	const struct mb_entry e = {.offset = r->physical_offset, .size = (int32_t)r->size};

	return mb_queue_judge(q, r->queue_offset, &e) == MB_PLACE_TAKEN &&
	       !is_torn(s, q, r->queue_offset, r);
}

/* Light queues are asleep: whether they have it is not asked here. */
static bool has_entry(struct mb_store *s, const struct mb_record *r)
{
	const struct mb_queue *q;

	if (!mb_record_has_entry(r->sys_flag))
		return true;
	if (s->queues.has_lights)
		return false;
	q = mb_queues_find(&s->queues, r->topic, r->queue_id);
	return q ? is_taken(s, q, r) : skips_unknown(s);
}

/* One record after the other from `from` on, to the end of the log. */
static void walk_log(struct mb_store *s, int64_t from, struct walk *w)
{
	const struct mb_files *files = log_files(s);
	struct mb_record r;
	unsigned checks = MB_CHECK_NONE;
	int64_t at = from;
	bool all_entered = true;

	if (s->config.check_crc_on_recover)
		checks = MB_CHECK_BODY | (s->config.append_crc ? MB_CHECK_RECORD : 0);
	*w = (struct walk){.why = MB_RECORD_NONE, .entered = from};
	while (at < files->end) {
		w->why = look(s, at, checks, &r);
		if (w->why == MB_RECORD_MESSAGE) {
			s->last_store_ms = r.store_timestamp;
			all_entered = all_entered && has_entry(s, &r);
			at += (int64_t)r.size;
		} else if (w->why == MB_RECORD_BLANK) {
			at = next_file(s, at);
		} else {
			break;
		}
		if (all_entered)
			w->entered = at;
	}
	w->end = at;
}

static enum rmq_error truncate_queue(void *arg, struct mb_queue *q)
{
	const int64_t *end = arg;

	return mb_queue_truncate(q, *end);
}

struct light_recovery {
	int64_t log_min, end;
};

/* One walk for what the others get in several: each of them has to be woken for it. */
static enum rmq_error recover_light(void *arg, struct mb_queue *q)
{
	const struct light_recovery *r = arg;
	enum rmq_error err = mb_queue_recover(q);

	if (err == RMQ_OK)
		err = mb_queue_truncate(q, r->end);
	if (err == RMQ_OK)
		mb_queue_expire(q, r->log_min);
	return err;
}

static enum rmq_error cut_at(struct mb_store *s, int64_t end, enum mb_record_kind why)
{
	struct light_recovery light = {.log_min = mb_files_min(log_files(s)), .end = end};
	enum rmq_error err;

	s->queues.lights.log_min = light.log_min;
	if (why == MB_RECORD_BAD)
		RMQI_LOG(s->log, RMQ_LOG_WARN,
			 "commit log: no valid record at %" PRId64 ": the log ends there", end);
	err = mb_queues_each(&s->queues, truncate_queue, &end);
	if (err == RMQ_OK)
		err = mb_lights_each(&s->queues.lights, recover_light, &light);
	return err == RMQ_OK ? mb_files_set_end(log_files(s), end) : err;
}

/* --- Queues from the log ----------------------------------------------------------- */

struct dispatch {
	struct mb_store *store;
	bool is_rebuild;    /* from the first record on: what is missing before is gone */
	bool skips_unknown; /* a queue without files was deleted */
	bool has_gap;
};

static bool says(const struct mb_queue *q, int64_t n, const struct mb_record *r)
{
	return r->queue_offset == n && r->queue_id == q->id && rmqi_str_eq(r->topic, q->topic);
}

static bool says_light(const struct mb_queue *q, int64_t n, const struct mb_record *r)
{
	struct mb_light_names names;
	int64_t offsets[MB_LIGHTS_PER_MESSAGE];

	mb_light_names_read(r->topic, r->properties, &names);
	if (!mb_light_offsets_read(r->properties, names.count, offsets))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (rmqi_str_eq(names.name[i], q->topic))
			return offsets[i] == n;
	return false;
}

/* Does the record of entry n say that it is number n of that queue? */
static bool is_confirmed(struct mb_store *s, const struct mb_queue *q, int64_t n)
{
	struct mb_record r;
	struct mb_entry e;

	return mb_queue_entry(q, n, &e) && look(s, e.offset, MB_CHECK_BODY, &r) == MB_RECORD_MESSAGE &&
	       (int64_t)r.size == e.size && (q->is_light ? says_light(q, n, &r) : says(q, n, &r));
}

/*
 * Another record has the place. An entry that its record does not confirm is
 * damaged. Two records that both claim the place are of two lives of the topic:
 * the later one begins with number 0.
 */
static enum rmq_error contend(struct mb_store *s, struct mb_queue *q, int64_t n,
			      const struct mb_entry *e)
{
	struct mb_entry there;
	enum rmq_error err;

	if (is_confirmed(s, q, n)) {
		if (mb_queue_entry(q, n, &there) && there.offset > e->offset)
			return RMQ_OK;
		if (n > 0) {
			RMQI_LOG(s->log, RMQ_LOG_WARN,
				 "%s: the record at %" PRId64 " claims the place of another",
				 q->files.dir, e->offset);
			return RMQ_OK;
		}
	}
	err = mb_queue_cut(q, n);
	return err == RMQ_OK ? mb_queue_add(q, e) : err;
}

static enum rmq_error close_gap(struct dispatch *d, struct mb_queue *q, int64_t n,
				const struct mb_entry *e)
{
	enum rmq_error err;

	d->has_gap = true;
	if (!d->is_rebuild)
		return RMQ_OK;
	err = mb_queue_skip_to(q, n, mb_files_min(log_files(d->store)));
	return err == RMQ_OK ? mb_queue_add(q, e) : err;
}

static enum rmq_error place(struct dispatch *d, struct mb_queue *q, int64_t n, enum mb_place place,
			    const struct mb_entry *e)
{
	struct mb_store *s = d->store;

	switch (place) {
	case MB_PLACE_TAKEN:
	case MB_PLACE_EXPIRED:
	case MB_PLACE_BEHIND:
		return RMQ_OK;
	case MB_PLACE_NEXT:
		return mb_queue_add(q, e);
	case MB_PLACE_OTHER:
		return contend(s, q, n, e);
	case MB_PLACE_GAP:
		return close_gap(d, q, n, e);
	case MB_PLACE_IMPOSSIBLE:
		RMQI_LOG(s->log, RMQ_LOG_WARN,
			 "%s: the record at %" PRId64 " has an impossible queue offset",
			 q->files.dir, e->offset);
		return RMQ_OK;
	}
	return RMQ_OK;
}

/* The newest entries may be damaged and only seem to belong to a later record: those are given up. */
static enum rmq_error judge(struct mb_store *s, struct mb_queue *q, int64_t n,
			    const struct mb_entry *e, enum mb_place *out)
{
	enum rmq_error err = RMQ_OK;

	*out = mb_queue_judge(q, n, e);
	while (err == RMQ_OK && *out == MB_PLACE_BEHIND && !is_confirmed(s, q, q->max - 1)) {
		err = mb_queue_cut(q, q->max - 1);
		*out = mb_queue_judge(q, n, e);
	}
	return err;
}

static enum rmq_error replace_newest(struct mb_queue *q, const struct mb_entry *e)
{
	enum rmq_error err = mb_queue_cut(q, q->max - 1);

	return err == RMQ_OK ? mb_queue_add(q, e) : err;
}

/* The record is number n of this queue. */
static enum rmq_error dispatch_to(struct dispatch *d, const struct mb_record *r,
				  struct rmqi_str topic, int32_t id, int64_t n)
{
	struct mb_store *s = d->store;
	struct mb_entry e = {.offset = r->physical_offset, .size = (int32_t)r->size};
	enum mb_place where;
	struct mb_queue *q;
	enum rmq_error err;

	if (d->skips_unknown && !mb_queues_find(&s->queues, topic, id))
		return RMQ_OK;
	err = mb_queues_get(&s->queues, topic, id, &q);
	if (err == RMQ_OK)
		err = judge(s, q, n, &e, &where);
	/* Nearly all are there. */
	if (err != RMQ_OK || (where == MB_PLACE_TAKEN && !is_torn(s, q, n, r)))
		return err;
	e.tags_code = tags_code(s, r);
	if (where == MB_PLACE_TAKEN)
		return replace_newest(q, &e);
	return place(d, q, n, where, &e);
}

static enum rmq_error dispatch_to_lights(struct dispatch *d, const struct mb_record *r)
{
	struct mb_light_names names;
	int64_t offsets[MB_LIGHTS_PER_MESSAGE];
	enum rmq_error err = RMQ_OK;

	mb_light_names_read(r->topic, r->properties, &names);
	if (names.count == 0 || !mb_light_offsets_read(r->properties, names.count, offsets))
		return RMQ_OK;
	for (size_t i = 0; i < names.count && err == RMQ_OK; i++)
		err = dispatch_to(d, r, names.name[i], 0, offsets[i]);
	return err;
}

static enum rmq_error dispatch_record(struct dispatch *d, const struct mb_record *r)
{
	enum rmq_error err;

	if (!mb_record_has_entry(r->sys_flag))
		return RMQ_OK;
	err = dispatch_to(d, r, r->topic, r->queue_id, r->queue_offset);
	return err == RMQ_OK && d->store->queues.has_lights ? dispatch_to_lights(d, r) : err;
}

enum rmq_error mb_recovery_dispatch(struct mb_store *s, const struct mb_record *r)
{
	struct dispatch d = {.store = s, .is_rebuild = true};
	enum rmq_error err = dispatch_record(&d, r);
	struct mb_queue *q;

	/* What is missing before it is gone. */
	if (err == RMQ_OK && d.has_gap) {
		q = mb_queues_find(&s->queues, r->topic, r->queue_id);
		if (q)
			mb_queue_correct_min(q, mb_files_min(log_files(s)));
	}
	return err;
}

/* Each that gets an entry stays awake until that is on disk, and no process may map them all. */
static enum rmq_error rest_lights(struct mb_store *s)
{
	enum rmq_error err = RMQ_OK;

	if (s->queues.lights.awake_count < LIGHTS_AWAKE_MAX)
		return RMQ_OK;
	err = mb_flush_queues(&s->flush);
	mb_lights_rest(&s->queues.lights);
	return err;
}

/* Gives every record from `from` on its queue entry. Files before the scanned ones may hold what is no
 * record: the rest of such a file is passed over. */
static enum rmq_error dispatch_from(struct dispatch *d, int64_t from)
{
	struct mb_store *s = d->store;
	int64_t end = log_files(s)->end, at = from;
	struct mb_record r;
	enum rmq_error err = RMQ_OK;

	while (at < end && err == RMQ_OK && !(d->has_gap && !d->is_rebuild)) {
		if (look(s, at, MB_CHECK_NONE, &r) == MB_RECORD_MESSAGE) {
			err = dispatch_record(d, &r);
			if (err == RMQ_OK)
				err = rest_lights(s);
			at += (int64_t)r.size;
		} else {
			at = next_file(s, at);
		}
	}
	return err;
}

/* Queues that are missing are built anew only when all are missing (skips_unknown). The records before `from` have
 * their entries. */
static enum rmq_error build_queues(struct mb_store *s, int64_t from, bool is_damaged)
{
	bool has_queues = s->queues.topics.count > 0;
	struct dispatch d = {
		.store = s,
		.is_rebuild = is_damaged || !has_queues,
		.skips_unknown = skips_unknown(s),
	};
	int64_t first = mb_files_min(log_files(s));
	enum rmq_error err = dispatch_from(&d, d.is_rebuild ? first : from);

	if (err != RMQ_OK || !d.has_gap || d.is_rebuild)
		return err;
	RMQI_LOG(s->log, RMQ_LOG_WARN,
		 "queue entries are missing: the queues are built from the whole commit log");
	d.is_rebuild = true;
	return dispatch_from(&d, first);
}

/* --- All together ------------------------------------------------------------------ */

static enum rmq_error correct_min(void *arg, struct mb_queue *q)
{
	const struct mb_store *s = arg;

	mb_queue_correct_min(q, mb_files_min(&s->commit_log.files));
	return RMQ_OK;
}

static enum rmq_error distrust_queue(void *arg, struct mb_queue *q)
{
	int64_t tail = (int64_t)q->files.file_size * 2;

	(void)arg;
	mb_files_distrust(&q->files, q->files.end > tail ? q->files.end - tail : 0);
	return RMQ_OK;
}

struct light_distrust {
	struct mb_store *store;
	int64_t from;
	size_t count;
};

/* What lies before the place where recovery began is on disk, with its entries. The others are brought there some
 * at a time: none of them can sleep before that. */
static enum rmq_error distrust_light(void *arg, struct mb_queue *q)
{
	struct light_distrust *d = arg;

	if (mb_queue_dispatched(q) <= d->from)
		return RMQ_OK;
	mb_files_distrust(&q->files, q->files.end > 0 ? q->files.end - 1 : 0);
	return ++d->count % MB_LIGHTS_AWAKE == 0 ? mb_flush_now(&d->store->flush) : RMQ_OK;
}

/* What a process wrote before it died may be in the page cache only. */
static enum rmq_error bring_to_disk(struct mb_store *s, int64_t from)
{
	struct light_distrust light = {.store = s, .from = from};
	enum rmq_error err = RMQ_OK;

	if (s->was_abnormal) {
		mb_files_distrust(log_files(s), from);
		err = mb_queues_each(&s->queues, distrust_queue, NULL);
		if (err == RMQ_OK)
			err = mb_lights_each(&s->queues.lights, distrust_light, &light);
	}
	return err == RMQ_OK ? mb_flush_now(&s->flush) : err;
}

enum rmq_error mb_recover(struct mb_store *s, bool is_damaged)
{
	struct walk w;
	int64_t from;
	enum rmq_error err;

	/* Queues know what they hold, but may know too much. */
	err = log_files(s)->count ? mb_queues_each(&s->queues, recover_queue, s)
				  : mb_queues_remove_all(&s->queues);
	if (err != RMQ_OK)
		return err;
	/* The log ends where the first record is bad; queues end with it. */
	from = first_file_to_scan(s);
	walk_log(s, from, &w);
	err = cut_at(s, w.end, w.why);
	/* Each record that is left gets the entry it says it has. */
	if (err == RMQ_OK)
		err = build_queues(s, w.entered, is_damaged);
	if (err == RMQ_OK)
		err = mb_queues_each(&s->queues, correct_min, s);
	if (err == RMQ_OK)
		err = bring_to_disk(s, from);
	if (err == RMQ_OK)
		RMQI_LOG(s->log, RMQ_LOG_INFO,
			 "%s: commit log %" PRId64 " to %" PRId64 ", scanned from %" PRId64
			 " after %s exit",
			 s->root, mb_files_min(log_files(s)), w.end, from,
			 s->was_abnormal ? "an abnormal" : "a normal");
	return err;
}
