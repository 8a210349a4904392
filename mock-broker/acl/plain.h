/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain.h - the gate of 4.x: accounts, and what each may do (PlainAccessValidator, PlainPermissionManager).
 *
 * The order of the checks: a white address of the file; the access key; a white address of the account; the
 * signature, in constant time; the permission for each resource. A refusal is what an exception becomes in
 * Java: SYSTEM_ERROR with the text of an AclException. Name servers check nothing, as Apache's.
 *
 * The file is read again when it has changed (AclFileWatchService): it is looked at every MB_PLAIN_WATCH_MS, and
 * when mb_plain_reload says so. One that cannot be read changes nothing and is told once; secrets are in no line
 * of the log.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef MB_ACL_PLAIN_H
#define MB_ACL_PLAIN_H

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/macros.h"
#include "mock-broker/acl/accounts.h"
#include "mock-broker/acl/gate.h"
#include "mock-broker/store/fs.h"

enum { MB_PLAIN_WATCH_MS = 500 };

struct mb_plain {
	struct mb_gate gate;
	struct mb_accounts *accounts; /* owned, never NULL */
	char *path;                   /* NULL: memory only */
	const struct mb_fs *fs;
	const struct rmqi_log *log; /* may be NULL */
	struct rmqi_timer watch;
	uint64_t seen; /* what the file was when it was looked at last */
};

struct mb_plain_config {
	const char *path;
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	struct rmqi_timers *timers;
};

/* One account that may do everything. Thread: any. */
enum rmq_error mb_plain_new_account(const char *access_key, const char *secret_key,
				    struct mb_plain **out) RMQI_MUST_USE;
/* The accounts of a file, which must be there. RMQ_ERR_CONFIG, RMQ_ERR_NOT_FOUND, RMQ_ERR_IO: `detail` says why. */
enum rmq_error mb_plain_new_file(const struct mb_plain_config *config, struct mb_plain **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* NULL is fine. Thread: any, when nobody asks it any more and no timer was given. */
void mb_plain_free(struct mb_plain *p);
/* Looks at the file now. */
void mb_plain_reload(struct mb_plain *p);
/* A copy that may be changed, and then taken or freed. */
enum rmq_error mb_plain_copy(const struct mb_plain *p, struct mb_accounts **out) RMQI_MUST_USE;
/* Writes the file, and takes `next` (moved, also when it fails). `now_ms` is the wall clock. */
enum rmq_error mb_plain_take(struct mb_plain *p, struct mb_accounts *next,
			     int64_t now_ms) RMQI_MUST_USE;

#endif
