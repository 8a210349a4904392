/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/local_offsets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/json.h"
#include "consumer/mq.h"
#include "consumer/start.h"

enum { TEXT_SIZE = 512 };

static struct rmqi_local_offsets *offsets_at(struct rmqi_offset_store *s)
{
	return RMQI_CONTAINER(s, struct rmqi_local_offsets, store);
}

/* --- Open --------------------------------------------------------------------------------------- */

/* localOffsetStoreDir, else that of Java: ~/.rocketmq_offsets. Owned. */
static enum rmq_error find_root(const struct rmqi_client *c, char **out,
				struct rmq_error_detail *detail)
{
	const char *set = rmqi_config_str(rmqi_client_config(c), RMQI_CFG_localOffsetStoreDir);
	const char *home = getenv("HOME");
	size_t size;
	char *root;

	if (!set && (!home || !home[0]))
		return rmqi_detail_set(
			detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			"a broadcasting group keeps its offsets in a file, and there is no "
			"HOME in the environment: set localOffsetStoreDir");
	size = strlen(set ? set : home) + sizeof("/.rocketmq_offsets");
	root = rmqi_alloc(size);
	if (!root)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	snprintf(root, size, "%s%s", set ? set : home, set ? "" : "/.rocketmq_offsets");
	*out = root;
	return RMQ_OK;
}

static void tell_backup(struct rmqi_local_offsets *o)
{
	static const char format[] =
		"group %s: %s is missing, or holds no offsets that can be read; those of its .bak "
		"are older: what was consumed in between is delivered again";
	struct rmqi_consumer *c = o->consumer;

	RMQI_LOG(c->log, RMQ_LOG_WARN, format, c->group, o->file.path);
	rmqi_client_tell(c->client, RMQ_EVENT_OFFSET_MOVED, NULL, NULL, -1, NULL, format, c->group,
			 o->file.path);
}

static void tell_opened(void *arg)
{
	struct rmqi_local_offsets *o = arg;

	RMQI_LOG(o->consumer->log, RMQ_LOG_INFO, "group %s: offsets of %zu queues from %s",
		 o->consumer->group, rmqi_offset_table_count(&o->table), o->file.path);
}

static enum rmq_error open_store(struct rmqi_offset_store *s, struct rmq_error_detail *detail)
{
	struct rmqi_local_offsets *o = offsets_at(s);
	struct rmqi_client *client = o->consumer->client;
	char *root = NULL;
	enum rmq_error err = find_root(client, &root, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_offset_file_open(&o->file, root, rmqi_client_id(client), o->consumer->group,
				    detail);
	rmqi_free(root);
	if (err == RMQ_OK)
		err = rmqi_offset_file_read(&o->file, &o->table, &o->is_backup, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_pool_new(rmqi_client_env(client), "rmq-offsets", 1, &o->pool);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0,
				       "the thread that writes offsets cannot be started: %s",
				       rmq_error_text(err));
	rmqi_loop_call(o->consumer->loop, tell_opened, o);
	return RMQ_OK;
}

/* --- Writing ------------------------------------------------------------------------------------ */

static void complain(struct rmqi_local_offsets *o, enum rmq_error error, const char *why)
{
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_FILE,
				 .subject = "",
				 .error = error,
				 .code = -1,
				 .why = rmqi_str(why)};

	rmqi_client_complain(o->consumer->client, &f, &o->is_unkept);
}

/* Nothing is awaited any more. */
static void end_report(struct rmqi_commit_report *r, const char *failure)
{
	if (failure) {
		r->failed = r->unconfirmed;
		r->error = RMQ_ERR_IO;
		snprintf(r->failure, sizeof(r->failure), "%s", failure);
	}
	r->unconfirmed = 0;
	rmqi_commit_settled(r);
}

static void end_reports(struct rmqi_local_offsets *o, const char *failure)
{
	struct rmqi_commit_report *r = o->reports, *next;

	o->reports = NULL;
	for (; r; r = next) {
		next = r->next;
		end_report(r, failure);
	}
}

/* Thread: the pool's. */
static void run_job(struct rmqi_task *task)
{
	struct rmqi_local_offsets *o = RMQI_CONTAINER(task, struct rmqi_local_offsets, job);
	struct rmqi_consumer *c = o->consumer;

	o->failure = (struct rmqi_file_failure){0};
	(void)rmqi_offset_file_write(&o->file, &o->text, &o->failure);
	rmqi_loop_post(c->loop, &o->done);
	rmqi_consumer_unref(c);
}

/* It had not begun when the pool was closed. */
static void drop_job(struct rmqi_task *task)
{
	struct rmqi_local_offsets *o = RMQI_CONTAINER(task, struct rmqi_local_offsets, job);
	struct rmqi_consumer *c = o->consumer;

	o->failure = (struct rmqi_file_failure){"was not written before the close", ECANCELED};
	rmqi_loop_post(c->loop, &o->done);
	rmqi_consumer_unref(c);
}

static void write_out(struct rmqi_local_offsets *o)
{
	enum rmq_error err;

	if (o->is_writing) {
		o->is_wanted = true;
		return;
	}
	if (!o->pool) {
		end_reports(o, "the consumer was closed before they could be written");
		return;
	}
	rmqi_buf_reset(&o->text);
	err = rmqi_offset_table_write(&o->table, &o->text);
	if (err != RMQ_OK) {
		complain(o, err, rmq_error_text(err));
		end_reports(o, rmq_error_text(err));
		return;
	}
	o->is_changed = false;
	o->is_writing = true;
	rmqi_consumer_ref(o->consumer);
	rmqi_post(rmqi_pool_executor(o->pool), &o->job);
}

static void on_done(struct rmqi_task *task)
{
	struct rmqi_local_offsets *o = RMQI_CONTAINER(task, struct rmqi_local_offsets, done);
	char text[TEXT_SIZE];
	const char *failure = NULL;

	if (o->failure.step) {
		failure = rmqi_file_failure_text(&o->failure, o->file.path, text, sizeof(text));
		o->is_changed = true;
		complain(o, RMQ_ERR_IO, failure);
	} else {
		rmqi_client_settle(o->consumer->client, RMQI_TROUBLE_FILE, "", &o->is_unkept);
	}
	o->is_writing = false;
	if (o->is_wanted) {
		o->is_wanted = false;
		write_out(o);
	} else {
		end_reports(o, failure);
	}
}

/* --- The store ---------------------------------------------------------------------------------- */

static void find(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	struct rmqi_local_offsets *o = offsets_at(s);
	int64_t offset = rmqi_offset_table_get(&o->table, &mq->key);

	/* Here, as events are told from the start on only. */
	if (o->is_backup)
		tell_backup(o);
	o->is_backup = false;
	if (offset >= 0)
		rmqi_start_found(mq, offset);
	else
		rmqi_start_none(mq);
}

static void commit(struct rmqi_offset_store *s, struct rmqi_mq *mq)
{
	struct rmqi_local_offsets *o = offsets_at(s);
	int64_t offset = rmqi_mq_commit_offset(mq);
	int64_t before = rmqi_offset_table_get(&o->table, &mq->key);
	enum rmq_error err;

	if (offset < 0 || offset == before)
		return;
	err = rmqi_offset_table_set(&o->table, &mq->key, offset);
	if (err != RMQ_OK) {
		complain(o, err, rmq_error_text(err));
		return;
	}
	o->consumer->counts.commits++;
	o->is_changed = true;
	if (before < 0)
		write_out(o);
}

static void flush(struct rmqi_offset_store *s)
{
	struct rmqi_local_offsets *o = offsets_at(s);

	if (o->is_changed)
		write_out(o);
}

static void commit_last(struct rmqi_offset_store *s, struct rmqi_commit_report *report)
{
	struct rmqi_local_offsets *o = offsets_at(s);

	RMQI_LIST_EACH(node, &o->consumer->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			commit(s, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
			report->unconfirmed++;
		}
	}
	if (!o->pool && o->is_changed) {
		end_report(report, "the consumer was closed");
		return;
	}
	if (!o->is_changed && !o->is_writing) {
		end_report(report, NULL);
		return;
	}
	report->next = o->reports;
	o->reports = report;
	if (o->is_changed)
		write_out(o);
}

struct closing {
	struct rmqi_local_offsets *offsets;
	struct rmqi_pool *pool;
	bool is_over; /* nothing is written any more */
};

/* No write begins any more. */
static void detach(void *arg)
{
	struct closing *k = arg;

	k->pool = k->offsets->pool;
	k->offsets->pool = NULL;
}

/* Behind what the last write has told. A disk that does not answer: who waits is told so while he can be,
 * and the file is let go with the last reference. */
static void finish(void *arg)
{
	struct closing *k = arg;

	if (k->is_over)
		rmqi_offset_file_close(&k->offsets->file);
	else
		end_reports(k->offsets, "they are still being written");
}

static void close_store(struct rmqi_offset_store *s, int64_t deadline_us)
{
	struct closing k = {.offsets = offsets_at(s)};
	struct rmqi_loop *loop = k.offsets->consumer->loop;

	rmqi_loop_call(loop, detach, &k);
	k.is_over = !k.pool || rmqi_pool_close(k.pool, deadline_us, drop_job);
	rmqi_loop_call(loop, finish, &k);
}

void rmqi_local_offsets_init(struct rmqi_local_offsets *o, struct rmqi_consumer *c)
{
	*o = (struct rmqi_local_offsets){
		.store = {.open = open_store,
			  .find = find,
			  .commit = commit,
			  .flush = flush,
			  .commit_last = commit_last,
			  .close = close_store},
		.consumer = c,
		.job = {.run = run_job},
		.done = {.run = on_done},
	};
	rmqi_offset_table_init(&o->table);
	rmqi_offset_file_init(&o->file);
	rmqi_buf_init(&o->text, RMQI_JSON_SIZE_MAX);
}

void rmqi_local_offsets_deinit(struct rmqi_local_offsets *o)
{
	rmqi_offset_file_close(&o->file);
	rmqi_offset_table_deinit(&o->table);
	rmqi_buf_deinit(&o->text);
}
