/* SPDX-License-Identifier: Apache-2.0 */
/*
 * namesrvs.h - the inside of rocketmq/admin_broker.h, second part: name servers (GetNamesrvConfigCommand,
 * UpdateNamesrvConfigCommand, WipeWritePermSubCommand, AddWritePermSubCommand, UpdateKvConfigCommand).
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_NAMESRVS_H
#define RMQI_ADMIN_NAMESRVS_H

#include <rocketmq/admin_broker.h>

#include "admin/admin.h"
#include "admin/properties.h"

struct rmq_namesrv {
	char *address; /* owned */
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned; NULL: memory was out for it */
	struct rmq_properties *config;   /* owned; NULL: it was not asked, or did not say */
	int topics;                      /* -1: as above */
};

struct rmq_namesrvs {
	size_t count;
	struct rmq_namesrv rows[];
};

enum rmq_error rmqi_admin_namesrvs(struct rmq_admin *a, const struct rmq_admin_options *options,
				   struct rmq_namesrvs **out,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* `out`, of these, may be NULL. Name and value are legal (rmqi_setting_problem). */
enum rmq_error rmqi_admin_set_namesrv_config(struct rmq_admin *a, const char *name,
					     const char *value,
					     const struct rmq_admin_options *options,
					     struct rmq_namesrvs **out,
					     struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_wipe_write_permission(struct rmq_admin *a, const char *broker_name,
						const struct rmq_admin_options *options,
						struct rmq_namesrvs **out,
						struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_add_write_permission(struct rmq_admin *a, const char *broker_name,
					       const struct rmq_admin_options *options,
					       struct rmq_namesrvs **out,
					       struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_put_kv(struct rmq_admin *a, const char *space, const char *name,
				 const char *value, const struct rmq_admin_options *options,
				 struct rmq_namesrvs **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_delete_kv(struct rmq_admin *a, const char *space, const char *name,
				    const struct rmq_admin_options *options,
				    struct rmq_namesrvs **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_kv_pairs(struct rmq_admin *a, const char *space,
				   const struct rmq_admin_options *options,
				   struct rmq_properties **out,
				   struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_namesrvs_free(struct rmq_namesrvs *l);

#endif
