/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_file.h - the JSON files under <store>/config (ConfigManager.java).
 *
 * Loading: a file that is missing, empty or cannot be read as what it should be
 * gives way to its `.bak`; neither is a fresh start. Saving keeps the previous
 * file as `.bak`.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_CONFIG_FILE_H
#define MB_BROKER_CONFIG_FILE_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/macros.h"
#include "codec/body.h"
#include "codec/json.h"
#include "mock-broker/store/store.h"

/* The folder itself. */
enum rmq_error mb_config_file_make_folder(struct mb_store *s) RMQI_MUST_USE;
/* `decode` must leave its target untouched when it fails. RMQ_OK also when there is no file. */
enum rmq_error mb_config_file_load(struct mb_store *s, const char *name, const struct rmqi_log *log,
				   enum rmq_error (*decode)(void *arg, struct rmqi_cursor text),
				   void *arg) RMQI_MUST_USE;
/* A failed write is logged: the broker goes on with what it has in memory, as Apache does. */
void mb_config_file_save(struct mb_store *s, const char *name, const struct rmqi_log *log,
			 const struct rmqi_buf *text);
/* The same for what holds secrets: for its owner only, as is the `.bak`; and it says what failed. */
enum rmq_error mb_config_file_save_secret(struct mb_store *s, const char *name,
					  const struct rmqi_log *log,
					  const struct rmqi_buf *text) RMQI_MUST_USE;
/* As the first one, written by the flusher; in the order of the calls. The text, in memory of its own, goes to it:
 * that of many offsets is tens of MB, of which there should be no second one. */
void mb_config_file_save_later(struct mb_store *s, struct rmqi_executor *flusher, const char *name,
			       const struct rmqi_log *log, struct rmqi_buf *text);

/* The member "dataVersion" (DataVersion.java). */
void mb_version_write(struct rmqi_jw *w, const struct rmqi_data_version *v);
void mb_version_read(const struct rmqi_json *object, struct rmqi_data_version *out);
/* A part of a table that is asked for in pages, since 5.3.4 (TopicConfigManager.subTopicConfigTable).
 * `version`: what the first page said, as JSON; another one begins anew. */
struct mb_page {
	size_t first, count;
};
struct mb_page mb_page_of(const struct rmqi_data_version *now, size_t total, int64_t first,
			  int64_t most, struct rmqi_str version);

/* DataVersion.equals */
bool mb_version_is(const struct rmqi_data_version *a, const struct rmqi_data_version *b);
/* DataVersion.nextVersion */
void mb_version_next(struct rmqi_data_version *v, int64_t now_ms);

#endif
