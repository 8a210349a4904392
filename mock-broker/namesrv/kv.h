/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.h - the name server's key-value configuration (KVConfigManager.java):
 * namespace -> key -> value, kept in kvConfig.json when there is a file.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_NAMESRV_KV_H
#define MB_NAMESRV_KV_H

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/str.h"

#define MB_ORDER_TOPIC_CONFIG "ORDER_TOPIC_CONFIG"

struct mb_kv {
	struct rmqi_map spaces; /* namespace -> struct rmqi_map: key -> char * */
	char *path;             /* NULL: memory only */
};

/* Loads the file if there is one, else what a broken save left as its `.bak`. `path` NULL: memory only. */
enum rmq_error mb_kv_init(struct mb_kv *kv, const char *path,
			  struct rmq_error_detail *detail) RMQI_MUST_USE;
void mb_kv_deinit(struct mb_kv *kv);
/* Both write the file. */
enum rmq_error mb_kv_put(struct mb_kv *kv, struct rmqi_str space, struct rmqi_str key,
			 struct rmqi_str value) RMQI_MUST_USE;
enum rmq_error mb_kv_delete(struct mb_kv *kv, struct rmqi_str space,
			    struct rmqi_str key) RMQI_MUST_USE;
/* NULL: absent. Borrowed. */
char *mb_kv_get(const struct mb_kv *kv, struct rmqi_str space, struct rmqi_str key);
/* Appends {"table":{..}}. False: no such namespace. */
bool mb_kv_list(const struct mb_kv *kv, struct rmqi_str space, struct rmqi_buf *out);

#endif
