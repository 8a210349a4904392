/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/names.h"
#include "mock-broker/store/follow.h"
#include "mock-broker/store/record.h"
#include "mock-broker/store/recovery.h"
#include "mock-broker/store/store_state.h"

enum {
	PATH_SIZE = 4096,
	LIGHTS_MANY = 1024, /* light queues */
	/* MessageStoreConfig.java */
	COMMIT_LOG_FILE_SIZE = 1024 * 1024 * 1024,
	CONSUME_QUEUE_FILE_SIZE = 300000 * MB_ENTRY_SIZE,
	FLUSH_INTERVAL_MS = 500,
	SYNC_FLUSH_TIMEOUT_MS = 5000,
	SLAVE_TIMEOUT_MS = 3000,
	MAX_MESSAGE_SIZE = 4 * 1024 * 1024,
	INDEX_SLOTS = 5000000,
	INDEX_ITEMS = 20000000,
	/* Below it not even a message without body fits. */
	COMMIT_LOG_FILE_SIZE_MIN = 128,
	/* Blocks are had ahead of the writer in steps: a system call of some 30 us each. Their pages
	 * cost the same whoever asks for them, so a log that is written fast has another thread ask: pages.h. */
	RESERVE_STEP = 4 * 1024 * 1024,
	RESERVE_LEAST = 2 * 1024 * 1024 /* see mapped_file.h */
};

void mb_store_config_init(struct mb_store_config *c)
{
	*c = (struct mb_store_config){.check_crc_on_recover = true};
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static void set_defaults(struct mb_store_config *c)
{
	if (!c->commit_log_file_size)
		c->commit_log_file_size = COMMIT_LOG_FILE_SIZE;
	if (!c->consume_queue_file_size)
		c->consume_queue_file_size = CONSUME_QUEUE_FILE_SIZE;
	c->consume_queue_file_size = round_up(c->consume_queue_file_size, MB_ENTRY_SIZE);
	if (!c->flush_interval_ms)
		c->flush_interval_ms = FLUSH_INTERVAL_MS;
	if (!c->sync_flush_timeout_ms)
		c->sync_flush_timeout_ms = SYNC_FLUSH_TIMEOUT_MS;
	if (!c->slave_timeout_ms)
		c->slave_timeout_ms = SLAVE_TIMEOUT_MS;
	if (!c->max_message_size)
		c->max_message_size = MAX_MESSAGE_SIZE;
	if (!c->index.slots)
		c->index.slots = INDEX_SLOTS;
	if (!c->index.items)
		c->index.items = INDEX_ITEMS;
}

static enum rmq_error copy_delays(struct mb_store *s)
{
	size_t count = s->config.delay_levels;

	s->delays = mb_delays_default();
	if (count == 0)
		return RMQ_OK;
	s->delay_ms = rmqi_calloc(count, sizeof(*s->delay_ms));
	if (!s->delay_ms)
		return RMQ_ERR_NO_MEMORY;
	memcpy(s->delay_ms, s->config.delay_ms, count * sizeof(*s->delay_ms));
	s->delays = (struct mb_delays){s->delay_ms, count};
	return RMQ_OK;
}

/* --- Opening ------------------------------------------------------------------------ */

static enum rmq_error path_in(const struct mb_store *s, const char *name, char *path)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s", s->root, name);

	if (n <= 0 || n >= PATH_SIZE) {
		errno = ENAMETOOLONG;
		return RMQ_ERR_IO;
	}
	return RMQ_OK;
}

/* Says what could not be done, unless a deeper level said it better. */
static enum rmq_error told(struct rmq_error_detail *detail, enum rmq_error err, const char *what,
			   const char *root)
{
	int cause = errno;

	if (err == RMQ_OK || (detail && rmq_error_detail_code(detail) != RMQ_OK))
		return err;
	return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "store %s: %s: %s", root, what,
			       err == RMQ_ERR_IO || err == RMQ_ERR_NOT_FOUND ? strerror(cause)
									     : rmq_error_text(err));
}

static enum rmq_error take_lock(struct mb_store *s, struct rmq_error_detail *detail)
{
	char path[PATH_SIZE];
	enum rmq_error err = s->fs->make_dir(s->fs, s->root);

	if (err != RMQ_OK)
		return told(detail, err, "cannot make the folder", s->root);
	err = path_in(s, "lock", path);
	if (err == RMQ_OK)
		err = s->fs->lock(s->fs, path, &s->lock);
	if (err == RMQ_ERR_LOCKED)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "store %s is used by another broker: its lock is held",
				       s->root);
	return told(detail, err, "cannot lock", s->root);
}

static enum rmq_error init_files(struct mb_store *s)
{
	const struct mb_ahead ahead = {RESERVE_STEP, RESERVE_LEAST, .is_random = false};
	char path[PATH_SIZE];
	enum rmq_error err = path_in(s, "commitlog", path);

	if (err == RMQ_OK)
		err = mb_files_init(&s->commit_log.files, s->fs, s->log, &s->flush.log_dirty, path,
				    s->config.commit_log_file_size, &ahead);
	if (err == RMQ_OK)
		err = path_in(s, "consumequeue", path);
	if (err == RMQ_OK)
		err = mb_queues_init(&s->queues, s->fs, s->log, &s->flush.queue_dirty, path,
				     s->config.consume_queue_file_size);
	s->queues.has_lights = s->config.light_queues;
	return err;
}

static enum rmq_error open_checkpoint(struct mb_store *s)
{
	char path[PATH_SIZE];
	enum rmq_error err = path_in(s, "checkpoint", path);

	return err == RMQ_OK ? mb_checkpoint_open(&s->checkpoint, s->fs, path) : err;
}

/* It is told before all others (DefaultMessageStore.dispatcherList). */
static enum rmq_error load_index(struct mb_store *s)
{
	char path[PATH_SIZE];
	enum rmq_error err = path_in(s, "index", path);

	if (err == RMQ_OK)
		err = mb_index_init(&s->index, s->fs, s->log, s->config.inner_timers->clock,
				    &s->flush.queue_dirty, path, &s->config.index,
				    s->config.index_tags);
	if (err == RMQ_OK)
		err = mb_index_open(s);
	if (err == RMQ_OK)
		mb_store_listen(s, &s->index.arrivals);
	return err;
}

static enum rmq_error load(struct mb_store *s, struct rmq_error_detail *detail)
{
	bool has_gap = false, is_damaged = false;
	enum rmq_error err = mb_files_load(&s->commit_log.files, &has_gap, detail);

	if (err != RMQ_OK)
		return told(detail, err, "cannot read the commit log", s->root);
	if (has_gap)
		return rmqi_detail_set(detail, RMQ_ERR_CORRUPT, RMQ_ERROR_FATAL,
				       "%s: a file in the middle of the commit log is missing",
				       s->commit_log.files.dir);
	err = mb_queues_load(&s->queues, &is_damaged, detail);
	if (err != RMQ_OK)
		return told(detail, err, "cannot read the queues", s->root);
	err = open_checkpoint(s);
	if (err != RMQ_OK)
		return told(detail, err, "cannot open the checkpoint", s->root);
	s->index.done_ms = s->checkpoint.index_ms;
	err = told(detail, mb_recover(s, is_damaged), "recovery failed", s->root);
	if (err == RMQ_OK && s->config.message_index)
		err = told(detail, load_index(s), "cannot open the index", s->root);
	return err;
}

static enum rmq_error write_abort(struct mb_store *s, struct rmq_error_detail *detail)
{
	char path[PATH_SIZE], pid[32];
	int n = snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	enum rmq_error err = path_in(s, "abort", path);

	/* A former one stays: it says the same. */
	if (err == RMQ_OK && !s->was_abnormal)
		err = s->fs->replace_file(s->fs, path, pid, (size_t)n);
	return told(detail, err, "cannot write", s->root);
}

static void flush_is_quiet(void *arg)
{
	struct mb_store *s = arg;

	mb_index_rest(&s->index);
}

/* So many light queues are to fit into little memory, and what they are made of lies all over log and index. */
static bool memory_is_dear(void *arg)
{
	struct mb_store *s = arg;

	if (s->queues.lights.by_name.count <= LIGHTS_MANY)
		return false;
	mb_index_give_back(&s->index);
	return true;
}

/* What recovery has read. */
static void give_back_log(const struct mb_store *s)
{
	const struct mb_files *files = &s->commit_log.files;

	for (size_t i = 0; s->fs->give_back && i < files->count; i++)
		s->fs->give_back(s->fs, &files->list[i]->map);
}

static void connect_flush(struct mb_store *s)
{
	struct mb_flush *f = &s->flush;

	f->fs = s->fs;
	f->log = s->log;
	f->timers = s->config.timers;
	f->loop = s->config.loop;
	f->flusher = s->config.flusher;
	f->commit_log = &s->commit_log;
	f->checkpoint = &s->checkpoint;
	f->last_store_ms = &s->last_store_ms;
	f->index_ms = &s->index.done_ms;
	f->quiet = flush_is_quiet;
	f->is_dear = memory_is_dear;
	f->arg = s;
	f->interval_ms = s->config.flush_interval_ms;
	f->delay_ms = s->config.flush_delay_ms;
	f->durable = &s->durable;
}

static void store_free(struct mb_store *s)
{
	mb_pages_stop(&s->pages);
	mb_roll_stop(&s->roll);
	mb_expiry_deinit(&s->expiry);
	mb_durable_deinit(&s->durable);
	mb_index_deinit(&s->index);
	mb_queues_deinit(&s->queues);
	mb_files_deinit(&s->commit_log.files);
	mb_checkpoint_close(&s->checkpoint);
	if (s->lock >= 0)
		s->fs->unlock(s->fs, s->lock);
	rmqi_free(s->delay_ms);
	rmqi_free(s->root);
	rmqi_free(s);
}

static struct mb_store *store_new(const struct mb_store_config *config)
{
	struct mb_store *s = rmqi_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->config = *config;
	if (!config->inner_timers)
		s->config.inner_timers = config->timers;
	set_defaults(&s->config);
	s->fs = config->fs ? config->fs : mb_fs_posix();
	s->log = config->log;
	s->lock = -1;
	rmqi_list_init(&s->listeners);
	mb_flush_prepare(&s->flush);
	connect_flush(s);
	s->root = rmqi_strdup(config->root);
	s->config.root = s->root;
	if (!s->root || copy_delays(s) != RMQ_OK) {
		store_free(s);
		return NULL;
	}
	return s;
}

static enum rmq_error init_expiry(struct mb_store *s, struct rmq_error_detail *detail)
{
	enum rmq_error err = mb_expiry_init(&s->expiry, s, &s->config.expiry);

	if (err == RMQ_ERR_CONFIG)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "deleteWhen is a list of hours, \"04;16\", not '%s'",
				       s->config.expiry.when);
	return err;
}

static enum rmq_error store_start(struct mb_store *s, struct rmq_error_detail *detail)
{
	char path[PATH_SIZE];
	enum rmq_error err =
		mb_durable_init(&s->durable, s->config.timers, s->config.sync_flush_timeout_ms,
				s->config.slave_timeout_ms);

	if (err == RMQ_OK)
		err = init_expiry(s, detail);
	if (err == RMQ_OK)
		err = take_lock(s, detail);
	if (err == RMQ_OK)
		err = told(detail, path_in(s, "abort", path), "the path is too long", s->root);
	if (err == RMQ_OK) {
		s->was_abnormal = s->fs->exists(s->fs, path);
		err = init_files(s);
	}
	if (err == RMQ_OK)
		err = load(s, detail);
	if (err == RMQ_OK && memory_is_dear(s))
		give_back_log(s);
	if (err == RMQ_OK)
		err = write_abort(s, detail);
	if (err == RMQ_OK)
		err = mb_flush_init(&s->flush);
	mb_roll_init(&s->roll, &s->commit_log.files, s->config.loop, s->config.flusher);
	mb_pages_init(&s->pages, s->config.has_threads ? s->config.timers->clock : NULL);
	if (err == RMQ_OK)
		mb_expiry_start(&s->expiry);
	return err;
}

enum rmq_error mb_store_open(const struct mb_store_config *config, struct mb_store **out,
			     struct rmq_error_detail *detail)
{
	struct mb_store *s;
	enum rmq_error err;

	if (config->commit_log_file_size && config->commit_log_file_size < COMMIT_LOG_FILE_SIZE_MIN)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "mappedFileSizeCommitLog must be at least %d",
				       COMMIT_LOG_FILE_SIZE_MIN);
	s = store_new(config);
	if (!s)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the store");
	err = store_start(s, detail);
	if (err != RMQ_OK) {
		mb_flush_stop(&s->flush);
		store_free(s);
		return told(detail, err, "cannot open", config->root);
	}
	*out = s;
	return RMQ_OK;
}

/* --- Closing ------------------------------------------------------------------------ */

static void remove_abort(struct mb_store *s)
{
	char path[PATH_SIZE];

	if (path_in(s, "abort", path) == RMQ_OK && s->fs->remove(s->fs, path) != RMQ_OK)
		RMQI_LOG(s->log, RMQ_LOG_WARN, "cannot remove %s", path);
}

void mb_store_close(struct mb_store *s)
{
	enum rmq_error err;

	if (!s)
		return;
	mb_flush_stop(&s->flush);
	mb_index_finish(&s->index, s->last_store_ms);
	err = mb_flush_now(&s->flush);
	mb_durable_end(&s->durable);
	/* With `abort` in place the next start looks closely. */
	if (err == RMQ_OK)
		remove_abort(s);
	store_free(s);
}

void mb_store_crash(struct mb_store *s)
{
	if (!s)
		return;
	mb_durable_deinit(&s->durable); /* nobody is told */
	mb_flush_stop(&s->flush);
	store_free(s);
}

/* --- The rest ------------------------------------------------------------------------ */

void mb_store_wait(struct mb_store *s, unsigned parts, int64_t physical_offset,
		   struct mb_put_wait *w)
{
	mb_durable_wait(&s->durable, parts, physical_offset, w);
	if (mb_durable_is_awaited(&s->durable, MB_FLUSHED))
		mb_flush_hurry(&s->flush);
}

bool mb_store_has_to_wait(const struct mb_store *s, unsigned parts)
{
	return mb_durable_has_to_wait(&s->durable, parts);
}

struct mb_durable *mb_store_durable(struct mb_store *s)
{
	return &s->durable;
}

void mb_store_listen(struct mb_store *s, struct mb_arrival_listener *l)
{
	l->upto = s->commit_log.files.end;
	rmqi_list_push(&s->listeners, &l->link);
}

enum rmq_error mb_store_delete_topic(struct mb_store *s, struct rmqi_str topic)
{
	return mb_queues_remove_topic(&s->queues, topic);
}

void mb_store_topics(const struct mb_store *s, void (*fn)(void *arg, struct rmqi_str topic),
		     void *arg)
{
	struct rmqi_str name;

	for (size_t i = 0; i < s->queues.topics.count; i++) {
		rmqi_map_at(&s->queues.topics, i, &name);
		fn(arg, name);
	}
}

int64_t mb_store_light_max(const struct mb_store *s, struct rmqi_str name)
{
	return mb_lights_max(&s->queues.lights, name);
}

void mb_store_lights(const struct mb_store *s, void (*fn)(void *arg, struct rmqi_str name),
		     void *arg)
{
	mb_lights_list(&s->queues.lights, fn, arg);
}

size_t mb_store_light_count(const struct mb_store *s)
{
	return s->queues.lights.by_name.count;
}

struct rmqi_str mb_store_light_at(const struct mb_store *s, size_t at)
{
	return mb_lights_at(&s->queues.lights, at);
}

int64_t mb_store_min_physical_offset(const struct mb_store *s)
{
	return mb_files_min(&s->commit_log.files);
}

int64_t mb_store_max_physical_offset(const struct mb_store *s)
{
	return s->commit_log.files.end;
}

int64_t mb_store_flushed_offset(const struct mb_store *s)
{
	return s->durable.parts[MB_FLUSHED].upto;
}

bool mb_store_is_writable(const struct mb_store *s)
{
	return mb_store_takes(s);
}

void mb_store_expire(struct mb_store *s)
{
	mb_expiry_ask(&s->expiry);
}

/* DefaultMessageStore.cleanExpiredConsumerQueue */
static enum rmq_error clean_queue(void *arg, struct mb_queue *q)
{
	const struct mb_store *s = arg;

	if (rmqi_str_is(q->topic, RMQI_TOPIC_SCHEDULE) ||
	    !mb_queue_is_over(q, mb_files_min(&s->commit_log.files)))
		return RMQ_OK;
	RMQI_LOG(s->log, RMQ_LOG_INFO, "%s: all its messages are gone", q->files.dir);
	return mb_queue_restart(q);
}

enum rmq_error mb_store_clean_queues(struct mb_store *s)
{
	return mb_queues_each(&s->queues, clean_queue, s);
}

int mb_store_disk_used(const struct mb_store *s)
{
	return mb_expiry_used(&s->expiry);
}

bool mb_store_was_abnormal(const struct mb_store *s)
{
	return s->was_abnormal;
}

char *mb_store_config_path(const struct mb_store *s, const char *name)
{
	char path[PATH_SIZE];
	int n = snprintf(path, sizeof(path), "%s/config/%s", s->root, name);

	return n > 0 && (size_t)n < sizeof(path) ? rmqi_strdup(path) : NULL;
}

const struct mb_fs *mb_store_fs(const struct mb_store *s)
{
	return s->fs;
}

const char *mb_store_root(const struct mb_store *s)
{
	return s->root;
}

bool mb_store_disk(const struct mb_store *s, struct mb_space_figures *out)
{
	/* A temporary store says nothing of its disk, so that it is never full; who wants to know may. */
	const struct mb_fs *fs = s->fs->space ? s->fs : mb_fs_posix();

	return fs->space(fs, s->root, out) == RMQ_OK;
}
