/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/kv.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/json.h"
#include "mock-broker/json_text.h"
#include "mock-broker/store/fs.h"

static void space_free(void *space)
{
	struct rmqi_map *m = space;

	if (m)
		rmqi_map_deinit(m, rmqi_free);
	rmqi_free(m);
}

static struct rmqi_map *space_get(struct mb_kv *kv, struct rmqi_str name)
{
	struct rmqi_map *m = rmqi_map_get(&kv->spaces, name);

	if (m)
		return m;
	m = rmqi_alloc(sizeof(*m));
	if (!m)
		return NULL;
	rmqi_map_init(m);
	if (rmqi_map_set(&kv->spaces, name, m, NULL) == RMQ_OK)
		return m;
	space_free(m);
	return NULL;
}

static enum rmq_error put(struct mb_kv *kv, struct rmqi_str space, struct rmqi_str key,
			  struct rmqi_str value)
{
	struct rmqi_map *m = space_get(kv, space);
	char *copy = rmqi_str_dup(value);
	void *old = NULL;

	if (m && copy && rmqi_map_set(m, key, copy, &old) == RMQ_OK) {
		rmqi_free(old);
		return RMQ_OK;
	}
	rmqi_free(copy);
	return RMQ_ERR_NO_MEMORY;
}

static void add_table(struct rmqi_buf *out, const struct rmqi_map *m)
{
	bool is_first = true;
	struct rmqi_str key;

	rmqi_buf_add_u8(out, '{');
	for (size_t i = 0; i < m->count; i++) {
		const char *value = rmqi_map_at(m, i, &key);

		mb_json_next(out, &is_first);
		rmqi_json_add_string(out, key);
		rmqi_buf_add_u8(out, ':');
		rmqi_json_add_string(out, rmqi_str(value));
	}
	rmqi_buf_add_u8(out, '}');
}

/* The one that the file stands in. */
static enum rmq_error make_folder(const char *path)
{
	const struct mb_fs *fs = mb_fs_posix();
	const char *slash = strrchr(path, '/');
	char *folder;
	enum rmq_error err;

	if (!slash || slash == path)
		return RMQ_OK;
	folder = rmqi_str_dup(rmqi_str_n(path, (size_t)(slash - path)));
	err = folder ? fs->make_dir(fs, folder) : RMQ_ERR_NO_MEMORY;
	rmqi_free(folder);
	return err;
}

static enum rmq_error save(const struct mb_kv *kv)
{
	const struct mb_fs *fs = mb_fs_posix();
	bool is_first = true;
	struct rmqi_buf text;
	struct rmqi_str name;
	enum rmq_error err;

	if (!kv->path)
		return RMQ_OK;
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	rmqi_buf_add_text(&text, "{\"configTable\":{");
	for (size_t i = 0; i < kv->spaces.count; i++) {
		const struct rmqi_map *m = rmqi_map_at(&kv->spaces, i, &name);

		mb_json_next(&text, &is_first);
		rmqi_json_add_string(&text, name);
		rmqi_buf_add_u8(&text, ':');
		add_table(&text, m);
	}
	rmqi_buf_add_text(&text, "}}");
	err = rmqi_buf_status(&text);
	if (err == RMQ_OK)
		err = make_folder(kv->path);
	if (err == RMQ_OK)
		err = fs->replace_file(fs, kv->path, rmqi_buf_data(&text), text.len);
	rmqi_buf_deinit(&text);
	return err;
}

static enum rmq_error load(struct mb_kv *kv, const char *path)
{
	const struct mb_fs *fs = mb_fs_posix();
	struct rmqi_buf text;
	struct rmqi_json *root = NULL;
	enum rmq_error err;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	err = fs->read_file(fs, path, &text);
	if (err == RMQ_OK)
		err = text.len ? rmqi_json_parse(rmqi_buf_cursor(&text), &root) : RMQ_ERR_NOT_FOUND;
	rmqi_buf_deinit(&text);
	RMQI_JSON_EACH(table, rmqi_json_get(root, "configTable")) {
		RMQI_JSON_EACH(value, table) {
			if (err == RMQ_OK && value->kind == RMQI_JSON_TEXT)
				err = put(kv, rmqi_json_name(table), rmqi_json_name(value),
					  rmqi_json_text(value));
		}
	}
	rmqi_json_free(root);
	return err;
}

static enum rmq_error load_either(struct mb_kv *kv)
{
	char bak[4096];
	enum rmq_error err = load(kv, kv->path);

	if (err != RMQ_ERR_NOT_FOUND)
		return err;
	if (snprintf(bak, sizeof(bak), "%s.bak", kv->path) >= (int)sizeof(bak))
		return RMQ_ERR_INVALID_ARGUMENT;
	err = load(kv, bak);
	return err == RMQ_ERR_NOT_FOUND ? RMQ_OK : err;
}

enum rmq_error mb_kv_init(struct mb_kv *kv, const char *path, struct rmq_error_detail *detail)
{
	enum rmq_error err;

	rmqi_map_init(&kv->spaces);
	kv->path = NULL;
	if (!path)
		return RMQ_OK;
	kv->path = rmqi_strdup(path);
	if (!kv->path)
		return RMQ_ERR_NO_MEMORY;
	err = load_either(kv);
	if (err != RMQ_OK) {
		mb_kv_deinit(kv);
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "%s cannot be read: %s", path,
				       rmq_error_text(err));
	}
	return RMQ_OK;
}

void mb_kv_deinit(struct mb_kv *kv)
{
	rmqi_map_deinit(&kv->spaces, space_free);
	rmqi_free(kv->path);
	kv->path = NULL;
}

enum rmq_error mb_kv_put(struct mb_kv *kv, struct rmqi_str space, struct rmqi_str key,
			 struct rmqi_str value)
{
	enum rmq_error err = put(kv, space, key, value);

	return err == RMQ_OK ? save(kv) : err;
}

enum rmq_error mb_kv_delete(struct mb_kv *kv, struct rmqi_str space, struct rmqi_str key)
{
	struct rmqi_map *m = rmqi_map_get(&kv->spaces, space);

	if (m)
		rmqi_free(rmqi_map_remove(m, key));
	return save(kv);
}

char *mb_kv_get(const struct mb_kv *kv, struct rmqi_str space, struct rmqi_str key)
{
	const struct rmqi_map *m = rmqi_map_get(&kv->spaces, space);

	return m ? rmqi_map_get(m, key) : NULL;
}

bool mb_kv_list(const struct mb_kv *kv, struct rmqi_str space, struct rmqi_buf *out)
{
	const struct rmqi_map *m = rmqi_map_get(&kv->spaces, space);

	if (!m)
		return false;
	rmqi_buf_add_text(out, "{\"table\":");
	add_table(out, m);
	rmqi_buf_add_u8(out, '}');
	return true;
}
