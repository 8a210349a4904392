/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/tls_files.h"

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/store/fs.h"

enum { FILE_MAX = 1024 * 1024, FILES = 3 };

struct mb_tls_files {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;
	char *paths[FILES]; /* certificate, key, CA or NULL */
	struct rmqi_tls_config config;
	struct rmqi_tls *tls;
	struct rmqi_timer watch;
	uint64_t seen; /* what the files were when they were looked at last */
	enum rmq_error start_error;
};

/* Of what stands in all files; one that cannot be read counts as empty. */
static uint64_t look_at(const struct mb_tls_files *f)
{
	const struct mb_fs *fs = mb_fs_posix();
	struct rmqi_buf text;
	uint64_t sum = 0;

	rmqi_buf_init(&text, FILE_MAX);
	for (int i = 0; i < FILES; i++) {
		rmqi_buf_reset(&text);
		if (f->paths[i] && fs->read_file(fs, f->paths[i], &text) == RMQ_OK)
			sum += rmqi_str_hash(rmqi_str_n(rmqi_buf_data(&text), text.len)) *
			       (uint64_t)(2 * i + 1);
	}
	rmqi_buf_deinit(&text);
	return sum;
}

static void look(struct rmqi_timer *t)
{
	struct mb_tls_files *f = RMQI_CONTAINER(t, struct mb_tls_files, watch);
	struct rmq_error_detail *detail;
	uint64_t seen = look_at(f);

	rmqi_timer_start_ms(&f->watch, MB_TLS_WATCH_MS);
	if (seen == f->seen)
		return;
	f->seen = seen;
	detail = rmqi_detail_new();
	if (rmqi_tls_renew(f->tls, &f->config, detail) == RMQ_OK)
		RMQI_LOG(f->log, RMQ_LOG_INFO, "tls: %s was read again", f->paths[0]);
	else
		RMQI_LOG(f->log, RMQ_LOG_WARN, "tls: the certificate stays as it is: %s",
			 detail ? rmq_error_detail_message(detail) : "out of memory");
	rmq_error_detail_free(detail);
}

static void start_on_loop(void *arg)
{
	struct mb_tls_files *f = arg;

	f->start_error = rmqi_timer_init(&f->watch, rmqi_loop_timers(f->loop), look);
	if (f->start_error == RMQ_OK)
		rmqi_timer_start_ms(&f->watch, MB_TLS_WATCH_MS);
}

static void stop_on_loop(void *arg)
{
	struct mb_tls_files *f = arg;

	rmqi_timer_deinit(&f->watch);
}

static void free_all(struct mb_tls_files *f)
{
	rmqi_tls_free(f->tls);
	for (int i = 0; i < FILES; i++)
		rmqi_free(f->paths[i]);
	rmqi_free(f);
}

static enum rmq_error copy_paths(struct mb_tls_files *f, const struct mb_tls_files_config *config)
{
	const char *const from[FILES] = {config->cert_file, config->key_file, config->ca_file};

	for (int i = 0; i < FILES; i++) {
		if (!from[i])
			continue;
		f->paths[i] = rmqi_strdup(from[i]);
		if (!f->paths[i])
			return RMQ_ERR_NO_MEMORY;
	}
	f->config = (struct rmqi_tls_config){
		.cert_file = f->paths[0],
		.key_file = f->paths[1],
		.ca_file = f->paths[2],
		.verify_client = config->client_auth != MB_CLIENT_AUTH_NONE,
		.is_client_optional = config->client_auth == MB_CLIENT_AUTH_OPTIONAL,
	};
	return RMQ_OK;
}

enum rmq_error mb_tls_files_new(const struct mb_tls_files_config *config, struct mb_tls_files **out,
				struct rmq_error_detail *detail)
{
	struct mb_tls_files *f = rmqi_calloc(1, sizeof(*f));
	enum rmq_error err;

	if (!f)
		return RMQ_ERR_NO_MEMORY;
	f->loop = config->loop;
	f->log = config->log;
	err = copy_paths(f, config);
	if (err == RMQ_OK) {
		f->seen = look_at(f);
		err = rmqi_tls_new(&f->config, true, &f->tls, detail);
	}
	if (err == RMQ_OK) {
		rmqi_loop_call(f->loop, start_on_loop, f);
		err = f->start_error;
	}
	if (err == RMQ_OK)
		*out = f;
	else
		free_all(f);
	return err;
}

void mb_tls_files_free(struct mb_tls_files *f)
{
	if (!f)
		return;
	rmqi_loop_call(f->loop, stop_on_loop, f);
	free_all(f);
}

struct rmqi_tls *mb_tls_files_tls(const struct mb_tls_files *f)
{
	return f ? f->tls : NULL;
}
