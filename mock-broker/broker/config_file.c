/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/config_file.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { PAGE_MAX = 2000 /* splitMetadataSize */ };

enum rmq_error mb_config_file_make_folder(struct mb_store *s)
{
	const struct mb_fs *fs = mb_store_fs(s);
	char *path = mb_store_config_path(s, "");
	enum rmq_error err = path ? fs->make_dir(fs, path) : RMQ_ERR_NO_MEMORY;

	rmqi_free(path);
	return err;
}

static enum rmq_error load_from(const struct mb_fs *fs, const char *path,
				enum rmq_error (*decode)(void *arg, struct rmqi_cursor text),
				void *arg)
{
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	err = fs->read_file(fs, path, &text);
	if (err == RMQ_OK)
		err = text.len ? decode(arg, rmqi_buf_cursor(&text)) : RMQ_ERR_NOT_FOUND;
	rmqi_buf_deinit(&text);
	return err;
}

enum rmq_error mb_config_file_load(struct mb_store *s, const char *name, const struct rmqi_log *log,
				   enum rmq_error (*decode)(void *arg, struct rmqi_cursor text),
				   void *arg)
{
	const struct mb_fs *fs = mb_store_fs(s);
	char bak_name[64];
	char *path = mb_store_config_path(s, name);
	char *bak;
	enum rmq_error err;

	snprintf(bak_name, sizeof(bak_name), "%s.bak", name);
	bak = mb_store_config_path(s, bak_name);
	if (!path || !bak) {
		err = RMQ_ERR_NO_MEMORY;
		goto out;
	}
	err = load_from(fs, path, decode, arg);
	if (err == RMQ_OK || err == RMQ_ERR_NO_MEMORY)
		goto out;
	if (err != RMQ_ERR_NOT_FOUND)
		RMQI_LOG(log, RMQ_LOG_WARN, "broker: %s cannot be read (%s), its .bak is used",
			 path, rmq_error_text(err));
	err = load_from(fs, bak, decode, arg);
	if (err != RMQ_OK && err != RMQ_ERR_NO_MEMORY)
		err = RMQ_OK;
out:
	rmqi_free(path);
	rmqi_free(bak);
	return err;
}

typedef enum rmq_error (*replace_fn)(const struct mb_fs *fs, const char *path, const void *bytes,
				     size_t len);

static enum rmq_error save_by(replace_fn replace, struct mb_store *s, const char *name,
			      const struct rmqi_log *log, const struct rmqi_buf *text)
{
	char *path = mb_store_config_path(s, name);
	enum rmq_error err = rmqi_buf_status(text);

	if (err == RMQ_OK && !path)
		err = RMQ_ERR_NO_MEMORY;
	if (err == RMQ_OK)
		err = replace(mb_store_fs(s), path, rmqi_buf_data(text), text->len);
	if (err != RMQ_OK)
		RMQI_LOG(log, RMQ_LOG_ERROR, "broker: %s cannot be written: %s", name,
			 rmq_error_text(err));
	rmqi_free(path);
	return err;
}

void mb_config_file_save(struct mb_store *s, const char *name, const struct rmqi_log *log,
			 const struct rmqi_buf *text)
{
	(void)save_by(mb_store_fs(s)->replace_file, s, name, log, text);
}

enum rmq_error mb_config_file_save_secret(struct mb_store *s, const char *name,
					  const struct rmqi_log *log, const struct rmqi_buf *text)
{
	return save_by(mb_store_fs(s)->replace_secret, s, name, log, text);
}

struct write_job {
	struct rmqi_task task;
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	char *path;
	struct rmqi_buf text;
};

static void run_write(struct rmqi_task *task)
{
	struct write_job *j = RMQI_CONTAINER(task, struct write_job, task);
	enum rmq_error err =
		j->fs->replace_file(j->fs, j->path, rmqi_buf_data(&j->text), j->text.len);

	if (err != RMQ_OK)
		RMQI_LOG(j->log, RMQ_LOG_ERROR, "broker: %s cannot be written: %s", j->path,
			 rmq_error_text(err));
	rmqi_free(j->path);
	rmqi_buf_deinit(&j->text);
	rmqi_free(j);
}

void mb_config_file_save_later(struct mb_store *s, struct rmqi_executor *flusher, const char *name,
			       const struct rmqi_log *log, struct rmqi_buf *text)
{
	struct write_job *j;

	if (rmqi_buf_status(text) != RMQ_OK)
		return; /* the next round tries again */
	j = rmqi_alloc(sizeof(*j));
	if (!j)
		return;
	*j = (struct write_job){.task = {.run = run_write},
				.fs = mb_store_fs(s),
				.log = log,
				.path = mb_store_config_path(s, name),
				.text = *text};
	if (!j->path) {
		rmqi_free(j);
		return;
	}
	rmqi_buf_init(text, text->max);
	rmqi_post(flusher, &j->task);
}

void mb_version_write(struct rmqi_jw *w, const struct rmqi_data_version *v)
{
	rmqi_jw_name(w, "dataVersion");
	rmqi_jw_open(w, '{');
	rmqi_jw_member_i64(w, "counter", v->counter);
	rmqi_jw_member_i64(w, "stateVersion", v->state_version);
	rmqi_jw_member_i64(w, "timestamp", v->timestamp);
	rmqi_jw_close(w, '}');
}

void mb_version_read(const struct rmqi_json *object, struct rmqi_data_version *out)
{
	out->counter = rmqi_json_i64(object, "counter", 0);
	out->state_version = rmqi_json_i64(object, "stateVersion", 0);
	out->timestamp = rmqi_json_i64(object, "timestamp", 0);
}

struct mb_page mb_page_of(const struct rmqi_data_version *now, size_t total, int64_t first,
			  int64_t most, struct rmqi_str version)
{
	struct mb_page page = {.count = PAGE_MAX};
	struct rmqi_data_version then = {0};
	struct rmqi_json *json = NULL;

	if (most > 0 && most < PAGE_MAX)
		page.count = (size_t)most;
	if (first > 0 && rmqi_json_parse(rmqi_cursor(version.ptr, version.len), &json) == RMQ_OK) {
		mb_version_read(json, &then);
		if (mb_version_is(&then, now))
			page.first = (size_t)first < total ? (size_t)first : total;
	}
	rmqi_json_free(json);
	if (page.count > total - page.first)
		page.count = total - page.first;
	return page;
}

bool mb_version_is(const struct rmqi_data_version *a, const struct rmqi_data_version *b)
{
	return a->counter == b->counter && a->timestamp == b->timestamp &&
	       a->state_version == b->state_version;
}

void mb_version_next(struct rmqi_data_version *v, int64_t now_ms)
{
	v->timestamp = now_ms;
	v->counter++;
	v->state_version = 0;
}
